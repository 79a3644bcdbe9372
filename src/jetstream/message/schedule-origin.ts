import type { MessageHeaders } from "../../core/protocol/headers.ts";

/** The schedule that made a message. */
export interface ScheduleOrigin {
  /** The subject that the schedule has. */
  readonly subject: string;
  /** When it makes the next one; undefined if this is the last. */
  readonly next: Date | undefined;
}

/** `Nats-Schedule-Next` is a time, or `purge`. */
export function readScheduleOrigin(headers: MessageHeaders | undefined): ScheduleOrigin | undefined {
  const subject = headers?.get("Nats-Scheduler");
  if (subject === undefined) return undefined;
  const next = new Date(headers?.get("Nats-Schedule-Next") ?? "");
  return { subject, next: Number.isNaN(next.getTime()) ? undefined : next };
}
