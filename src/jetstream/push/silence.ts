import { TimeLimit } from "../../core/time-limit.ts";

/** So many heartbeats may be late. */
const INTERVALS = 2;

// JS-10, JS-PUSH-02
/** Notices that a server sends no more. It has one timer, which is set anew when it runs out, and not for each sign. */
export class Silence {
  readonly #onSilent: (count: number) => void;
  readonly #limit = new TimeLimit(() => this.#look());
  #interval = 0;
  #isHeard = false;
  #missed = 0;

  /** `count`: how often in a row. */
  constructor(onSilent: (count: number) => void) {
    this.#onSilent = onSilent;
  }

  /** Expects a sign each `interval` milliseconds, from now on; `Infinity` for never. */
  start(interval: number): void {
    this.#limit.stop();
    this.#interval = interval;
    if (interval !== Infinity) this.#limit.start(interval * INTERVALS);
  }

  heard(): void {
    this.#isHeard = true;
  }

  stop(): void {
    this.#limit.stop();
    this.#missed = 0;
  }

  #look(): void {
    this.#limit.start(this.#interval * INTERVALS);
    if (this.#isHeard) this.#missed = 0;
    else this.#onSilent(++this.#missed);
    this.#isHeard = false;
  }
}
