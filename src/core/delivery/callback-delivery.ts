import { isPromiseLike } from "../is-promise-like.ts";
import { Message, type MessageContext } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { Barriers } from "./barriers.ts";
import type { BlockPool } from "./block-pool.ts";
import type { Delivery, DeliveryListener } from "./delivery.ts";
import { MessageQueue } from "./message-queue.ts";
import { RunningHandlers } from "./running-handlers.ts";
import type { Pending, PendingCount } from "./pending.ts";

/** A handler of messages. If it returns a promise, that is awaited; what it throws becomes a `handlerError` event. */
export type MessageCallback = (message: Message) => void | PromiseLike<void>;

/**
 * Calls a handler for each message, in order of arrival and at most `concurrency` at a time.
 *
 * A handler that returns nothing is called straight from the decoder, without a queue or a promise: that is the
 * fast path of receiving. It is never called from within a publish, a subscribe or a close.
 */
export class CallbackDelivery implements Delivery {
  readonly #callback: MessageCallback;
  readonly #concurrency: number;
  readonly #context: MessageContext;
  readonly #pool: BlockPool;
  readonly #pending: Pending;
  readonly #listener: DeliveryListener;
  // The rest is made when it is needed: most subscriptions never do, and there may be very many.
  #queue: MessageQueue | undefined;
  #barriers: Barriers | undefined;
  #running: RunningHandlers | undefined;
  /** The message whose handler is on the stack. */
  #current: Message | undefined;
  /** How many have left the queue or passed it by: the number of the last one. */
  #handedOut = 0;
  #abandoned = false;
  #isHandingOut = false;

  constructor(
    callback: MessageCallback,
    concurrency: number,
    context: MessageContext,
    pool: BlockPool,
    pending: Pending,
    listener: DeliveryListener,
  ) {
    this.#callback = callback;
    this.#concurrency = concurrency;
    this.#context = context;
    this.#pool = pool;
    this.#pending = pending;
    this.#listener = listener;
  }

  accept(frame: MessageFrame): void {
    if (this.#isFree && this.#queued === 0) this.#handle(Message.of(this.#context, frame));
    else (this.#queue ??= new MessageQueue(this.#context, this.#pool)).push(frame);
  }

  /** A handler that waits for a drain takes up no place: what is queued behind it would wait for it. */
  get #isFree(): boolean {
    return this.#running === undefined || this.#running.size - this.#pending.spared < this.#concurrency;
  }

  get #queued(): number {
    return this.#queue === undefined ? 0 : this.#queue.length;
  }

  dropOldest(): Message | undefined {
    const dropped = this.#queue?.shift();
    if (dropped !== undefined) this.#barriers?.onGone(++this.#handedOut);
    return dropped;
  }

  truncate(count: number): PendingCount {
    const last = this.#handedOut + this.#queued;
    const dropped = this.#queue?.truncate(count) ?? { messages: 0, bytes: 0 };
    for (let i = 0; i < dropped.messages; i++) this.#barriers?.onGone(last - i);
    return dropped;
  }

  // BARRIER-06: of a subscription that has ended only the handlers at work are waited for.
  barrier(): Promise<void> {
    const inHand = (this.#running?.size ?? 0) + (this.#current === undefined ? 0 : 1);
    return (this.#barriers ??= new Barriers()).add(inHand + this.#queued, this.#handedOut + this.#queued);
  }

  inHand(messages: readonly Message[]): Message[] {
    const onStack = this.#current === undefined ? [] : [this.#current];
    return [...onStack, ...messages.filter((message) => this.#running?.handles(message))];
  }

  onSpared(): void {
    // Handlers are never called within a drain.
    if (this.#queued > 0) queueMicrotask(() => this.#handOut());
  }

  unpin(): void {
    this.#queue?.unpin();
  }

  finish(): void {
    // What is queued is handed out as the running handlers settle.
  }

  abandon(): number {
    this.#abandoned = true;
    const abandoned = this.truncate(0);
    this.#pending.forget(abandoned);
    return abandoned.messages;
  }

  #handle(message: Message): void {
    this.#pending.delivered++;
    const number = ++this.#handedOut;
    let result: void | PromiseLike<void>;
    let isAsync: boolean;
    this.#current = message;
    try {
      result = this.#callback(message);
      isAsync = isPromiseLike(result);
      this.#current = undefined;
    } catch (thrown) {
      this.#current = undefined;
      this.#complete(message, number);
      this.#listener.onHandlerError(message, thrown);
      return;
    }
    if (isAsync) this.#await(message, number, result as PromiseLike<void>);
    else this.#complete(message, number);
  }

  #await(message: Message, number: number, result: PromiseLike<void>): void {
    const running = (this.#running ??= new RunningHandlers());
    const handler = running.add(message);
    const settle = (): boolean => {
      if (!running.end(handler)) return false;
      this.#complete(message, number);
      this.#handOut();
      return true;
    };
    const onRejected = (thrown: unknown): void => {
      if (settle()) this.#listener.onHandlerError(message, thrown);
    };
    try {
      result.then(settle, onRejected);
    } catch (thrown) {
      onRejected(thrown);
    }
  }

  /** Hands out what is queued, as far as `concurrency` allows. */
  #handOut(): void {
    // What a handler returned may settle at once: then the loop under way goes on, for thousands within each other are too many.
    if (this.#isHandingOut) return;
    this.#isHandingOut = true;
    while (!this.#abandoned && this.#isFree && this.#queued > 0) this.#handle(this.#queue!.shift()!);
    this.#isHandingOut = false;
  }

  #complete(message: Message, number: number): void {
    this.#pending.complete(message);
    this.#barriers?.onGone(number);
    if (this.#pending.isIdle) this.#listener.onIdle();
  }
}
