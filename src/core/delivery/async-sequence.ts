/**
 * An async iterator that ends with nothing, for `for await` loops. Written out, for TypeScript before 5.6 knows the
 * standard one without the type of its end.
 */
export interface AsyncSequence<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  /** Ends it early. */
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): AsyncSequence<T>;
}
