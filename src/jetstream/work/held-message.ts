import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { Kept } from "./keep-schedule.ts";

/** When a message was taken, and until when it may be handled. */
export interface HeldTimes {
  readonly now: number;
  readonly deadline: number;
  readonly wait: number;
}

/** A message that was taken to be handled, until that has ended. */
export class HeldMessage implements Kept {
  readonly message: JetStreamMessage;
  readonly takenAt: number;
  readonly wait: number;
  deadline: number;
  extendAt: number = Infinity;
  keptUntil: number = Infinity;
  /** Messages of one key are handled one after another, where there are keys. */
  key = "";

  /** Times are of one clock. `deadline` and `wait`: see {@link Kept}. */
  constructor(message: JetStreamMessage, times: HeldTimes) {
    this.message = message;
    this.takenAt = times.now;
    this.deadline = times.deadline;
    this.wait = times.wait;
  }
}
