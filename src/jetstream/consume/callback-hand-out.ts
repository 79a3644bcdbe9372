import { isPromiseLike } from "../../core/is-promise-like.ts";
import type { HandOut, HandOutHost } from "./hand-out.ts";

/** Takes messages one after another; what it returns is awaited if it is a promise. */
export type ConsumeCallback<M> = (message: M) => void | PromiseLike<void>;

/**
 * Calls a function for each message, in order and one at a time. One that returns nothing is called straight from the
 * decoder, without a promise.
 */
export class CallbackHandOut<M> implements HandOut<M> {
  readonly isBegun = true;
  readonly throwsEnd = false;
  readonly #callback: ConsumeCallback<M>;
  readonly #host: HandOutHost<M>;
  #onStack: M | undefined;
  /** Those whose promises are open: one, and those that wait for a drain. */
  #running: M[] = [];
  #spared: ReadonlySet<M> | undefined;
  #isFree = true;
  #isOver = false;

  constructor(callback: ConsumeCallback<M>, host: HandOutHost<M>) {
    this.#callback = callback;
    this.#host = host;
  }

  get inHand(): readonly M[] {
    return this.#onStack === undefined ? this.#running : [...this.#running, this.#onStack];
  }

  get onStack(): M | undefined {
    return this.#onStack;
  }

  onStocked(): void {
    if (this.#isFree && this.#onStack === undefined) this.#handOut();
  }

  /** A handler that waits for a drain holds up nothing: what lies behind it would wait for it. */
  onSpared(spared: ReadonlySet<M>): void {
    this.#spared = spared;
    if (this.#isFree || !this.#running.every((message) => spared.has(message))) return;
    this.#isFree = true;
    // Handlers are never called within a drain.
    queueMicrotask(() => this.onStocked());
  }

  finish(): void {
    // What lies on the shelf is handed out as handlers settle.
  }

  abandon(): readonly M[] {
    this.#isOver = true;
    return [];
  }

  #handOut(): void {
    while (this.#isFree && !this.#isOver) {
      const message = this.#host.take();
      if (message === undefined) return;
      this.#handle(message);
    }
  }

  #handle(message: M): void {
    this.#onStack = message;
    let result: void | PromiseLike<void>;
    let isAsync: boolean;
    try {
      result = this.#callback(message);
      isAsync = isPromiseLike(result);
      this.#onStack = undefined;
    } catch (thrown) {
      this.#onStack = undefined;
      this.#host.onHandlerError(message, thrown);
      this.#host.complete(message);
      return;
    }
    if (isAsync) void this.#await(message, result as PromiseLike<void>);
    else this.#host.complete(message);
  }

  async #await(message: M, result: PromiseLike<void>): Promise<void> {
    this.#running.push(message);
    this.#isFree = this.#spared?.has(message) === true;
    try {
      await result;
    } catch (thrown) {
      this.#host.onHandlerError(message, thrown);
    }
    this.#running = this.#running.filter((other) => other !== message);
    this.#isFree = true;
    this.#host.complete(message);
    this.onStocked();
  }
}
