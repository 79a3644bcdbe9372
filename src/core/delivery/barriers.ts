interface Barrier {
  /** The number of the last message that is waited for. */
  readonly last: number;
  left: number;
  readonly resolve: () => void;
}

/**
 * Those who wait until certain messages have been handled, or given up. Messages have numbers, in the order in which they
 * came.
 */
export class Barriers {
  #open: Barrier[] = [];

  /** Resolves when `onGone` has been told of `count` messages, the last of which has the number `last`. */
  add(count: number, last: number): Promise<void> {
    if (count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#open.push({ last, left: count, resolve }));
  }

  /** The message has been handled, or nobody will handle it. */
  onGone(number: number): void {
    let isPassed = false;
    for (const barrier of this.#open) {
      if (number > barrier.last || --barrier.left > 0) continue;
      isPassed = true;
      barrier.resolve();
    }
    if (isPassed) this.#open = this.#open.filter(({ left }) => left > 0);
  }
}
