/** So many milliseconds may pass from a moment until all servers know what happened then. */
const MARGIN = 1000;

/** Moments that are remembered. */
const MEMORY = 32;

/** When something happened that explains what becomes of messages that were on their way. */
export class Moments {
  readonly #times: number[] = [];

  /** It happens now. */
  note(): void {
    this.#times.push(performance.now());
    if (this.#times.length > MEMORY) this.#times.shift();
  }

  /** Whether one lies between `time`, or just before, and now: what was sent then may have been stalled since. */
  areSince(time: number): boolean {
    return this.#times.some((one) => one > time - MARGIN);
  }
}
