import type { PendingLimits } from "../../core/delivery/pending.ts";
import type { Either } from "../config/either.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";

/** What all that pulls takes. */
export interface PullOptions {
  /** Milliseconds that a pull waits at the server; at least 1000 unless it is a fetch. @default 30000 */
  readonly expires?: number;
  /** Milliseconds of silence after which the server gives a sign; at most half of `expires`. @default half, 500 to 30000 */
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
  /** As the server counts them: subjects and headers too. */
  readonly maxBytes?: number; // JS-PULL-03, 13, 21, 22
  /** Only what is there; with `expires` it waits for the first. @default false */
  readonly noWait?: boolean; // JS-PULL-04
}

/** Options of `Consumer.next`. */
export interface NextOptions extends PullOptions, Pick<FetchOptions, "noWait"> {
  /** Acks this message and asks for the next in one step. */
  readonly ack?: JetStreamMessage; // JS-MSG-05
}

/** What all that goes on until it is stopped takes. */
export interface LastingOptions {
  /** Ends after so many messages. */
  readonly stopAfter?: number; // JS-PULL-15
  /**
   * When consumer or stream are gone, or JetStream has never answered, it fails, waits for them, or the consumer is made
   * anew. @default "fail"
   */
  readonly onMissing?: "fail" | "wait" | "recreate"; // JS-PULL-11
}

/** Options of `Consumer.consume`. */
export interface ConsumeOptions<M = JetStreamMessage> extends PullOptions, LastingOptions {
  /** Messages asked for or waiting here; what is read makes room. @default 500 */
  readonly capacity?: number;
  /** The same in bytes. @default none */
  readonly capacityBytes?: number; // JS-PULL-07
  /** The part of the capacity that must be free before more is asked for. @default 0.5 */
  readonly threshold?: number;
  /** What waits here for longer than its ack wait: dropped and told, or extended from half of it on. @default "drop" */
  readonly onStale?: "drop" | "extend";
  /** Takes the messages in place of a loop, in order; a promise is awaited. Acks are its own business. */
  readonly callback?: (message: M) => void | PromiseLike<void>; // JS-PULL-05
}

/** What all that a push consumer sends to takes. */
export interface PushOptions extends LastingOptions {
  /**
   * How much may wait here, whatever the server's flow control says, and what happens beyond: what comes is dropped, or it ends
   * with `SLOW_CONSUMER`. @default 524288 messages, 67108864 bytes, "drop-new"
   */
  readonly pending?: Partial<PendingLimits>;
  /** Stops it when it aborts. */
  readonly signal?: AbortSignal;
}
