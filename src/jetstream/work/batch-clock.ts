import type { BatchWindow } from "./options.ts";

/** Says when a batch is due: it is full, or its first message has waited for long enough. */
export class BatchClock {
  readonly #window: BatchWindow;
  /** Since when a message could be taken. */
  #since: number | undefined;

  constructor(window: BatchWindow) {
    this.#window = window;
  }

  /** `free` messages could be taken now; whether they are to be. */
  isDue(free: number, now: number): boolean {
    if (free === 0) this.#since = undefined;
    else this.#since ??= now;
    return free >= this.#window.size || now >= this.dueAt;
  }

  /** A batch was taken, and `free` messages are left. */
  restart(free: number, now: number): void {
    this.#since = free === 0 ? undefined : now;
  }

  /** When what is here becomes a batch though it is not full; `Infinity` if nothing is here. */
  get dueAt(): number {
    return this.#since === undefined ? Infinity : this.#since + this.#window.within;
  }
}
