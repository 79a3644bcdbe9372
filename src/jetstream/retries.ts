/**
 * JetStream that has never answered is asked so many times in a row, as many as a publish asks for a stream; then it counts as
 * missing.
 */
export const FIRST_ATTEMPTS = 3;

/** Failures in a row: how many, and for how many milliseconds nothing has worked. */
export interface FailureRow {
  readonly count: number;
  readonly duration: number;
}

/** Counts failures in a row. Time is an input, in milliseconds of one monotonic clock. */
export class Retries<F> {
  #last: F | undefined;
  #count = 0;
  #since = 0;

  /** What failed last; undefined if it works. */
  get last(): F | undefined {
    return this.#last;
  }

  failed(failure: F, at: number): FailureRow {
    if (this.#last === undefined) this.#since = at;
    this.#last = failure;
    this.#count += 1;
    return this.#row(at);
  }

  /** It works. Returns the row that has ended; undefined if nothing had failed. */
  ended(at: number): FailureRow | undefined {
    if (this.#last === undefined) return undefined;
    const row = this.#row(at);
    this.#last = undefined;
    this.#count = 0;
    return row;
  }

  #row(at: number): FailureRow {
    return { count: this.#count, duration: Math.round(at - this.#since) };
  }
}
