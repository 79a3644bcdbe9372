import type { AsyncSequence } from "./async-sequence.ts";

/** A sequence whose code is loaded when its first item is asked for; if that fails, the next call tries again. */
export class LateSequence<T> implements AsyncSequence<T> {
  readonly #load: () => Promise<AsyncSequence<T>>;
  #loading: Promise<AsyncSequence<T>> | undefined;
  #isOver = false;

  constructor(load: () => Promise<AsyncSequence<T>>) {
    this.#load = load;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return { value: undefined, done: true };
    const loading = (this.#loading ??= this.#load());
    try {
      await loading;
    } catch (thrown) {
      if (this.#loading === loading) this.#loading = undefined;
      throw thrown;
    }
    return await (this.#isOver ? this.return() : (await loading).next());
  }

  /** Ends it; one that was never begun loads nothing. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#isOver = true;
    const sequence = await this.#loading?.catch(() => undefined);
    await sequence?.return();
    return { value: undefined, done: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
