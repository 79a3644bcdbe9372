import { shown } from "../../core/checks.ts";
import { invalidConfig } from "./invalid-config.ts";
import type { Kind } from "./kind.ts";

const NANOS = 1_000_000;
/** What a signed number of 64 bits can hold: some 292 years. */
const MAX_MILLIS = Math.floor(2 ** 63 / NANOS) - 1;

/** Milliseconds, at least `min` and above 0, which travel as nanoseconds. On the wire 0 says the same as nothing. */
export function duration(min = 0): Kind<number> {
  return {
    unit: "in milliseconds",
    write: (value, at) => toNanos(value, at, min, ""),
    read(json, at) {
      const millis = toMillis(json, at);
      return millis > 0 ? millis : undefined;
    },
  };
}

/** As {@link duration}, or `Infinity` for none, which travels as 0. */
export function durationLimit(min: number): Kind<number> {
  return {
    unit: "in milliseconds",
    write: (value, at) => (value === Infinity ? 0 : toNanos(value, at, min, "; Infinity is no limit")),
    read(json, at) {
      const millis = toMillis(json, at);
      return millis > 0 ? millis : Infinity;
    },
  };
}

/** As {@link duration}, and 0; what is negative on the wire never was. */
export const durationOrZero: Kind<number> = {
  unit: "in milliseconds",
  write: (value, at) => (value === 0 ? 0 : toNanos(value, at, 0, "")),
  read(json, at) {
    const millis = toMillis(json, at);
    return millis < 0 ? undefined : millis;
  },
};

/** Throws `INVALID_CONFIG` rather than round it. */
function toNanos(value: unknown, at: string, min: number, hint: string): number {
  if (typeof value !== "number" || !(value > 0 && value >= min && value <= MAX_MILLIS)) {
    const range = min > 0 ? `from ${min}` : "above 0";
    const zero = value === 0 || value === -1 ? hint : "";
    throw invalidConfig(
      at,
      `it must be milliseconds, ${range} up to ${MAX_MILLIS}, not ${shown(value)}${zero}`,
    );
  }
  const nanos = exactNanos(value);
  if (nanos === undefined)
    throw invalidConfig(at, `${value} milliseconds are no whole number of nanoseconds`);
  return nanos;
}

/** Undefined if there is no such number of nanoseconds. */
function exactNanos(millis: number): number | undefined {
  // Written in decimal it is exact, above 2^53 too: it ends with six zeros.
  if (Number.isInteger(millis)) return millis * NANOS;
  const nearest = Math.round(millis * NANOS);
  if (!Number.isSafeInteger(nearest)) return undefined;
  const same = [nearest, nearest - 1, nearest + 1].find((nanos) => nanos / NANOS === millis);
  if (same !== undefined) return same;
  // The last bits are those of an earlier sum or product: 0.1 + 0.2.
  return Math.abs(millis * NANOS - nearest) < 0.001 ? nearest : undefined;
}

/** The nearest number of milliseconds, which is exact for whole ones, and up to 99 days for all. */
function toMillis(json: unknown, at: string): number {
  if (typeof json !== "bigint" && !Number.isInteger(json)) {
    throw invalidConfig(at, `it must be a whole number of nanoseconds, not ${shown(json)}`);
  }
  const nanos = Number(json);
  const whole = Math.round(nanos / NANOS);
  const isWhole = typeof json === "bigint" ? BigInt(whole) * BigInt(NANOS) === json : whole * NANOS === nanos;
  return isWhole ? whole : nanos / NANOS;
}
