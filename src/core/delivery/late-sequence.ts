import { AsyncSequence, DONE, type ItemSource } from "./async-sequence.ts";

/** A sequence that begins with its first item, perhaps with code that is loaded then; if that fails, the next call tries again. */
export class LateSequence<T> extends AsyncSequence<T> {
  readonly #begin: () => ItemSource<T> | Promise<ItemSource<T>>;
  #source: ItemSource<T> | Promise<ItemSource<T>> | undefined;
  #isOver = false;

  constructor(begin: () => ItemSource<T> | Promise<ItemSource<T>>) {
    super();
    this.#begin = begin;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return DONE;
    const source = (this.#source ??= this.#begin());
    if ("next" in source) return await source.next();
    try {
      await source;
    } catch (thrown) {
      if (this.#source === source) this.#source = undefined;
      throw thrown;
    }
    return await (this.#isOver ? this.return() : (await source).next());
  }

  /** Ends it; one that never began loads nothing. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#isOver = true;
    const source = await Promise.resolve(this.#source).catch(() => undefined);
    await source?.return();
    return DONE;
  }
}
