import {
  checkCount,
  checkDrain,
  checkPendingLimits,
  checkWait,
  type DrainOptions,
  type ResolvedSubscribeOptions,
} from "../call-options.ts";
import type { ConnectionError, NatsError } from "../errors.ts";
import { INSPECT, type Inspect, inspected } from "../inspect.ts";
import type { Message } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import type { WaitOptions } from "../waiter.ts";
import type { AsyncSequence } from "./async-sequence.ts";
import { BatchIterator } from "./batch-iterator.ts";
import { type DrainReport, messagesInHand } from "./drain-report.ts";
import { MessageIterator } from "./message-iterator.ts";
import { messageStream } from "./message-stream.ts";
import { nextMessage } from "./next-message.ts";
import type { Overflow } from "./overflow.ts";
import type { PendingCount, PendingLimits } from "./pending.ts";
import type { ReaderDelivery } from "./reader-delivery.ts";
import { hasCallback } from "./subscription-errors.ts";
import type { SubscriptionClosed, SubscriptionHost } from "./subscription-host.ts";
import { SubscriptionLife } from "./subscription-life.ts";

/**
 * active: messages come in. draining: what has come is still handed out. closed: nothing is handed out any more.
 */
export type SubscriptionState = "active" | "draining" | "closed";

/**
 * A subscription to a subject, made by `Connection.subscribe`. Without a callback its messages are queued. Read them by
 * looping over it, or with `batches()`, `next()` or `readable()`. There may be several readers; each message goes to one.
 */
export class Subscription implements AsyncIterable<Message>, AsyncDisposable {
  /** The number that the server knows this subscription by. */
  readonly sid: number;
  readonly subject: string;
  readonly queue: string | undefined;
  /** @internal */
  readonly takesReplies = false;
  readonly #life: SubscriptionLife;
  readonly #host: SubscriptionHost;

  /** @internal */
  constructor(sid: number, subject: string, options: ResolvedSubscribeOptions, host: SubscriptionHost) {
    this.sid = sid;
    this.subject = subject;
    this.queue = options.queue;
    this.#host = host;
    this.#life = new SubscriptionLife(this, options, host);
  }

  get state(): SubscriptionState {
    const { phase } = this.#life;
    return phase === "finishing" ? "draining" : phase;
  }

