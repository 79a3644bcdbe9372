// 2026-11-26T17:21:22[.123456789]Z, or with +01:00
const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Nanoseconds since 1970; undefined for what is no time as servers write it. */
export function parseTime(text: unknown): bigint | undefined {
  const parts = typeof text === "string" ? RFC_3339.exec(text) : null;
  if (parts === null) return undefined;
  const [, seconds, fraction = "", zone] = parts;
  const millis = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(millis) ? undefined : BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
