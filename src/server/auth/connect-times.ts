import type { TimeRange } from "./claims.ts";

const DAY = 86_400_000;

/**
 * Milliseconds for which one may still be connected; Infinity without ranges, undefined outside of them all, and for
 * what can't be read. `zone` is an IANA name, the machine's zone if empty; `now` is in milliseconds since 1970. A range
 * whose end is before its start goes on after midnight.
 */
export function timeLeft(ranges: readonly TimeRange[], zone: string, now: number): number | undefined {
  if (ranges.length === 0) return Infinity;
  const time = timeOfDay(zone, now);
  if (time === undefined) return undefined;
  let longest: number | undefined;
  for (const range of ranges) {
    const start = readTime(range.start);
    const end = readTime(range.end);
    if (start === undefined || end === undefined) return undefined;
    const left = leftOf(start, end, time);
    if (left !== undefined && left > (longest ?? 0)) longest = left;
  }
  return longest;
}

function leftOf(start: number, end: number, time: number): number | undefined {
  if (start < time && time < end) return end - time;
  if (start <= end) return undefined;
  if (time < end) return end - time;
  return time > start ? end + DAY - time : undefined;
}

/** Whether a text is a time of the day, as `08:00:00`. */
export function isTime(text: string | undefined): boolean {
  return text !== undefined && readTime(text) !== undefined;
}

/** Whether there is such a zone. */
export function isZone(zone: string): boolean {
  return timeOfDay(zone, 0) !== undefined;
}

function readTime(text: string): number | undefined {
  const parts = /^(\d{1,2}):(\d{2}):(\d{2})$/.exec(text)?.slice(1).map(Number);
  const [hours, minutes, seconds] = parts ?? [];
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined;
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return (hours * 3600 + minutes * 60 + seconds) * 1000;
}

function timeOfDay(zone: string, now: number): number | undefined {
  try {
    const format = new Intl.DateTimeFormat("en-GB", {
      ...(zone === "" ? {} : { timeZone: zone }),
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
    return readTime(format.format(now))! + (now % 1000);
  } catch {
    return undefined;
  }
}
