import { afterNextPass } from "../../core/next-pass.ts";

/**
 * Calls back at a time, by `performance.now()`, that is often put off: the timer is set anew only for what comes earlier. What
 * has come in by then is read first, for after a process was blocked its timers run before its sockets are read.
 */
export class WakeTimer {
  readonly #onWake: () => void;
  #at = Infinity;
  #setFor = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cancelPass: (() => void) | undefined;

  constructor(onWake: () => void) {
    this.#onWake = onWake;
  }

  /** Takes the place of the time before; `Infinity` for none. */
  wakeAt(at: number): void {
    this.#at = at;
    if (at >= this.#setFor) return;
    clearTimeout(this.#timer);
    this.#set();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#cancelPass?.();
    this.#cancelPass = undefined;
    this.#at = Infinity;
    this.#setFor = Infinity;
  }

  #set(): void {
    this.#setFor = this.#at;
    this.#timer = setTimeout(this.#onTimer, Math.max(0, Math.ceil(this.#at - performance.now())));
  }

  readonly #onTimer = (): void => {
    this.#setFor = Infinity;
    if (this.#at === Infinity) return;
    if (this.#at > performance.now()) {
      this.#set();
      return;
    }
    this.#cancelPass?.();
    this.#cancelPass = afterNextPass(() => {
      this.#cancelPass = undefined;
      if (this.#at > performance.now()) return;
      this.#at = Infinity;
      this.#onWake();
    });
  };
}
