import { PagedSequence } from "../../core/delivery/paged-sequence.ts";
import type { RangePages } from "../direct/range-pages.ts";
import { directMessage } from "../message/direct-message.ts";
import type { Schedule } from "../publish/message-options.ts";
import { readSchedule } from "./read-schedule.ts";

/** A schedule that waits for its time, and where it is in its stream. */
export interface PendingSchedule {
  readonly subject: string;
  readonly seq: number;
  readonly schedule: Schedule;
}

// JS-SCHED-12
/** The schedules among the messages: a stream keeps one of each subject, for a new one rolls up the one before. */
export function listSchedules(pages: RangePages): PagedSequence<PendingSchedule> {
  return new PagedSequence(async () => {
    const page = await pages.next();
    return page?.flatMap((reply) => {
      const { subject, seq, headers } = directMessage(reply);
      const schedule = readSchedule(headers);
      return schedule === undefined ? [] : [{ subject, seq, schedule }];
    });
  });
}
