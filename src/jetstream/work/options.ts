import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { LastingOptions, PullOptions, PushOptions } from "../consume/options.ts";
import type { DeadLetterBox } from "./dead-letter-box.ts";

/** What a handler gets beside its message. */
export interface HandlerContext {
  /** Aborts when the handler shall not go on: the time of `keepAlive` or of a drain is up, or the work was stopped. */
  readonly signal: AbortSignal;
}

/**
 * Handles one message. When it returns, or the promise resolves, the message is acked; when it throws, the message comes again
 * later. What the handler has settled itself, by `ack`, `nak` or `term`, stays so.
 */
export type Handler<T = unknown> = (message: JetStreamMessage<T>, context: HandlerContext) => unknown;

/** Handles several messages at a time. When it throws, all that it has not settled itself come again later. */
export type BatchHandler<T = unknown> = (
  messages: readonly JetStreamMessage<T>[],
  context: HandlerContext,
) => unknown;

/** When a message comes again whose handler has failed, and when it is given up. */
export interface WorkRetryOptions<T = unknown> {
  /**
   * Milliseconds before a message comes again: one for each delivery, of which the last one repeats, or a function of the
   * error. It may come later, if nobody is free. @default the consumer's `backoff`, or [1000, 5000, 30000]
   */
  readonly delays?: readonly number[] | ((error: unknown, message: JetStreamMessage<T>) => number);
  /** The part of a delay that is left to chance, from 0 to 1: 0.2 makes 1000 some time from 800 to 1000. @default 0.2 */
  readonly jitter?: number;
  /**
   * Whether the error will not go away, so that the message is given up. An `INVALID_VALUE` always is. Not asked for a
   * batch: nobody knows which of its messages the error is about.
   */
  readonly terminal?: (error: unknown, message: JetStreamMessage<T>) => boolean;
}

/** How many messages a batch has at most, and for how many milliseconds its first one waits for more. */
export interface BatchWindow {
  readonly size: number;
  readonly within: number;
}

/** What `work` takes on pull and push consumers alike. */
export interface HandlingOptions<T = unknown> {
  /** Handlers at a time. @default 1 */
  readonly concurrency?: number;
  /** When a message comes again whose handler failed, and when it doesn't. */
  readonly retry?: WorkRetryOptions<T>;
  /**
   * How many milliseconds a message is kept from coming again while its handler runs. After that the handler's signal aborts, its
   * place is free for another one, and the message comes again; if the handler ends well nevertheless, its message is acked.
   * Messages that wait for a handler are kept for as long. false: no message is kept for longer than its ack wait.
   * @default { upTo: 300000 }
   */
  readonly keepAlive?: false | { readonly upTo: number };
  /**
   * Messages of one key are handled one after another, in the order in which they come. A message that comes again, since its
   * handler failed, comes behind others of its key. If the function throws, the handler counts as failed.
   */
  readonly orderBy?: (message: JetStreamMessage<T>) => string;
  /** Where messages go that are given up, with the cause: see `deadLetters`. */
  readonly deadLetters?: DeadLetterBox;
  /** Hands messages to the handler in batches. Each takes one place of `concurrency`. */
  readonly batch?: BatchWindow;
}

/** Options of `Consumer.work`. */
export interface WorkOptions<T = unknown> extends PullOptions, LastingOptions, HandlingOptions<T> {
  /** Messages asked for or here, those in work included. @default 2 × concurrency, times the size of a batch */
  readonly capacity?: number;
}

/** Options of `PushConsumer.work`. */
export interface PushWorkOptions<T = unknown> extends PushOptions, HandlingOptions<T> {}
