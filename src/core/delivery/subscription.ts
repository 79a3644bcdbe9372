import type { AsyncSequence } from "./async-sequence.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { BatchIterator } from "./batch-iterator.ts";
import type { BlockPool } from "./block-pool.ts";
import { CallbackDelivery } from "./callback-delivery.ts";
import type { Delivery } from "./delivery.ts";
import { Mailbox } from "./mailbox.ts";
import { MessageIterator } from "./message-iterator.ts";
import { messageStream } from "./message-stream.ts";
import { nextMessage } from "./next-message.ts";
import { Pending, type PendingCount, type PendingLimits, type SlowEnd } from "./pending.ts";
import { ReaderDelivery } from "./reader-delivery.ts";
import {
  type ConnectionError,
  type NatsError,
  type PermissionError,
  SubscriptionError,
  TimeoutError,
} from "../errors.ts";
import { INSPECT, type Inspect, inspected } from "../inspect.ts";
import type { Message, MessageContext } from "../message.ts";
import {
  checkCount,
  checkDrain,
  checkPendingLimits,
  checkWait,
  type DrainOptions,
  type ResolvedSubscribeOptions,
} from "../call-options.ts";
import type { BarrierEnd } from "../barrier.ts";
import { type DrainReport, messagesInHand } from "./drain-report.ts";
import type { AbortSource, SharedSignals } from "../shared-signal.ts";
import { TimeLimit } from "../time-limit.ts";
import { Waiter, type WaitLimits, type WaitOptions } from "../waiter.ts";

/** Why a subscription takes no more messages. */
export type SubscriptionEnd = "unsubscribed" | "max" | "drained" | "connection-closed" | "failed";

/** How a subscription ended. */
export interface SubscriptionClosed {
  readonly reason: SubscriptionEnd;
  readonly error?: NatsError;
  /** Messages that were received and that nobody will see. */
  readonly abandoned: number;
}

/** What came of a time in which a subscription dropped messages. */
export interface SlowEpisode {
  /** How many it dropped. */
  readonly dropped: number;
  /** Milliseconds from the first drop on. */
  readonly duration: number;
  readonly reason: SlowEnd;
}

/** What a subscription needs of its connection. */
export interface SubscriptionHost {
  readonly signals: SharedSignals;
  readonly context: MessageContext;
  readonly blocks: BlockPool;
  /** Asks the server to stop after `max` in all, or at once. */
  unsubscribe(sid: number, max?: number): void;
  /** Nothing more is to come for it. */
  remove(subscription: Subscription): void;
  /** It has nothing left to hand out either. */
  onClosed(subscription: Subscription): void;
  /** How it ends that all comes that is on its way to subscriptions that have ended by now. Never rejects. */
  barrier(): Promise<BarrierEnd>;
  /** Milliseconds that leaving an `await using` block may take. */
  readonly disposeTimeout: number;
  /** So many messages found no room; `isFirst` of an episode. */
  onDropped(subscription: Subscription, count: number, isFirst: boolean): void;
  onFilling(subscription: Subscription): void;
  onSlowEnded(subscription: Subscription, episode: SlowEpisode): void;
  onHandlerError(subscription: Subscription, message: Message, thrown: unknown): void;
  /** It has ended with this error, and there is no reader to tell. */
  onFailed(subscription: Subscription, error: NatsError): void;
}

/**
 * active: messages come in. draining: no more will, and what is here is handed out. closed: nothing is handed out.
 */
export type SubscriptionState = "active" | "draining" | "closed";

/**
 * The interest in a subject, as `Connection.subscribe` makes it. Without a callback its messages are queued and read
 * by a loop over it, `batches()`, `next()` or `readable()`, by any number of readers; each message goes to one.
 */
