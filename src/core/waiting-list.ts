import type { NatsError } from "./errors.ts";
import { Waiter, type WaitLimits, type WaitSubject } from "./waiter.ts";

/** From so many on, those that gave up are looked for: a poll with a timeout leaves one each time. */
const PRUNE_FROM = 32;

/** All who wait for one thing that happens to all of them at once. */
export class WaitingList {
  readonly #subject: WaitSubject;
  #waiters: Waiter<void>[] = [];
  #pruneAt = PRUNE_FROM;

  constructor(subject: WaitSubject) {
    this.#subject = subject;
  }

  /** How many are on the list; some of those who gave up may still be. */
  get length(): number {
    return this.#waiters.length;
  }

  /** Resolves with {@link resolve}; rejects with `TIMEOUT` or `ABORTED`, or with {@link reject}. */
  wait(options: WaitLimits): Promise<void> {
    if (this.#waiters.length >= this.#pruneAt) {
      this.#waiters = this.#waiters.filter(({ isSettled }) => !isSettled);
      this.#pruneAt = Math.max(PRUNE_FROM, 2 * this.#waiters.length);
    }
    const waiter = new Waiter<void>(options, this.#subject);
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  resolve(): void {
    for (const waiter of this.#takeAll()) waiter.resolve();
  }

  reject(error: NatsError): void {
    for (const waiter of this.#takeAll()) waiter.reject(error);
  }

  #takeAll(): Waiter<void>[] {
    const waiters = this.#waiters;
    this.#waiters = [];
    return waiters;
  }
}
