import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { DeathReason } from "./retry-plan.ts";

/** Why a message is given up. */
export interface Death {
  readonly reason: DeathReason;
  /** What the handler threw, as text. */
  readonly cause: string | undefined;
}

/** Takes the messages that are given up. `deadLetters()` makes one; an application may have its own. */
export interface DeadLetterBox {
  /** The stream whose messages it takes; undefined for any. */
  readonly stream?: string;
  /**
   * Keeps a copy. When it resolves, the message is given up; it may resolve with a note for the reason of the `term`. If it
   * rejects, the message comes again.
   */
  add(message: JetStreamMessage, death: Death): Promise<string | void>;
}
