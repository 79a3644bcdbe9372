import type { HeldMessage } from "./held-message.ts";

/** Where messages wait for a handler. */
export interface WaitingRoom<T = HeldMessage> {
  /** How many could be handled now. */
  readonly free: number;
  /** Those that were taken off the shelf and wait here. */
  readonly waiting: readonly T[];
  /** Takes up to `max` of those that are free, in order; {@link done} is called for each. */
  take(max: number): readonly T[];
  /** The handling of one that was taken has ended. */
  done(item: T): void;
  /** Takes out one of those that wait here; false if it doesn't. */
  remove(item: T): boolean;
  /** Takes out all that wait here. */
  clear(): readonly T[];
}
