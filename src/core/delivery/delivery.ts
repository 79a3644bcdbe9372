import type { NatsError } from "../errors.ts";
import type { Message } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import type { PendingCount } from "./pending.ts";

/** What a subscription does with its messages. One exists for callbacks and one for readers. */
export interface Delivery {
  /** Takes a message that the books have room for. */
  accept(frame: MessageFrame): void;
  /** Takes the oldest message that nobody has seen yet out again, if there is one. */
  dropOldest(): Message | undefined;
  /** Keeps no more than the `count` oldest that nobody has seen yet; returns how much the others were. */
  truncate(count: number): PendingCount;
  /** Resolves when what has come so far is handled, as far as that is this library's to do. */
  barrier(): Promise<void>;
  /** Of these messages those that are being handled, and the one whose handler is on the stack. */
  inHand(messages: readonly Message[]): Message[];
  /** Some of what is being handled waits for a drain now. */
  onSpared(): void;
  /** The next chunk has arrived: see `MessageQueue.unpin`. */
  unpin(): void;
  /** Nothing more will come. Readers get what is queued, then the end: `error` if there is one. */
  finish(error: NatsError | undefined): void;
  /** Ends at once; returns how many messages were queued and are given up. */
  abandon(error: NatsError | undefined): number;
}

/** What a delivery tells its subscription. */
export interface DeliveryListener {
  /** Nothing is queued, and nothing is being handled that a drain waits for. */
  onIdle(): void;
  onHandlerError(message: Message, thrown: unknown): void;
}
