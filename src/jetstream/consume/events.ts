import type { NatsError } from "../../core/errors.ts";
import type { JetStreamError } from "../errors.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { FailureRow } from "../retries.ts";

/**
 * `error` is what a loop throws. Of the messages that were not handled `returned` went back to the server; `abandoned` are lost to
 * this consumer, which takes no acks.
 */
export interface ConsumingClosed {
  readonly reason: "stopped" | "drained" | "enough" | "failed" | "connection-closed";
  readonly error?: NatsError;
  readonly returned: number;
  readonly abandoned: number;
}
/** None of them ends it; what does is in `closed`. */
export type ConsumeEvent = // JS-PULL-10, 12, 14, JS-STATUS-01..36
  | { readonly type: "heartbeatsMissed"; readonly count: number }
  /**
   * JetStream refuses, or does not answer, and may do so later: it is asked again after `delay` milliseconds. Each failure is told;
   * `count` is how often it has failed in a row, for `duration` milliseconds. Lost links are told by the connection.
   */
  | ({ readonly type: "retrying"; readonly error: NatsError; readonly delay: number } & FailureRow)
  /** After `retrying`: it works again. */
  | ({ readonly type: "recovered" } & FailureRow)
  /** By `onMissing` it waits, or makes the consumer anew. */
  | { readonly type: "missing"; readonly error: JetStreamError }
  /** The server's side was made anew, from `fromSeq` on: an ordered or recreated consumer. */
  | {
      readonly type: "reset";
      readonly reason: ResetReason;
      readonly consumer: string;
      readonly fromSeq: number;
    } // JS-PUSH-08
  /** The consumer's limits for pulls are lower than the default that was asked. */
  | {
      readonly type: "limited";
      readonly option: "capacity" | "capacityBytes" | "expires";
      readonly to: number;
    }
  /** It waited here for longer than its ack wait, `age` in milliseconds, and was dropped: it comes again. */
  | { readonly type: "stale"; readonly message: JetStreamMessage; readonly age: number }
  /**
   * A handler of `work()` failed: its message comes again after `delay` milliseconds, or is given up if that is undefined. A
   * callback of `consume()` failed: `delay` is undefined, and the message comes again after its ack wait unless it was acked.
   */
  | {
      readonly type: "handlerError";
      readonly message: JetStreamMessage;
      readonly error: NatsError;
      readonly delay: number | undefined;
    }
  | { readonly type: "pinned"; readonly group: string }
  | { readonly type: "unpinned"; readonly group: string }
  /** A status of the server that is none of the above. */
  | { readonly type: "status"; readonly code: number; readonly description: string }
  /** More wait here than `pending` allows: messages of a push consumer are dropped. Those that are to be acked come again. */
  | { readonly type: "slowConsumer" }
  /** So many were dropped, for `duration` milliseconds. */
  | { readonly type: "slowConsumerEnded"; readonly dropped: number; readonly duration: number }
  /** So many were delivered behind `afterSeq` by a push consumer, and did not come: they come again if they are to be acked. */
  | { readonly type: "gap"; readonly count: number; readonly afterSeq: number }
  | { readonly type: "missed"; readonly count: number };

/**
 * Why the server's side was made anew: messages were missing, also at the end; no sign of life came; it was gone; the link
 * was lost.
 */
export type ResetReason = "gap" | "lost-tail" | "heartbeats" | "missing" | "reconnected";
