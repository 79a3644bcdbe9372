/**
 * An async iterator that ends with nothing, for `for await` loops. Written out, for TypeScript before 5.6 knows the
 * standard one without the type of its end.
 */
export interface AsyncSequence<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  /** Ends it early. */
  return(): Promise<IteratorResult<T, undefined>>;
  /** Ends it, as {@link return} does: for `await using`, and for one that no loop was begun with. */
  [Symbol.asyncDispose](): Promise<void>;
  [Symbol.asyncIterator](): AsyncSequence<T>;
}
