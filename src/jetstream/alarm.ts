import { LONGEST_TIMER } from "../core/longest-timer.ts";
import { setUnheldTimer } from "../core/unheld-timer.ts";

/**
 * One timer for many times, by `performance.now()`. It rings at the earliest of them, and its owner then sets it for the next. It
 * keeps no process alive: the link does, and without a link there is nothing to ring for.
 */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings at this time, unless it rings before. */
  set(at: number): void {
    if (at >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setUnheldTimer(
      () => {
        this.stop();
        this.#ring();
      },
      Math.min(LONGEST_TIMER, Math.max(1, at - performance.now())),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#at = Infinity;
  }
}
