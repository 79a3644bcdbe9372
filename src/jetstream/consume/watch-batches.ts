import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";

type Result<E> = IteratorResult<E[], undefined>;

/** The events of a watch, as many at a time as are there. What becomes no event is passed over. Leaving the loop ends it all. */
export class WatchBatches<I, E> implements AsyncSequence<E[]> {
  readonly #items: AsyncSequence<I[]>;
  readonly #read: (item: I) => E | undefined;

  constructor(items: AsyncSequence<I[]>, read: (item: I) => E | undefined) {
    this.#items = items;
    this.#read = read;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result<E>> {
    for (;;) {
      const result = await this.#items.next();
      if (result.done === true) return result;
      const value = await this.#readAll(result.value);
      if (value.length > 0) return { value, done: false };
    }
  }

  async return(): Promise<Result<E>> {
    await this.#items.return();
    return { value: undefined, done: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** What can't be read ends the watch. */
  async #readAll(items: readonly I[]): Promise<E[]> {
    const events: E[] = [];
    try {
      for (const item of items) {
        const event = this.#read(item);
        if (event !== undefined) events.push(event);
      }
    } catch (thrown) {
      await this.return();
      throw thrown;
    }
    return events;
  }
}
