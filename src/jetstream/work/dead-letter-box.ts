import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { DeathReason } from "./retry-plan.ts";

/** Why a message is given up. */
export interface Death {
  readonly reason: DeathReason;
  /** What the handler threw, as text. */
  readonly cause: string | undefined;
}

/** Where messages go that are given up: `deadLetters()` makes one, an application may have its own. */
export interface DeadLetterBox {
  /** The stream whose messages it takes; undefined for any. */
  readonly stream?: string;
  /**
   * Keeps a copy. The message is given up once this has resolved: with what shall stand behind the reason of its `term`, if
   * anything. If it rejects the message comes again.
   */
  add(message: JetStreamMessage, death: Death): Promise<string | void>;
}
