/**
 * `performance.now()`, read once for all that comes in one chunk: it would be a good part of what a message costs. A time
 * may be as old as the turn under way.
 */
export class TurnClock {
  #now = -1;

  now(): number {
    if (this.#now < 0) {
      this.#now = performance.now();
      queueMicrotask(this.#forget);
    }
    return this.#now;
  }

  readonly #forget = (): void => {
    this.#now = -1;
  };
}
