import { type NatsError, TimeoutError } from "../../core/errors.ts";
import { TimeLimit } from "../../core/time-limit.ts";
import { isVerdict } from "./verdict.ts";

/** Milliseconds without a chunk after which somebody looks why. */
const LOOK_AFTER = 500;

export interface StallWatchHost {
  /** As in "timed out waiting for …". */
  readonly what: string;
  /** Milliseconds for a chunk. */
  readonly timeout: number;
  /** Whether others had their turn since this was last asked. Such a time does not count. */
  isOthersTurn(): boolean;
  /** Finds out whether the chunk can come at all; rejects with the reason if not. */
  look(): Promise<void>;
  /** What keeps the chunk from coming; undefined if nothing is known to. */
  trouble(): NatsError | undefined;
  fail(error: unknown): void;
}

/** Watches over the wait for a chunk: looks now and then whether the chunk can come, and ends the wait when its time is up. */
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

  /** Looks now. A verdict counts even if the next chunk has come meanwhile; any other error says only that nobody could look. */
  look(): void {
    this.#host.look().catch((error: unknown) => {
      if (isVerdict(error)) this.#host.fail(error);
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
    const cause = this.#host.trouble();
    const text = `timed out after ${timeout} ms waiting for ${what}`;
    const error =
      cause === undefined
        ? new TimeoutError(text, { elapsed: timeout })
        : new TimeoutError(`${text}: ${cause.message}`, { elapsed: timeout, cause });
    this.#host.fail(error);
  }
}
