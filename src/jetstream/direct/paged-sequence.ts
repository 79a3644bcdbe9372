import { copyOf, withStackOfCaller } from "../../core/caller-stack.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { isNatsError } from "../../core/errors.ts";

type Result<T> = IteratorResult<T, undefined>;

const DONE: IteratorReturnResult<undefined> = { value: undefined, done: true };

/** Hands out items page by page; the next page is fetched when the one before has been taken, so a slow reader holds one. */
export class PagedSequence<T> implements AsyncSequence<T> {
  readonly #nextPage: () => Promise<readonly T[] | undefined>;
  #page: readonly T[] = [];
  #at = 0;
  #fetching: Promise<void> | undefined;
  #isOver = false;

  /** `nextPage` resolves with undefined when there is nothing more; it is not called again after that, nor after a failure. */
  constructor(nextPage: () => Promise<readonly T[] | undefined>) {
    this.#nextPage = nextPage;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result<T>> {
    return this.#hasItem ? Promise.resolve(this.#take()) : this.#nextOfNextPage();
  }

  return(): Promise<Result<T>> {
    this.#end();
    return Promise.resolve(DONE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  get #hasItem(): boolean {
    return this.#at < this.#page.length;
  }

  #take(): Result<T> {
    return { value: this.#page[this.#at++]!, done: false };
  }

  async #nextOfNextPage(): Promise<Result<T>> {
    while (!this.#isOver) {
      try {
        await (this.#fetching ??= this.#fetch());
      } catch (error) {
        // The steps of a fetch would fill the stack before it comes to the caller.
        throw isNatsError(error) ? withStackOfCaller(copyOf(error)) : error;
      }
      if (this.#hasItem) return this.#take();
    }
    return DONE;
  }

  async #fetch(): Promise<void> {
    try {
      const page = await this.#nextPage();
      // It may have been left meanwhile.
      if (page === undefined || this.#isOver) this.#end();
      else this.#turnTo(page);
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#fetching = undefined;
    }
  }

  #turnTo(page: readonly T[]): void {
    this.#page = page;
    this.#at = 0;
  }

  #end(): void {
    this.#isOver = true;
    this.#turnTo([]);
  }
}
