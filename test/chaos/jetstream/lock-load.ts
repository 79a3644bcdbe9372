import { setTimeout as sleep } from "node:timers/promises";
import { isNatsError } from "natspeed";
import type { Bucket, Lock } from "natspeed/kv";
import type { Invariants } from "../invariants.ts";

const KEY = "lock";
const TTL = 3000;
/** One in so many holders keeps it for longer than it lives without being renewed. */
const LONG = 5;

/** What is done under the lock: a larger fence than any before, and nobody else who still holds it. */
class Guarded {
  readonly #invariants: Invariants;
  #highest = 0;
  #holder: Lock | undefined;
  terms = 0;
  lost = 0;

  constructor(invariants: Invariants) {
    this.#invariants = invariants;
  }

  enter(lock: Lock): void {
    this.terms++;
    const { fence } = lock;
    this.#invariants.check(
      fence > this.#highest,
      "one holder",
      () => `fence ${fence} came after ${this.#highest}`,
    );
    const before = this.#holder;
    this.#invariants.check(
      before?.isHeld !== true,
      "one holder",
      () => `${fence} was taken while ${before?.fence} was held`,
    );
    this.#highest = Math.max(this.#highest, fence);
    this.#holder = lock;
  }
}

/** Some stand in line for one lock, each with a handle of its own over a connection of its own. */
export class LockLoad {
  readonly #contenders: readonly Bucket[];
  readonly #guarded: Guarded;
  readonly #invariants: Invariants;

  constructor(contenders: readonly Bucket[], invariants: Invariants) {
    this.#contenders = contenders;
    this.#invariants = invariants;
    this.#guarded = new Guarded(invariants);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#contenders.map((bucket, i) => this.#contend(bucket, `contender ${i}`, signal)));
  }

  describe(): string {
    return `a lock had ${this.#guarded.terms} holders, ${this.#guarded.lost} of them lost it`;
  }

  async #contend(bucket: Bucket, holder: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const lock = await bucket.lock(KEY, { ttl: TTL, holder, timeout: 60_000, signal });
        this.#guarded.enter(lock);
        await this.#hold(lock, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isNatsError(error)) this.#invariants.broken("one holder", `a lock threw ${String(error)}`);
        await sleep(100);
      }
    }
  }

  async #hold(lock: Lock, signal: AbortSignal): Promise<void> {
    const term = this.#guarded.terms % LONG === 0 ? 2 * TTL : 500;
    await sleep(term, undefined, { signal: AbortSignal.any([signal, lock.signal]) }).catch(() => {});
    if (lock.signal.aborted) this.#guarded.lost++;
    else await lock.release({ timeout: 2000 });
  }
}
