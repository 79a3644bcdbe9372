/** Milliseconds that a timer can wait; one that should wait longer fires at once. */
const MAX_DELAY = 0x7f_ff_ff_ff;

/** Calls at a moment that may be years away. It keeps no process alive. */
export class LongTimer {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `time` in milliseconds since 1970; Infinity for never. */
  set(time: number, call: () => void): void {
    this.cancel();
    if (time === Infinity) return;
    const delay = time - Date.now();
    this.#timer =
      delay > MAX_DELAY ? setTimeout(() => this.set(time, call), MAX_DELAY) : setTimeout(call, delay);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
