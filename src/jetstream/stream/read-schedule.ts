import type { MessageHeaders } from "../../core/protocol/headers.ts";
import { parseGoDuration } from "../go-duration.ts";
import type { Schedule, ScheduleTime } from "../publish/message-options.ts";

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
  const every = pattern.startsWith("@every ") ? parseGoDuration(pattern.slice(7).trim()) : undefined;
  if (every !== undefined) return { every };
  return timeZone === undefined ? { cron: pattern } : { cron: pattern, timeZone };
}

// never | <seconds> | <duration>
function readTtl(text: string | undefined): number | "never" | undefined {
  if (text === undefined || text === "never") return text;
  return /^\d+$/.test(text) ? Number(text) * 1000 : parseGoDuration(text);
}
