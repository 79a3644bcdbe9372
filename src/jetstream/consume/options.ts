import type { PendingLimits } from "../../core/delivery/pending.ts";
import type { Either } from "../config/either.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";

/** Options of everything that pulls. */
export interface PullOptions {
  /** Milliseconds that a pull waits at the server; at least 1000 unless it is a fetch. @default 30000 */
  readonly expires?: number;
  /** Milliseconds of silence after which the server sends a heartbeat; at most half of `expires`. @default half, 500 to 30000 */
  readonly idleHeartbeat?: number; // JS-PULL-08
  /** For a consumer with `priority`: the group, and when this client is served; `priority` is 0 (first) to 9. */
  readonly priority?: { readonly group: string } & Either<
    { readonly minPending?: number; readonly minAckPending?: number },
    { readonly priority?: number }
  >; // JS-PULL-17
  /** Stops it when it aborts. */
  readonly signal?: AbortSignal;
}

/** Options of `Consumer.fetch`. */
export interface FetchOptions extends PullOptions {
  /** @default 100 */ readonly maxMessages?: number;
  /** Bytes as the server counts them: with subjects and headers. */
  readonly maxBytes?: number; // JS-PULL-03, 13, 21, 22
  /** Takes only what is there; with `expires` it waits for a first message. @default false */
  readonly noWait?: boolean; // JS-PULL-04
}

/** Options of `Consumer.next`. */
export interface NextOptions extends PullOptions, Pick<FetchOptions, "noWait"> {
  /** Acks this message and asks for the next in one step. */
  readonly ack?: JetStreamMessage; // JS-MSG-05
}

/** Options of everything that goes on until it is stopped. */
export interface LastingOptions {
  /** Ends after so many messages. */
  readonly stopAfter?: number; // JS-PULL-15
  /**
   * When the consumer or its stream is gone, or when JetStream has never answered: fail, wait until it is there, or make the
   * consumer anew. @default "fail"
   */
  readonly onMissing?: "fail" | "wait" | "recreate"; // JS-PULL-11
}

/** Options of `Consumer.consume`. */
export interface ConsumeOptions<M = JetStreamMessage> extends PullOptions, LastingOptions {
  /** Messages that wait here or are asked for; what you read makes room. @default 500 */
  readonly capacity?: number;
  /** The same in bytes. @default none */
  readonly capacityBytes?: number; // JS-PULL-07
  /** The part of the capacity that must be free before more is asked for. @default 0.5 */
  readonly threshold?: number;
  /**
   * What becomes of a message that waits here for as long as its ack wait. drop: it is dropped, a `stale` event tells, and it comes again.
   * extend: its ack wait is extended each time half of it is over. @default "drop"
   */
  readonly onStale?: "drop" | "extend";
  /** Takes the messages in place of a loop, in order; if it returns a promise, that is awaited. It must ack them itself. */
  readonly callback?: (message: M) => void | PromiseLike<void>; // JS-PULL-05
}

/** Options of everything that reads a push consumer. */
export interface PushOptions extends LastingOptions {
  /**
   * How much may wait here, whatever the server's flow control says, and what happens to more: it is dropped, or everything ends with
   * `SLOW_CONSUMER`. @default 524288 messages, 67108864 bytes, "drop-new"
   */
  readonly pending?: Partial<PendingLimits>;
  /** Stops it when it aborts. */
  readonly signal?: AbortSignal;
}
