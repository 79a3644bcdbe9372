import { AbortError } from "../errors.ts";

/** The pause between two attempts, which can be cut short. */
export class Pause {
  #end: (() => void) | undefined;
  /** The pause after the attempt that is under way is not made. */
  #isHurried = false;

  /** Ends the pause; if there is none, the next one is not made. */
  hurry(): void {
    this.#isHurried = this.#end === undefined;
    this.#end?.();
  }

  /** What was hurried before is over. */
  reset(): void {
    this.#isHurried = false;
  }

  /**
   * Resolves after `delay` milliseconds, or when it is hurried; in a later turn in any case, so that a close can come
   * between attempts. Rejects when `signal` aborts.
   */
  async make(delay: number, signal: AbortSignal): Promise<void> {
    const pause = this.#isHurried ? 0 : delay;
    this.#isHurried = false;
    try {
      await this.#wait(pause, signal);
    } finally {
      this.#end = undefined;
    }
  }

  #wait(delay: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(new AbortError("aborted while waiting to reconnect", { cause: signal.reason }));
      };
      const onEnd = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const timer = setTimeout(onEnd, delay);
      this.#end = onEnd;
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
