import type { ResolvedSubscribeOptions } from "../call-options.ts";
import type { NatsError } from "../errors.ts";
import { Message, type MessageContext } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import type { AbortListener, AbortSource } from "../shared-signal.ts";
import { TimeLimit } from "../time-limit.ts";
import { Waiter, type WaitLimits } from "../waiter.ts";
import { CallbackDelivery } from "./callback-delivery.ts";
import type { Delivery, DeliveryListener } from "./delivery.ts";
import { Mailbox } from "./mailbox.ts";
import { abandonWaiting, type Overflow } from "./overflow.ts";
import { Pending, type PendingListener, type SlowEnd } from "./pending.ts";
import { ReaderDelivery } from "./reader-delivery.ts";
import { allDelivered, failureOf, hasEnded, silent, slowConsumer } from "./subscription-errors.ts";
import { SubscriptionWaits } from "./subscription-waits.ts";
import { PHASES, type SubscriptionPhase } from "./subscription-phase.ts";
import type { Subscription } from "./subscription.ts";
import type { SubscriptionClosed, SubscriptionHost } from "./subscription-host.ts";

type End = Pick<SubscriptionClosed, "reason" | "error">;

/** What becomes of a subscription and its messages, from the first to the last. */
export class SubscriptionLife implements DeliveryListener, PendingListener, AbortListener {
  readonly pending: Pending;
  readonly delivery: Delivery;
  /** Undefined if there is a callback. */
  readonly reader: ReaderDelivery | undefined;
  received = 0;
  /** Gets what there is no room for; without it that is dropped. */
  overflow: Overflow | undefined;
  /** How many come in all; `Infinity` for no limit. */
  max: number;
  readonly #owner: Subscription;
  readonly #host: SubscriptionHost;
  readonly #context: MessageContext;
  readonly #mailbox: Mailbox;
  readonly #signal: AbortSource | undefined;
  #phase: SubscriptionPhase = "active";
  /** Why it is no longer active. */
  #end: End = { reason: "unsubscribed" };
  /** All has come that the server had sent; false also while it is on its way. */
  #isComplete = false;
  /** How many were received before the connected server was told of it: that server counts from there. */
  #receivedBefore = 0;
  /** Runs until the first message has come, if there is a limit. */
  #firstMessage: TimeLimit | undefined;
  #closed: SubscriptionClosed | undefined;
  #waits: SubscriptionWaits | undefined;

