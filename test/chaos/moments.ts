/** So many milliseconds before and after it a moment explains what was sent. */
const MARGIN = 1000;

/** Moments that are remembered. */
const MEMORY = 32;

/** When something happened that explains what becomes of messages sent around it. */
export class Moments {
  readonly #times: number[] = [];

  /** It happens now. */
  note(): void {
    this.#times.push(performance.now());
    if (this.#times.length > MEMORY) this.#times.shift();
  }

  areAround(time: number): boolean {
    return this.#times.some((one) => Math.abs(one - time) < MARGIN);
  }
}
