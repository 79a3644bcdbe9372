import type { NatsError } from "../../core/errors.ts";
import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import { type ReleasedKey, releaseClaim } from "./release-claim.ts";

/**
 * The release of a lock. Several calls may wait for it, each with its own time limit. It is tried for as long as one of them waits.
 * After a failure the next call begins it anew.
 */
export class Release {
  readonly #key: ReleasedKey;
  readonly #id: string;
  readonly #last: number;
  /** The waiting calls, and until when each one waits. */
  readonly #waiting = new Map<Waiter<void>, number>();
  #running: Promise<void> | undefined;
  #aborter = new AbortController();

  /** `id` is the claim's, `last` its last revision. */
  constructor(key: ReleasedKey, id: string, last: number) {
    this.#key = key;
    this.#id = id;
    this.#last = last;
  }

  /** Resolves when the lock is free. Rejects as a publish does, and with `TIMEOUT` or `ABORTED`. */
  async done({ timeout = this.#key.timeout, signal }: WaitOptions): Promise<void> {
    const limits = signal === undefined ? { timeout } : { timeout, signal };
    const waiter = new Waiter<void>(limits, { what: `the release of the lock "${this.#key.key}"` });
    this.#waiting.set(waiter, performance.now() + timeout);
    if (!waiter.isSettled) {
      (this.#running ??= this.#run()).then(
        () => waiter.resolve(),
        (error: NatsError) => waiter.reject(error),
      );
    }
    try {
      await waiter.promise;
    } finally {
      this.#waiting.delete(waiter);
      if (this.#waiting.size === 0) this.#giveUp();
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#aborter;
    try {
      await releaseClaim(this.#key, this.#id, this.#last, { left: () => this.#left(), signal });
    } catch (thrown) {
      if (!signal.aborted) this.#running = undefined;
      throw thrown;
    }
  }

  /** Milliseconds until the last call gives up. */
  #left(): number {
    return Math.max(...this.#waiting.values()) - performance.now();
  }

  /** Nobody waits any more. */
  #giveUp(): void {
    this.#aborter.abort();
    this.#aborter = new AbortController();
    this.#running = undefined;
  }
}