export class Subscription implements AsyncIterable<Message>, AsyncDisposable {
  /** The number that the server knows this subscription by. */
  readonly sid: number;
  readonly subject: string;
  readonly queue: string | undefined;
  readonly #host: SubscriptionHost;
  readonly #pending: Pending;
  readonly #delivery: Delivery;
  readonly #mailbox: Mailbox;
  readonly #reader: ReaderDelivery | undefined;
  readonly #signal: AbortSource | undefined;
  /** Runs until the first message has come, if there is a limit. */
  #firstMessage: TimeLimit | undefined;
  #state: SubscriptionState = "active";
  /** Why it is no longer active. */
  #end: { readonly reason: SubscriptionEnd; readonly error?: NatsError } = { reason: "unsubscribed" };
  /** Nothing is on its way any more. */
  #isInputOver = false;
  /** All has come that the server had sent; false also while it is on its way. */
  #isComplete = false;
  /** Those who wait for a drain. */
  #drains: (() => void)[] | undefined;
  #received = 0;
  /** Of these, those that the server now connected knows nothing of: it counts from its own SUB. */
  #receivedBefore = 0;
  #max: number;
  #closed: SubscriptionClosed | undefined;
  #closedWaiters: ((closed: SubscriptionClosed) => void)[] | undefined;

