import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { Kept } from "./keep-alive.ts";

/** A message that was taken to be handled, until that has ended. */
export class HeldMessage implements Kept {
  readonly message: JetStreamMessage;
  /** Messages of one key are handled one after another. */
  readonly key: string;
  readonly takenAt: number;
  readonly wait: number;
  deadline: number;
  extendAt = Infinity;
  keptUntil = Infinity;

  /** `deadline` and `now` are of one clock. */
  constructor(message: JetStreamMessage, key: string, deadline: number, now: number) {
    this.message = message;
    this.key = key;
    this.takenAt = now;
    this.deadline = deadline;
    this.wait = Math.max(1, deadline - now);
  }
}
