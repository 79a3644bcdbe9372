/** The result behind the last item. */
export const DONE: IteratorReturnResult<undefined> = { value: undefined, done: true };

/** What items are taken from, one after another. */
export interface ItemSource<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
}

/**
 * Items for a `for await` loop, one after another. Leaving the loop ends it, and so does `await using`.
 */
// Written out, for TypeScript before 5.6 knows the standard one without the type of its end.
export abstract class AsyncSequence<T> implements ItemSource<T>, AsyncDisposable {
  /** The next item. Several calls may wait at a time. */
  abstract next(): Promise<IteratorResult<T, undefined>>;

  /** Ends it early. */
  abstract return(): Promise<IteratorResult<T, undefined>>;

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends it as {@link return} does: for `await using`, and for a sequence that you don't loop over. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Resolves with all remaining items: for a sequence that ends by itself. Rejects with what a loop would throw. */
  async toArray(): Promise<T[]> {
    const items: T[] = [];
    for await (const item of this) items.push(item);
    return items;
  }
}
