import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { LastingOptions, PullOptions, PushOptions } from "../consume/options.ts";
import type { DeadLetterBox } from "./dead-letter-box.ts";

/** What a handler gets beside its message. */
export interface HandlerContext {
  /** Aborts when the handler must not go on: the time of `keepAlive` or of a drain is up, or the work was stopped. */
  readonly signal: AbortSignal;
}

/**
 * Handles one message. When it returns, or its promise resolves, the message is acked; when it throws or rejects, the message
 * comes again later. If the handler settles the message itself, by `ack`, `nak` or `term`, that stays.
 */
export type Handler<T = unknown> = (message: JetStreamMessage<T>, context: HandlerContext) => unknown;

/** Handles several messages at a time. When it throws, all messages that it has not settled itself come again later. */
export type BatchHandler<T = unknown> = (
  messages: readonly JetStreamMessage<T>[],
  context: HandlerContext,
) => unknown;

/** When a message comes again whose handler has failed, and when it is given up. */
export interface WorkRetryOptions<T = unknown> {
  /**
   * Milliseconds before a message comes again: one number for each delivery, the last of which repeats, or a function of the
   * error. The message comes later if no handler is free. @default the consumer's `backoff`, or [1000, 5000, 30000]
   */
  readonly delays?: readonly number[] | ((error: unknown, message: JetStreamMessage<T>) => number);
  /** The part of a delay that is left to chance, from 0 to 1: 0.2 makes 1000 some time from 800 to 1000. @default 0.2 */
  readonly jitter?: number;
  /**
   * Whether the error will not go away, so that the message is given up. For an `INVALID_VALUE` it always is. A batch does not
   * ask this function, for nobody knows which of its messages the error is about.
   */
  readonly terminal?: (error: unknown, message: JetStreamMessage<T>) => boolean;
}

/** How many messages a batch has at most, and for how many milliseconds its first one waits for more. */
export interface BatchWindow {
  readonly size: number;
  readonly within: number;
}

/** Options of `work` for pull and push consumers alike. */
export interface HandlingOptions<T = unknown> {
  /** Handlers at a time. @default 1 */
  readonly concurrency?: number;
  /** When a message comes again whose handler failed, and when it doesn't. */
  readonly retry?: WorkRetryOptions<T>;
  /**
   * For how many milliseconds a message is kept from coming again while its handler runs. After that the handler's signal
   * aborts, its place is free for another one, and the message comes again. If the handler ends well nevertheless, its message
   * is acked. A message that waits for a handler is kept for as long. false: no message is kept for longer than its ack wait.
   * @default { upTo: 300000 }
   */
  readonly keepAlive?: false | { readonly upTo: number };
  /**
   * Gives the key of a message. Messages of one key are handled one after another, in the order in which they come. If a
   * handler failed, its message comes again behind others of its key. If this function throws, the handler counts as failed.
   */
  readonly orderBy?: (message: JetStreamMessage<T>) => string;
  /** Gets the messages that are given up, with the cause: see `deadLetters`. */
  readonly deadLetters?: DeadLetterBox;
  /** Hands messages to the handler in batches. Each takes one place of `concurrency`. */
  readonly batch?: BatchWindow;
}

/** Options of `Consumer.work`. */
export interface WorkOptions<T = unknown> extends PullOptions, LastingOptions, HandlingOptions<T> {
  /** Messages that are here, in work, or asked for. @default 2 × concurrency, times the size of a batch */
  readonly capacity?: number;
}

/** Options of `PushConsumer.work`. */
export interface PushWorkOptions<T = unknown> extends PushOptions, HandlingOptions<T> {}
