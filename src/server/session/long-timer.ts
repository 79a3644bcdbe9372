import { LONGEST_TIMER } from "../../core/longest-timer.ts";

/** Calls at a moment that may be years away. It keeps no process alive. */
export class LongTimer {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `time` in milliseconds since 1970; Infinity for never. */
  set(time: number, call: () => void): void {
    this.cancel();
    if (time === Infinity) return;
    const delay = time - Date.now();
    this.#timer =
      delay > LONGEST_TIMER ? setTimeout(() => this.set(time, call), LONGEST_TIMER) : setTimeout(call, delay);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