  constructor(owner: Subscription, options: ResolvedSubscribeOptions, host: SubscriptionHost) {
    this.#owner = owner;
    this.#host = host;
    this.max = options.max ?? Infinity;
    this.pending = new Pending(options.pending, this);
    const context = (this.#context = { ...host.context, subscription: owner });
    const { callback, concurrency, firstMessageTimeout } = options;
    this.reader =
      callback === undefined ? new ReaderDelivery(context, host.blocks, this.pending, this) : undefined;
    this.delivery =
      this.reader ?? new CallbackDelivery(callback!, concurrency, context, host.blocks, this.pending, this);
    this.#mailbox = new Mailbox(this.pending, this.delivery);
    this.#signal = options.signal === undefined ? undefined : host.signals.of(options.signal);
    this.#signal?.addEventListener("abort", this);
    if (firstMessageTimeout !== undefined) this.#expectMessage(firstMessageTimeout);
  }

  get phase(): SubscriptionPhase {
    return this.#phase;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether somebody waits for a drain of it. */
  get isBeingDrained(): boolean {
    return this.#waits !== undefined && this.#waits.hasDrains;
  }

  /** How it ended; undefined until then. */
  get end(): SubscriptionClosed | undefined {
    return this.#closed;
  }

  get closed(): Promise<SubscriptionClosed> {
    if (this.#closed !== undefined) return Promise.resolve(this.#closed);
    return (this.#waits ??= new SubscriptionWaits()).untilClosed();
  }

  /** How many the server may still send; undefined for no limit. */
  get remaining(): number | undefined {
    if (this.#phase !== "active") return 0;
    return this.max === Infinity ? undefined : this.max - this.received;
  }

  /** A new server counts from here; `sentAhead` it has sent already. */
  onRestored(sentAhead: number): void {
    this.#receivedBefore = this.received - sentAhead;
  }

  receive(frame: MessageFrame): void {
    if (this.#phase === "closed") return;
    this.received++;
    if (this.#firstMessage !== undefined) this.#stopExpecting();
    const receipt = this.#mailbox.receive(frame);
    if (receipt !== "kept") this.#onOverflow(receipt, frame);
    // The server has removed the subscription by itself; the client keeps count too (SUB-35, SUB-36).
    if (this.received >= this.max) this.finish({ reason: "max" });
  }

  /** Ends it at once. */
  unsubscribe(): void {
    if (this.#phase === "active") this.#host.unsubscribe(this.#owner.sid);
    this.abandon({ reason: "unsubscribed" });
  }

  /** Its signal aborts. */
  handleEvent(): void {
    this.unsubscribe();
  }

  /** A loop was left. */
  leave(): void {
    if (this.#phase === "active") this.unsubscribe();
    else this.abandon(this.#end);
  }

  onClosed(error: NatsError): void {
    this.#end = { reason: "connection-closed", error };
    this.abandon(this.#end);
  }

  /** Ends it once so many messages have come in all. */
  limit(max: number): void {
    if (this.#phase === "closed") return;
    if (max <= this.received || this.#phase === "finishing") {
      this.#limitTo(max);
      return;
    }
    this.max = max;
    // The server was told already that a drain wants no more; what is on its way still comes.
    if (this.#phase === "active") this.#host.unsubscribe(this.#owner.sid, max - this.#receivedBefore);
  }

  /** As many have come already; what is queued beyond the limit is not handed out. */
  #limitTo(max: number): void {
    if (this.#phase === "active") this.#host.unsubscribe(this.#owner.sid);
    const wanted = Math.max(0, max - this.pending.delivered);
    this.pending.forget(this.delivery.truncate(wanted));
    this.finish({ reason: "max" });
    this.onIdle();
  }

  /** No drain waits for the handler on the stack, nor for these messages. */
  spare(handling: readonly Message[]): void {
    for (const message of this.delivery.inHand(handling)) this.pending.spare(message);
    this.delivery.onSpared();
    this.onIdle();
  }

  /** Whether all has come and is handled, or given up by others, before the limits gave it up. */
  async handOut(handling: readonly Message[], limits: WaitLimits): Promise<boolean> {
    if (this.#phase === "closed") return true;
    const limit = new Waiter<void>(limits, { what: "the drain", subject: this.#owner.subject });
    (this.#waits ??= new SubscriptionWaits()).addDrain(() => limit.resolve());
    this.#stopInput();
    this.spare(handling);
    // Whoever begins to read right after the call gets what is here.
    if (this.#phase === "finishing") queueMicrotask(() => this.#giveUpUnread());
    try {
      await limit.promise;
      return true;
    } catch {
      this.abandon({ reason: "drained" });
      return false;
    }
  }

  #onOverflow(receipt: "dropped" | "refused", frame: MessageFrame): void {
    const isFirst = this.pending.beginEpisode();
    if (this.overflow !== undefined) {
      this.overflow.onRefused(Message.of(this.#context, frame), isFirst);
      return;
    }
    this.#host.onDropped(this.#owner, this.pending.takeDropped(), isFirst);
    if (receipt === "refused") this.#fail(slowConsumer(this.#owner.subject, this.pending.limits));
  }

  onFilling(): void {
    this.#host.onFilling(this.#owner);
  }

  onSlowEnded(dropped: number, duration: number, reason: SlowEnd): void {
    if (this.overflow === undefined) this.#host.onSlowEnded(this.#owner, { dropped, duration, reason });
    else this.overflow.onRecovered(dropped);
  }

  onHandlerError(message: Message, thrown: unknown): void {
    this.#host.onHandlerError(this.#owner, message, thrown);
  }

  #expectMessage(timeout: number): void {
    this.#firstMessage = new TimeLimit(() => {
      const error = silent(this.#owner.subject, timeout);
      this.#fail(error);
      if (this.reader === undefined) this.#host.onFailed(this.#owner, error);
    });
    this.#firstMessage.start(timeout);
  }

  #stopExpecting(): void {
    this.#firstMessage?.stop();
    this.#firstMessage = undefined;
  }

  /** Ends it with an error, behind what is here. */
  #fail(error: NatsError): void {
    this.#host.unsubscribe(this.#owner.sid);
    this.finish({ reason: "failed", error });
  }

  /** active → draining by a drain: what is on its way still comes in. */
  #stopInput(): void {
    if (!this.#move("draining")) return;
    this.#end = { reason: "drained" };
    this.#host.unsubscribe(this.#owner.sid);
    void this.#host.barrier().then((end) => {
      // Of a link that is lost nothing more comes, though more was on its way.
      if (end !== "time-up") this.finish(this.#end, end === "reached");
    });
  }

  /** Nothing more comes in; what is here is still handed out. */
  finish(end: End, isComplete = true): void {
    if (!this.#move("finishing")) return;
    this.#end = end;
    this.#isComplete = isComplete;
    this.#host.remove(this.#owner);
    this.pending.endEpisode("ended");
    this.delivery.finish(end.error);
    this.onIdle();
    this.#giveUpUnread();
  }

  /** Ends at once; what waits is given up. */
  abandon(end: End): void {
    if (this.#phase === "closed") return;
    if (this.#phase === "active") this.#end = end;
    this.#host.remove(this.#owner);
    this.pending.endEpisode("ended");
    const overflow = end.reason === "connection-closed" ? undefined : this.overflow;
    const answered = overflow === undefined ? 0 : abandonWaiting(overflow, this.delivery, this.pending);
    this.#close(() => answered + this.delivery.abandon(failureOf(end.error)));
  }

  /** Nothing is queued, and what is being handled no drain waits for. */
  onIdle(): void {
    if (this.#phase !== "finishing") return;
    if (this.pending.messages === 0) this.#close(() => 0);
    else if (this.pending.isIdle) this.#waits?.endDrains();
  }

  /** A drain does not wait for what nobody comes for. */
  #giveUpUnread(): void {
    if (this.isBeingDrained && this.reader?.isForsaken === true) this.abandon(this.#end);
  }

  #close(abandon: () => number): void {
    this.#move("closed");
    this.#signal?.removeEventListener("abort", this);
    this.#closed = { ...this.#end, abandoned: abandon() };
    this.#host.onClosed(this.#owner);
    this.#waits?.onClosed(this.#closed);
  }

  /** Why there is no further message. */
  get failure(): NatsError {
    const { error, reason } = this.#end;
    const { subject } = this.#owner;
    return error ?? (reason === "max" ? allDelivered(subject, this.max) : hasEnded(subject));
  }

  #move(to: SubscriptionPhase): boolean {
    if (!PHASES[this.#phase].includes(to)) return false;
    this.#phase = to;
    if (this.#firstMessage !== undefined) this.#stopExpecting();
    return true;
  }
}
