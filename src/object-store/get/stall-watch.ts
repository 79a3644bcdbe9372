import { TimeoutError } from "../../core/errors.ts";
import { TimeLimit } from "../../core/time-limit.ts";
import { isFinal } from "./look-after.ts";

/** Milliseconds after which it is looked what keeps a chunk. */
const LOOK_AFTER = 500;

export interface StallWatchHost {
  /** As in "timed out waiting for …". */
  readonly what: string;
  /** Milliseconds for a chunk. */
  readonly timeout: number;
  /** Whether it was the turn of others since it was asked last: no time has run then. */
  isOthersTurn(): boolean;
  /** Finds out whether the chunk can come at all; rejects with the reason if not. */
  look(): Promise<void>;
  fail(error: unknown): void;
}

/** While a chunk is waited for: looks after it now and then, and gives it up when its time is over. */
export class StallWatch {
  readonly #host: StallWatchHost;
  readonly #limit = new TimeLimit(() => this.#onOver());
  #left = 0;
  #step = 0;

  constructor(host: StallWatchHost) {
    this.#host = host;
  }

  /** A chunk is waited for. */
  start(): void {
    this.#left = this.#host.timeout;
    this.#next();
  }

  /** It has come. */
  stop(): void {
    this.#limit.stop();
  }

  /** Looks now; what is found counts also if the next chunk has come meanwhile. That it can't look now says nothing. */
  look(): void {
    this.#host.look().catch((error: unknown) => {
      if (isFinal(error)) this.#host.fail(error);
    });
  }

  #next(): void {
    this.#step = Math.min(LOOK_AFTER, this.#left);
    this.#limit.start(this.#step);
  }

  #onOver(): void {
    if (this.#host.isOthersTurn()) {
      this.start();
      return;
    }
    this.#left -= this.#step;
    if (this.#left > 0) {
      this.look();
      this.#next();
      return;
    }
    const { timeout, what } = this.#host;
    this.#host.fail(
      new TimeoutError(`timed out after ${timeout} ms waiting for ${what}`, { elapsed: timeout }),
    );
  }
}
