import { copyOf, withStackOfCaller } from "../caller-stack.ts";
import { isNatsError } from "../errors.ts";
import { AsyncSequence, DONE } from "./async-sequence.ts";

type Result<T> = IteratorResult<T, undefined>;

/** Hands out items page by page; the next page is fetched when the one before has been taken, so a slow reader holds one. */
export class PagedSequence<T> extends AsyncSequence<T> {
  readonly #nextPage: () => Promise<readonly T[] | undefined>;
  readonly #leave: (() => void) | undefined;
  #page: readonly T[] = [];
  #at = 0;
  #fetching: Promise<void> | undefined;
  #isOver = false;

  /**
   * `nextPage` resolves with undefined when there is nothing more; it is not called again after that, nor after a failure. `leave`
   * is called once no page is asked for any more: all were taken, or the reader has left.
   */
  constructor(nextPage: () => Promise<readonly T[] | undefined>, leave?: () => void) {
    super();
    this.#nextPage = nextPage;
    this.#leave = leave;
  }

  next(): Promise<Result<T>> {
    return this.#hasItem ? Promise.resolve(this.#take()) : this.#nextOfNextPage();
  }

  return(): Promise<Result<T>> {
    this.dropPage();
    this.#end();
    return Promise.resolve(DONE);
  }

  /** The rest of the page is not handed out. */
  protected dropPage(): void {
    this.#turnTo([]);
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
        // The steps of a fetch would fill the stack before it comes to the caller. Of several who ask at once each is told.
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
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave?.();
  }
}
