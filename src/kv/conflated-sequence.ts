import { copyOf, rejection } from "../core/caller-stack.ts";
import { AsyncSequence, DONE } from "../core/delivery/async-sequence.ts";
import type { NatsError } from "../core/errors.ts";

type Result<T> = IteratorResult<T, undefined>;

/** Where a {@link ConflatedSequence} gets its items. */
export interface ConflatedSource<T> {
  /** The next item; undefined if there is none just now. A slow reader finds one item for many changes. */
  take(): { readonly value: T } | undefined;
  /** The reader has left. */
  leave(): void;
}

/** Gives a reader what has changed since it came last, summed up by the source. So nothing queues up for a slow reader. */
export class ConflatedSequence<T> extends AsyncSequence<T> {
  readonly #source: ConflatedSource<T>;
  #waiting: ((result: Result<T> | Promise<never>) => void)[] = [];
  #end: { readonly error: NatsError | undefined } | undefined;

  constructor(source: ConflatedSource<T>) {
    super();
    this.#source = source;
  }

  /** There may be an item. */
  wake(): void {
    while (this.#waiting.length > 0) {
      const item = this.#source.take();
      if (item === undefined) return;
      this.#waiting.shift()!({ value: item.value, done: false });
    }
  }

  /** Nothing more comes. The items that are left can still be read; then the error is thrown. */
  finish(error?: NatsError): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const resolve of this.#takeWaiting()) resolve(this.#atEnd());
  }

  next(): Promise<Result<T>> {
    const item = this.#source.take();
    if (item !== undefined) return Promise.resolve({ value: item.value, done: false });
    if (this.#end !== undefined) return Promise.resolve(this.#atEnd());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<Result<T>> {
    this.#end = { error: undefined };
    this.#source.leave();
    for (const resolve of this.#takeWaiting()) resolve(DONE);
    return Promise.resolve(DONE);
  }

  /** The error is thrown once. */
  #atEnd(): Result<T> | Promise<never> {
    const error = this.#end?.error;
    if (error === undefined) return DONE;
    this.#end = { error: undefined };
    return rejection(copyOf(error));
  }

  #takeWaiting(): ((result: Result<T> | Promise<never>) => void)[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
