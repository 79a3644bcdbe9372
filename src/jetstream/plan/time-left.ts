import type { WaitOptions } from "../../core/waiter.ts";

/** One time limit for several calls: each gets what the others have left. */
export class TimeLeft {
  readonly #options: WaitOptions;
  readonly #startedAt = performance.now();

  constructor(options: WaitOptions) {
    this.#options = options;
  }

  /** For the next call. */
  get limits(): WaitOptions {
    const { timeout, ...others } = this.#options;
    if (timeout === undefined) return others;
    return { ...others, timeout: Math.max(0, timeout - (performance.now() - this.#startedAt)) };
  }
}
