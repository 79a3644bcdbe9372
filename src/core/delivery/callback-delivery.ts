import type { Message } from "../message.ts";
import { Barriers } from "./barriers.ts";
import type { Delivery, DeliveryListener } from "./delivery.ts";
import { MessageQueue } from "./message-queue.ts";
import type { Pending } from "./pending.ts";

/** A handler of messages. What it returns is awaited if it is a promise; what it throws becomes an event. */
export type MessageCallback = (message: Message) => void | PromiseLike<void>;

/**
 * Calls a handler for each message, in order of arrival and at most `concurrency` at a time.
 *
 * A handler that returns nothing is called straight from the decoder, without a queue or a promise: that is the
 * fast path of receiving. It is never called from within a publish, a subscribe or a close (CONC-06).
 */
export class CallbackDelivery implements Delivery {
  readonly #callback: MessageCallback;
  readonly #concurrency: number;
  readonly #pending: Pending;
  readonly #listener: DeliveryListener;
  readonly #queue = new MessageQueue();
  readonly #barriers = new Barriers();
  readonly #running = new Set<Message>();
  /** The message whose handler is on the stack. */
  #current: Message | undefined;
  #abandoned = false;

  constructor(callback: MessageCallback, concurrency: number, pending: Pending, listener: DeliveryListener) {
    this.#callback = callback;
    this.#concurrency = concurrency;
    this.#pending = pending;
    this.#listener = listener;
  }

  accept(message: Message): void {
    if (this.#running.size < this.#concurrency && this.#queue.length === 0) this.#handle(message);
    else this.#queue.push(message);
  }

  dropOldest(): Message | undefined {
    const dropped = this.#queue.shift();
    if (dropped !== undefined) this.#barriers.onGone(dropped);
    return dropped;
  }

  truncate(count: number): Message[] {
    const dropped = this.#queue.truncate(count);
    for (const message of dropped) this.#barriers.onGone(message);
    return dropped;
  }

  // BARRIER-06: of a subscription that has ended only the handlers at work are waited for.
  barrier(): Promise<void> {
    const current = this.#current === undefined ? [] : [this.#current];
    return this.#barriers.add([...this.#running, ...current, ...this.#queue]);
  }

  inHand(messages: readonly Message[]): Message[] {
    const onStack = this.#current === undefined ? [] : [this.#current];
    return [...onStack, ...messages.filter((message) => this.#running.has(message))];
  }

  settle(): void {
    this.#queue.settle();
  }

  finish(): void {
    // What is queued is handed out as the running handlers settle.
  }

  abandon(): number {
    this.#abandoned = true;
    const abandoned = this.#queue.take(Infinity);
    for (const message of abandoned) {
      this.#pending.forget(message);
      this.#barriers.onGone(message);
    }
    return abandoned.length;
  }

  #handle(message: Message): void {
    this.#pending.delivered++;
    let result: void | PromiseLike<void>;
    let isAsync: boolean;
    this.#current = message;
    try {
      result = this.#callback(message);
      isAsync = isPromiseLike(result);
      this.#current = undefined;
    } catch (thrown) {
      this.#current = undefined;
      this.#complete(message);
      this.#listener.onHandlerError(message, thrown);
      return;
    }
    if (isAsync) this.#await(message, result as PromiseLike<void>);
    else this.#complete(message);
  }

  #await(message: Message, result: PromiseLike<void>): void {
    this.#running.add(message);
    // Not every `then` keeps to the rule that a promise settles once.
    let isSettled = false;
    const settle = (): boolean => {
      if (isSettled) return false;
      isSettled = true;
      this.#settled(message);
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

  #settled(message: Message): void {
    this.#running.delete(message);
    this.#complete(message);
    while (!this.#abandoned && this.#running.size < this.#concurrency) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#handle(next);
    }
  }

  #complete(message: Message): void {
    this.#pending.complete(message);
    this.#barriers.onGone(message);
    if (this.#pending.isIdle) this.#listener.onIdle();
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<void> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}
