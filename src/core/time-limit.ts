import { afterNextPass } from "./next-pass.ts";

/** Milliseconds; a timer that comes later than this tells of a process that was blocked or asleep. */
const LATE = 10;

/**
 * How long somebody else may take. A process that was blocked has not read what came meanwhile, so its own time is not
 * held against the other side: by as much as the timer is late it is set once more, to at most the same limit, and
 * what has come in by then is read before the limit counts as over.
 */
export class TimeLimit {
  readonly #onOver: (now: number) => void;
  #limit = 0;
  #dueAt = 0;
  #isExtended = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cancelPass: (() => void) | undefined;

  /** `now` is the time by which everything has been read: a later limit of the same owner may not be over yet. */
  constructor(onOver: (now: number) => void) {
    this.#onOver = onOver;
  }

  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  /** Begins, anew if it is running. */
  start(limit: number): void {
    this.stop();
    this.#limit = limit;
    this.#isExtended = false;
    this.#wait(limit);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#cancelPass?.();
    this.#cancelPass = undefined;
  }

  #wait(time: number): void {
    this.#dueAt = performance.now() + time;
    this.#timer = setTimeout(this.#onTimer, time);
  }

  readonly #onTimer = (): void => {
    const now = performance.now();
    const lateBy = now - this.#dueAt;
    if (lateBy > LATE && !this.#isExtended) {
      this.#isExtended = true;
      this.#wait(Math.min(lateBy, this.#limit));
      return;
    }
    this.#cancelPass = afterNextPass(() => {
      this.stop();
      this.#onOver(now);
    });
  };
}
