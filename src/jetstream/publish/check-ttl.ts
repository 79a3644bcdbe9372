import { type Check, wrongValue } from "../../core/checks.ts";

const SECOND = 1000;

/** Milliseconds that a message lives, or that it lives for ever. */
export const aTtl: Check<number | "never"> = (name, value) => {
  if (value === "never") return value;
  if (Number.isSafeInteger(value) && (value as number) >= SECOND) return value as number;
  throw wrongValue(name, 'whole milliseconds from 1000 on, or "never"', value);
};

/** The TTL as it travels, in whole seconds, rounded up: a message lives for no less than was asked. */
export function ttlText(ttl: number | "never"): string {
  return ttl === "never" ? ttl : String(Math.ceil(ttl / SECOND));
}
