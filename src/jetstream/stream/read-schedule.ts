import type { MessageHeaders } from "../../core/protocol/headers.ts";
import type { Schedule, ScheduleTime } from "../publish/message-options.ts";

/** Milliseconds of each unit of Go's durations. */
const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/** The schedule that a message's headers make it; undefined if they make it none. */
export function readSchedule(headers: MessageHeaders | undefined): Schedule | undefined {
  const pattern = headers?.get("Nats-Schedule");
  const target = headers?.get("Nats-Schedule-Target");
  if (headers === undefined || pattern === undefined || target === undefined) return undefined;
  const source = headers.get("Nats-Schedule-Source");
  const ttl = readTtl(headers.get("Nats-Schedule-TTL"));
  const isRollup = headers.get("Nats-Schedule-Rollup") === "sub";
  return {
    ...readTime(pattern, headers.get("Nats-Schedule-Time-Zone")),
    target,
    ...(source === undefined ? {} : { source }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(isRollup ? { rollup: "subject" } : {}),
  };
}

// @at <RFC 3339> | @every <duration> | <6 fields> | @daily …
function readTime(pattern: string, timeZone: string | undefined): ScheduleTime {
  if (pattern.startsWith("@at ")) return { at: new Date(pattern.slice(4).trim()) };
  const every = pattern.startsWith("@every ") ? readGoDuration(pattern.slice(7).trim()) : undefined;
  if (every !== undefined) return { every };
  return timeZone === undefined ? { cron: pattern } : { cron: pattern, timeZone };
}

// never | <seconds> | <duration>
function readTtl(text: string | undefined): number | "never" | undefined {
  if (text === undefined || text === "never") return text;
  return /^\d+$/.test(text) ? Number(text) * 1000 : readGoDuration(text);
}

/** Milliseconds of a duration such as `1h30m` or `1.5s`; undefined if it is none. */
export function readGoDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g))
    sum += Number(amount) * UNITS[unit!]!;
  return sum;
}
