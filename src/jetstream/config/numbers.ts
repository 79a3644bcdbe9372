import { shown } from "../../core/checks.ts";
import { invalidConfig } from "./invalid-config.ts";
import type { Kind } from "./kind.ts";

/** A whole number from `min` to `max`. On the wire 0 says the same as nothing, unless 0 is among them. */
export function count(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    write(value, at) {
      if (isWithin(value, min, max)) return value;
      throw invalidConfig(at, `it must be a whole number ${rangeOf(min, max)}, not ${shown(value)}`);
    },
    read(json, at) {
      const value = readWhole(json, at);
      if (value === undefined) throw invalidConfig(at, `${String(json)} is more than a number holds exactly`);
      return value <= 0 && min > 0 ? undefined : value;
    },
  };
}

/**
 * A whole number from 1 to `max`, or `Infinity` for none, which travels as `none`: a limit of more than numbers can hold is
 * none either.
 */
export function limit(none: 0 | -1, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    write(value, at) {
      if (value === Infinity) return none;
      if (isWithin(value, 1, max)) return value;
      const hint = value === 0 || value === -1 ? "; Infinity is no limit" : "";
      throw invalidConfig(at, `it must be a whole number ${rangeOf(1, max)}, not ${shown(value)}${hint}`);
    },
    read(json, at) {
      const value = readWhole(json, at);
      if (value === undefined) return Infinity;
      if (value > 0) return value;
      return value === 0 && none !== 0 ? undefined : Infinity;
    },
  };
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

function rangeOf(min: number, max: number): string {
  return max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
}

/** Undefined for more than a number holds exactly. */
function readWhole(json: unknown, at: string): number | undefined {
  if (typeof json !== "bigint" && !Number.isInteger(json)) {
    throw invalidConfig(at, `it must be a whole number, not ${shown(json)}`);
  }
  const value = Number(json);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Percents, which travel as a text, with or without their sign. */
export const percent: Kind<number> = {
  write(value, at) {
    if (isWithin(value, 0, 100)) return String(value);
    throw invalidConfig(at, `it must be a whole number from 0 to 100, not ${shown(value)}`);
  },
  read(json, at) {
    if (json === "") return undefined;
    const digits = typeof json === "string" ? /^(\d+)%?$/.exec(json)?.[1] : undefined;
    if (digits === undefined)
      throw invalidConfig(at, `it must be a number with or without "%", not ${shown(json)}`);
    return Number(digits);
  },
};