  /** How much waits, including messages that are being handled. Bytes are those of payloads. */
  get pending(): PendingCount {
    return { messages: this.#life.pending.messages, bytes: this.#life.pending.bytes };
  }

  /** The most that has ever waited, counting a message that then found no room. */
  get maxPending(): PendingCount {
    return { messages: this.#life.pending.maxMessages, bytes: this.#life.pending.maxBytes };
  }

  /** How many messages have come, dropped ones included. */
  get received(): number {
    return this.#life.received;
  }

  /** Messages handed to a callback or a reader. */
  get delivered(): number {
    return this.#life.pending.delivered;
  }

  /** Messages for which there was no room. */
  get dropped(): number {
    return this.#life.pending.dropped;
  }

  /** The number of messages after which the subscription ends by itself; undefined for no limit. */
  get max(): number | undefined {
    const { max } = this.#life;
    return max === Infinity ? undefined : max;
  }

  get pendingLimits(): PendingLimits {
    return this.#life.pending.limits;
  }

  /** Changes the limits; those that you leave out stay as they are. Throws `INVALID_OPTION`. */
  setPendingLimits(limits: Partial<PendingLimits>): void {
    this.#life.pending.limits = checkPendingLimits(limits, this.#life.pending.limits);
  }

  /** Sets {@link maxPending} back to zero. */
  clearMaxPending(): void {
    this.#life.pending.clearMaxima();
  }

  /** Resolves with the reason when no message will be handled any more; never rejects. */
  get closed(): Promise<SubscriptionClosed> {
    return this.#life.closed;
  }

  /** Messages one by one. Leaving the loop unsubscribes. Throws `SUBSCRIPTION_HAS_CALLBACK`. */
  [Symbol.asyncIterator](): AsyncSequence<Message> {
    return new MessageIterator(this.#readers(), () => this.#life.leave());
  }

  /**
   * Messages in batches of what has come, up to `maxMessages` (1,024 by default): one `await` for a whole batch. Leaving the
   * loop unsubscribes. Throws `SUBSCRIPTION_HAS_CALLBACK`.
   */
  batches(maxMessages = 1024): AsyncSequence<Message[]> {
    checkCount("maxMessages", maxMessages);
    return new BatchIterator(this.#readers(), maxMessages, () => this.#life.leave());
  }

  /** Messages as a stream, which takes them only as fast as it is read. Cancelling it unsubscribes. */
  readable(): ReadableStream<Message> {
    return messageStream(this[Symbol.asyncIterator]());
  }

  /**
   * Resolves with the next message: one that waits already, whatever the timeout, or the first to come. Without a `timeout`
   * or a `signal` there is no limit.
   *
   * Rejects with `NO_RESPONDERS` (the server says that nobody subscribes to the subject of a publish with this reply
   * subject), `TIMEOUT`, `ABORTED`, `MAX_MESSAGES_DELIVERED` (all have been read), `SUBSCRIPTION_CLOSED`,
   * `CONNECTION_CLOSED`, `SLOW_CONSUMER` (ended by `onFull: "error"`) or `SUBSCRIPTION_HAS_CALLBACK`.
   */
  async next(options: WaitOptions = {}): Promise<Message> {
    const delivery = this.#readers();
    checkWait(options);
    const source = { delivery, subject: this.subject, endError: () => this.#life.failure };
    return await nextMessage(source, this.#host.signals.limits(options));
  }

  /**
   * Ends the subscription. Without `max` it ends at once, and messages that wait are dropped. With `max` it ends after so many
   * messages, counted from its beginning; another call changes that number. Throws `INVALID_OPTION`.
   */
  unsubscribe(max?: number): void {
    if (max === undefined) this.#life.unsubscribe();
    else this.#life.limit(checkCount("max", max));
  }

  /**
   * Ends the subscription without losing messages. Tells the server to send no more, and waits until everything that it had
   * sent has come and is handled: callbacks have settled, loops have come back for more. Without a `timeout` or a `signal`
   * there is no limit; when one of them ends the drain, what is left is given up.
   *
   * If you call this from a handler, the drain does not wait for that handler as long as it has not returned or awaited
   * anything. After its first `await`, and always in a loop, pass the message as `handling`. If nobody has begun to read by the
   * time that everything has come, the messages are given up.
   *
   * Rejects with `CONNECTION_CLOSED` once the connection is closed, or `INVALID_OPTION`.
   */
  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    const { handling, ...limits } = checkDrain(options);
    if (this.#life.end?.reason === "connection-closed") throw this.#life.failure;
    const { handled: handledBefore, dropped: droppedBefore } = this.#life.pending;
    const timedOut = !(await this.#life.handOut(messagesInHand(handling), this.#host.signals.limits(limits)));
    const inHand = this.#life.pending.spared;
    const dropped = this.#life.pending.dropped - droppedBefore;
    const abandoned = (this.#life.end?.abandoned ?? 0) + this.#life.pending.messages - inHand + dropped;
    return {
      handled: this.#life.pending.handled - handledBefore + inHand,
      abandoned,
      timedOut,
      complete: this.#life.isComplete,
    };
  }

  /**
   * Waits for a drain that is under way. Otherwise drains a subscription with a callback, for up to the connection's
   * `disposeTimeout`; one without a callback ends at once, for code that has left the block reads no more.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const { phase, isBeingDrained, reader } = this.#life;
    if (phase === "closed") return;
    if (isBeingDrained) await this.closed;
    else if (reader !== undefined) this.unsubscribe();
    else await this.drain({ timeout: this.#host.disposeTimeout });
  }

  /** No drain waits for the handler on the stack, nor for these messages. @internal */
  spare(handling: readonly Message[]): void {
    this.#life.spare(handling);
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { subject, queue, sid, state, max, received, delivered, dropped, pending } = this;
    const facts = { subject, queue, sid, state, max, received, delivered, dropped, pending };
    return inspected("Subscription", facts, depth, options, inspect);
  }

  /** Milliseconds that leaving an `await using` block may take. @internal */
  get disposeTimeout(): number {
    return this.#host.disposeTimeout;
  }

  /** What its callback will never see goes there, and is no event of the connection. @internal */
  set overflow(overflow: Overflow) {
    this.#life.overflow = overflow;
  }

  /** @internal */
  get remaining(): number | undefined {
    return this.#life.remaining;
  }

  /** @internal */
  onRestored(sentAhead: number): void {
    this.#life.onRestored(sentAhead);
  }

  /** @internal */
  receive(frame: MessageFrame): void {
    this.#life.receive(frame);
  }

  /** @internal */
  unpin(): void {
    this.#life.delivery.unpin();
  }

  /** @internal */
  barrier(): Promise<void> {
    return this.#life.delivery.barrier();
  }

  /** The server refuses it: what has come is still handed out. @internal */
  onDenied(error: NatsError): void {
    this.#life.finish({ reason: "failed", error });
  }

  /** @internal */
  onClosed(error: ConnectionError): void {
    this.#life.onClosed(error);
  }

  #readers(): ReaderDelivery {
    const { reader } = this.#life;
    if (reader !== undefined) return reader;
    throw hasCallback(this.subject);
  }
}
