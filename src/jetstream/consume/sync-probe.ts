import { setUnheldTimer } from "../../core/unheld-timer.ts";

/** Milliseconds without a message after which the server is asked. */
export const INTERVAL = 1000;

/**
 * Finds out that nothing more is to come before a watch is complete, though no message said so: the last ones that were to
 * come have been removed meanwhile. It asks while no message comes.
 */
export class SyncProbe {
  readonly #isComplete: () => Promise<boolean>;
  readonly #onComplete: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = true;
  #hasNews = false;

  /** `isComplete` asks the server whether all has come that it had for this reader. */
  constructor(isComplete: () => Promise<boolean>, onComplete: () => void) {
    this.#isComplete = isComplete;
    this.#onComplete = onComplete;
    this.#rest();
  }

  /** A message has come. */
  onMessage(): void {
    this.#hasNews = true;
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  #rest(): void {
    this.#hasNews = false;
    this.#timer = setUnheldTimer(() => void this.#ask(), INTERVAL);
  }

  async #ask(): Promise<void> {
    const isComplete = !this.#hasNews && (await this.#isComplete().catch(() => false));
    if (!this.#isRunning) return;
    if (isComplete) this.#onComplete();
    else this.#rest();
  }
}