  /** @internal */
  constructor(sid: number, subject: string, options: ResolvedSubscribeOptions, host: SubscriptionHost) {
    this.sid = sid;
    this.subject = subject;
    this.queue = options.queue;
    this.#host = host;
    const context: MessageContext = { ...host.context, subscription: this };
    this.#max = options.max ?? Infinity;
    this.#pending = new Pending(options.pending, this);
    if (options.callback === undefined) {
      this.#reader = new ReaderDelivery(context, host.blocks, this.#pending, this);
      this.#delivery = this.#reader;
    } else {
      this.#delivery = new CallbackDelivery(
        options.callback,
        options.concurrency,
        context,
        host.blocks,
        this.#pending,
        this,
      );
    }
    this.#mailbox = new Mailbox(this.#pending, this.#delivery);
    this.#signal = options.signal === undefined ? undefined : host.signals.of(options.signal);
    this.#signal?.addEventListener("abort", this);
    const { firstMessageTimeout } = options;
    if (firstMessageTimeout !== undefined) this.#expectMessage(firstMessageTimeout);
  }

  get state(): SubscriptionState {
    return this.#state;
  }

  /** What waits, what is being handled included. Bytes are of payload. */
  get pending(): PendingCount {
    return { messages: this.#pending.messages, bytes: this.#pending.bytes };
  }

  /** The most that ever waited, with a message that then found no room. */
  get maxPending(): PendingCount {
    return { messages: this.#pending.maxMessages, bytes: this.#pending.maxBytes };
  }

  /** Messages that came for it, those included that were dropped. */
  get received(): number {
    return this.#received;
  }

  /** Messages handed to a callback or a reader. */
  get delivered(): number {
    return this.#pending.delivered;
  }

  /** Messages for which there was no room. */
  get dropped(): number {
    return this.#pending.dropped;
  }

  /** How many messages come in all before the subscription ends by itself; undefined for no limit. */
  get max(): number | undefined {
    return this.#max === Infinity ? undefined : this.#max;
  }

  get pendingLimits(): PendingLimits {
    return this.#pending.limits;
  }

  /** Changes the limits from now on; what isn't named stays. Throws `INVALID_OPTION`. */
  setPendingLimits(limits: Partial<PendingLimits>): void {
    this.#pending.limits = checkPendingLimits(limits, this.#pending.limits);
  }

  /** Sets {@link maxPending} back to nothing. */
  clearMaxPending(): void {
    this.#pending.clearMaxima();
  }

  /** Resolves once no message will be handled any more, with the reason; it never rejects. */
  get closed(): Promise<SubscriptionClosed> {
    if (this.#closed !== undefined) return Promise.resolve(this.#closed);
    return new Promise((resolve) => (this.#closedWaiters ??= []).push(resolve));
  }

  /** The messages one by one. Leaving the loop unsubscribes. Throws `SUBSCRIPTION_HAS_CALLBACK` if there is one. */
  [Symbol.asyncIterator](): AsyncSequence<Message> {
    return new MessageIterator(this.#readers(), () => this.#leave());
  }

  /**
   * The messages as they come, up to `maxMessages` (1,024 unless said otherwise) at a time: one `await` for a whole
   * batch. Leaving the loop unsubscribes. Throws `SUBSCRIPTION_HAS_CALLBACK` if there is one.
   */
  batches(maxMessages = 1024): AsyncSequence<Message[]> {
    checkCount("maxMessages", maxMessages);
    return new BatchIterator(this.#readers(), maxMessages, () => this.#leave());
  }

  /** The messages as a stream, which is read only as fast as its reader. Cancelling it unsubscribes. */
  readable(): ReadableStream<Message> {
    return messageStream(this[Symbol.asyncIterator]());
  }

  /**
   * The next message: one that waits already, whatever the timeout, or the first to come.
   *
   * Rejects with `NO_RESPONDERS` if the message is the server's word that nobody listens, `TIMEOUT`, `ABORTED`, `MAX_MESSAGES_DELIVERED` (all have been read), `SUBSCRIPTION_CLOSED`,
   * `CONNECTION_CLOSED` or `SLOW_CONSUMER` (ended by `onFull: "error"`). Without a timeout it waits for as long as
   * it takes. Rejects with `SUBSCRIPTION_HAS_CALLBACK` if there is one.
   */
  async next(options: WaitOptions = {}): Promise<Message> {
    const delivery = this.#readers();
    checkWait(options);
    const source = { delivery, subject: this.subject, endError: () => this.#endError() };
    return await nextMessage(source, this.#host.signals.limits(options));
  }

  /**
   * Ends the subscription: at once, dropping what waits, or with `max` once that many messages came in all,
   * counted from the start. Calling it again with another `max` changes the limit. Throws `INVALID_OPTION`.
   */
  unsubscribe(max?: number): void {
    if (max !== undefined) checkCount("max", max);
    if (this.#state === "closed") return;
    if (max === undefined) {
      if (this.#state === "active") this.#host.unsubscribe(this.sid);
      this.#abandon({ reason: "unsubscribed" });
    } else if (max > this.#received && !this.#isInputOver) {
      this.#max = max;
      // The server was told already that a drain wants no more; what is on its way still comes.
      if (this.#state === "active") this.#host.unsubscribe(this.sid, max - this.#receivedBefore);
    } else {
      this.#limitTo(max);
    }
  }

  /** As many have come already; what is queued beyond the limit is not handed out. */
  #limitTo(max: number): void {
    if (this.#state === "active") this.#host.unsubscribe(this.sid);
    const wanted = Math.max(0, max - this.#pending.delivered);
    this.#pending.forget(this.#delivery.truncate(wanted));
    this.#finish({ reason: "max" });
    this.onIdle();
  }

  /**
   * Ends the subscription without losing what is on its way: stops the interest, waits until all has come that the
   * server had sent, and until that is handled: callbacks have settled, loops have come back for more. Without a
   * `timeout` or a `signal` it waits for as long as that takes; when they end it, what is left is given up.
   *
   * A handler whose call has not returned yet is not waited for; name the message with `handling` after the first
   * `await`, and in a loop. What nobody has begun to read by the time that all has come is given up.
   *
   * Rejects with `CONNECTION_CLOSED` once the connection is closed, or `INVALID_OPTION`.
   */
  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    const { handling, ...limits } = checkDrain(options);
    if (this.#closed?.reason === "connection-closed") throw this.#endError();
    const { handled: handledBefore, dropped: droppedBefore } = this.#pending;
    const timedOut = !(await this.#handOut(messagesInHand(handling), this.#host.signals.limits(limits)));
    const inHand = this.#pending.spared;
    const dropped = this.#pending.dropped - droppedBefore;
    const abandoned = (this.#closed?.abandoned ?? 0) + this.#pending.messages - inHand + dropped;
    return {
      handled: this.#pending.handled - handledBefore + inHand,
      abandoned,
      timedOut,
      complete: this.#isComplete,
    };
  }

  /** Whether all has come and is handled, or given up by others, before the limits gave it up. */
  async #handOut(handling: readonly Message[], limits: WaitLimits): Promise<boolean> {
    if (this.#state === "closed") return true;
    const limit = new Waiter<void>(limits, { what: "the drain", subject: this.subject });
    (this.#drains ??= []).push(() => limit.resolve());
    if (this.#state === "active") this.#stopInput();
    this.spare(handling);
    // Whoever begins to read right after the call gets what is here.
    if (this.#isInputOver) queueMicrotask(() => this.#giveUpUnread());
    try {
      await limit.promise;
      return true;
    } catch {
      this.#abandon({ reason: "drained" });
      return false;
    }
  }

  /**
   * Waits for a drain that runs. Otherwise a subscription with a callback is drained, for up to the connection's
   * `disposeTimeout`, and one that is read ends at once: whoever has left the block reads no more.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "closed") return;
    if (this.#drains !== undefined) await this.closed;
    else if (this.#reader !== undefined) this.unsubscribe();
    else await this.drain({ timeout: this.#host.disposeTimeout });
  }

  /** No drain waits for the handler on the stack, nor for these messages. @internal */
  spare(handling: readonly Message[]): void {
    for (const message of this.#delivery.inHand(handling)) this.#pending.spare(message);
    this.#delivery.onSpared();
    this.onIdle();
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { subject, queue, sid, state, max, received, delivered, dropped, pending } = this;
    const facts = { subject, queue, sid, state, max, received, delivered, dropped, pending };
    return inspected("Subscription", facts, depth, options, inspect);
  }

  /** @internal */
  readonly takesReplies = false;

  /** @internal */
  get remaining(): number | undefined {
    if (this.#state !== "active") return 0;
    return this.#max === Infinity ? undefined : this.#max - this.#received;
  }

  /** @internal */
  onRestored(sentAhead: number): void {
    this.#receivedBefore = this.#received - sentAhead;
  }

  /** @internal */
  receive(frame: MessageFrame): void {
    if (this.#state === "closed") return;
    this.#received++;
    if (this.#firstMessage !== undefined) this.#stopExpecting();
    const receipt = this.#mailbox.receive(frame);
    if (receipt !== "kept") this.#onOverflow(receipt);
    // The server has removed the subscription by itself; the client keeps count too (SUB-35, SUB-36).
    if (this.#received >= this.#max) this.#finish({ reason: "max" });
  }

  /** @internal */
  unpin(): void {
    this.#delivery.unpin();
  }

  /** @internal */
  barrier(): Promise<void> {
    return this.#delivery.barrier();
  }

  /** The server refuses it: what has come is still handed out. @internal */
  onDenied(error: PermissionError): void {
    this.#finish({ reason: "failed", error });
  }

  /** @internal */
  onClosed(error: ConnectionError): void {
    this.#end = { reason: "connection-closed", error };
    this.#abandon(this.#end);
  }

  #onOverflow(receipt: "dropped" | "refused"): void {
    const isFirst = this.#pending.beginEpisode();
    this.#host.onDropped(this, this.#pending.takeDropped(), isFirst);
    if (receipt === "refused") this.#fail();
  }

  /** @internal */
  onFilling(): void {
    this.#host.onFilling(this);
  }

  /** @internal */
  onSlowEnded(dropped: number, duration: number, reason: SlowEnd): void {
    this.#host.onSlowEnded(this, { dropped, duration, reason });
  }

  /** @internal */
  onHandlerError(message: Message, thrown: unknown): void {
    this.#host.onHandlerError(this, message, thrown);
  }

  #expectMessage(timeout: number): void {
    this.#firstMessage = new TimeLimit(() => {
      const text = `no message came for the subscription to "${this.subject}" within ${timeout} ms`;
      const error = new TimeoutError(text, { subject: this.subject, elapsed: timeout });
      this.#host.unsubscribe(this.sid);
      this.#finish({ reason: "failed", error });
      if (this.#reader === undefined) this.#host.onFailed(this, error);
    });
    this.#firstMessage.start(timeout);
  }

  #stopExpecting(): void {
    this.#firstMessage?.stop();
    this.#firstMessage = undefined;
  }

  #fail(): void {
    const { messages, bytes } = this.#pending.limits;
    const text = `the subscription to "${this.subject}" can't keep up: more than ${messages} messages or ${bytes} bytes wait`;
    this.#host.unsubscribe(this.sid);
    const error = new SubscriptionError("SLOW_CONSUMER", text, { subject: this.subject });
    this.#finish({ reason: "failed", error });
  }

  /** active → draining by a drain: what is on its way still comes in. */
  #stopInput(): void {
    this.#stopExpecting();
    this.#state = "draining";
    this.#end = { reason: "drained" };
    this.#host.unsubscribe(this.sid);
    void this.#host.barrier().then((end) => {
      // Of a link that is lost nothing more comes, though more was on its way.
      if (end !== "time-up") this.#finish(this.#end, end === "reached");
    });
  }

  /** Nothing more comes in; what is here is still handed out. */
  #finish(end: { reason: SubscriptionEnd; error?: NatsError }, isComplete = true): void {
    if (this.#state === "closed" || this.#isInputOver) return;
    this.#state = "draining";
    this.#end = end;
    this.#isInputOver = true;
    this.#stopExpecting();
    this.#isComplete = isComplete;
    this.#host.remove(this);
    this.#pending.endEpisode("ended");
    this.#delivery.finish(end.error);
    this.onIdle();
    this.#giveUpUnread();
  }

  /** Ends at once; what waits is given up. */
  #abandon(end: { reason: SubscriptionEnd; error?: NatsError }): void {
    if (this.#state === "closed") return;
    if (this.#state === "active") this.#end = end;
    this.#host.remove(this);
    this.#pending.endEpisode("ended");
    this.#close(() => this.#delivery.abandon(failureOf(end.error)));
  }

  /** Nothing is queued, and what is being handled no drain waits for. @internal */
  onIdle(): void {
    if (!this.#isInputOver || this.#state !== "draining") return;
    if (this.#pending.messages === 0) this.#close(() => 0);
    else if (this.#pending.isIdle) this.#endDrains();
  }

  /** A drain does not wait for what nobody comes for. */
  #giveUpUnread(): void {
    if (this.#drains !== undefined && this.#reader?.isForsaken === true) this.#abandon(this.#end);
  }

  #close(abandon: () => number): void {
    this.#state = "closed";
    this.#stopExpecting();
    this.#signal?.removeEventListener("abort", this);
    this.#closed = { ...this.#end, abandoned: abandon() };
    this.#host.onClosed(this);
    for (const resolve of this.#closedWaiters ?? []) resolve(this.#closed);
    this.#closedWaiters = undefined;
    this.#endDrains();
  }

  #endDrains(): void {
    const drains = this.#drains;
    this.#drains = undefined;
    for (const end of drains ?? []) end();
  }

  /** A loop was left. */
  #leave(): void {
    if (this.#state === "active") this.unsubscribe();
    else this.#abandon(this.#end);
  }

  /** Its signal aborts. @internal */
  handleEvent(): void {
    this.unsubscribe();
  }

  #readers(): ReaderDelivery {
    if (this.#reader !== undefined) return this.#reader;
    const message = `the subscription to "${this.subject}" hands its messages to a callback`;
    throw new SubscriptionError("SUBSCRIPTION_HAS_CALLBACK", message, { subject: this.subject });
  }

  #endError(): NatsError {
    if (this.#end.error !== undefined) return this.#end.error;
    const facts = { subject: this.subject };
    if (this.#end.reason === "max") {
      const message = `all ${this.#max} messages of the subscription to "${this.subject}" were delivered`;
      return new SubscriptionError("MAX_MESSAGES_DELIVERED", message, facts);
    }
    return new SubscriptionError(
      "SUBSCRIPTION_CLOSED",
      `the subscription to "${this.subject}" has ended`,
      facts,
    );
  }
}

/** What loops end with: nothing if the connection closed because the application asked for it. */
function failureOf(error: NatsError | undefined): NatsError | undefined {
  return error?.code === "CONNECTION_CLOSED" && error.cause === undefined ? undefined : error;
}
