import { AsyncSequence, DONE, type ItemSource } from "./async-sequence.ts";

/** What `select` makes of the items of another sequence; it leaves out what it makes nothing of. What it throws ends both. */
export class SelectedSequence<T, R> extends AsyncSequence<R> {
  readonly #items: ItemSource<T>;
  readonly #select: (item: T) => R | undefined;

  constructor(items: ItemSource<T>, select: (item: T) => R | undefined) {
    super();
    this.#items = items;
    this.#select = select;
  }

  async next(): Promise<IteratorResult<R, undefined>> {
    for (;;) {
      const result = await this.#items.next();
      if (result.done === true) return DONE;
      let value: R | undefined;
      try {
        value = this.#select(result.value);
      } catch (thrown) {
        await this.return();
        throw thrown;
      }
      if (value !== undefined) return { value, done: false };
    }
  }

  async return(): Promise<IteratorResult<R, undefined>> {
    await this.#items.return();
    return DONE;
  }
}
