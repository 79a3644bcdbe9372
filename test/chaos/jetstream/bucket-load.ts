import { setTimeout as sleep } from "node:timers/promises";
import { isNatsError } from "natspeed";
import type { Bucket, Entry, View } from "natspeed/kv";
import type { Invariants } from "../invariants.ts";

const KEYS = 50;
const PACE = 10;
/** One in so many writes goes by the handle that has the view. */
const OWN = 7;
const LIMITS = { timeout: 2000 };
/** A leader that was away may refuse what it does not know of. Within so many milliseconds the one that does answers. */
const SETTLING = 15_000;
/** When all is over a view is whole within so many milliseconds. */
const CATCH_UP = 60_000;

/** What is known of a key: the number that was written last, the last one that was acked, and its revision. */
interface Known {
  put: number;
  acked: number;
  revision: number;
  /** The last write was acked: its revision is the key's last one. */
  isCertain: boolean;
}

/**
 * Writes numbers to the keys of a bucket, one after the other, each in place of the one before; and has a view of it, over another
 * connection, whose handle writes too. An acked write that was lost makes the next one of its key fail.
 */
export class BucketLoad {
  readonly #writing: Bucket;
  readonly #viewing: Bucket;
  readonly #invariants: Invariants;
  readonly #known = new Map<string, Known>();
  #failed = 0;
  #changes = 0;

  constructor(writing: Bucket, viewing: Bucket, invariants: Invariants) {
    this.#writing = writing;
    this.#viewing = viewing;
    this.#invariants = invariants;
  }

  /** Until the signal aborts; then it sees to it that all is where it should be. */
  async run(signal: AbortSignal): Promise<void> {
    const view = await this.#viewing.view("load.*");
    const following = this.#follow(view);
    for (let number = 1; !signal.aborted; number++) {
      await this.#write(number, view);
      await sleep(PACE);
    }
    await this.#checkEnd(view);
    await view[Symbol.asyncDispose]();
    await following;
  }

  describe(): string {
    const puts = [...this.#known.values()].reduce((sum, { put }) => Math.max(sum, put), 0);
    return `${puts} writes to a bucket, ${this.#failed} of them failed and told; a view told ${this.#changes} changes`;
  }

  async #write(number: number, view: View): Promise<void> {
    const key = `load.${number % KEYS}`;
    const known = this.#known.get(key) ?? { put: 0, acked: 0, revision: 0, isCertain: true };
    this.#known.set(key, known);
    known.put = number;
    const isOwn = number % OWN === 0;
    try {
      known.revision = await this.#update(isOwn ? this.#viewing : this.#writing, key, known);
      known.acked = number;
      known.isCertain = true;
    } catch (error) {
      this.#failed++;
      known.isCertain = false;
      if (!isNatsError(error)) this.#invariants.broken("accounting", `a put threw ${String(error)}`);
      return;
    }
    if (isOwn) this.#checkOwn(view, key, known);
  }

  /** In place of the last one: so a write that comes late never takes the place of a newer one. */
  async #update(bucket: Bucket, key: string, known: Known): Promise<number> {
    const { put, revision, isCertain } = known;
    const last = isCertain ? revision : ((await bucket.get(key, { ...LIMITS, leader: true }))?.revision ?? 0);
    try {
      return await bucket.update(key, `${put}`, last, LIMITS);
    } catch (error) {
      if (isCertain && isNatsError(error, "WRONG_REVISION")) await this.#checkNotLost(bucket, key, revision);
      throw error;
    }
  }

  /** Nobody else writes: the last revision that was acked must be there. */
  async #checkNotLost(bucket: Bucket, key: string, revision: number): Promise<void> {
    const until = performance.now() + SETTLING;
    let found = -1;
    while (found < revision && performance.now() < until) {
      await sleep(100);
      const entry = bucket.get(key, { ...LIMITS, leader: true }).catch(() => ({ revision: -1 }));
      found = (await entry)?.revision ?? 0;
    }
    // What can't be read now is looked at in the end.
    this.#invariants.check(
      found < 0 || found >= revision,
      "no acked message is lost",
      () => `${key} was acked with ${revision}, and its last revision is ${found}`,
    );
  }

  /** What a handle writes is in its views before the write resolves. */
  #checkOwn(view: View, key: string, { revision }: Known): void {
    const seen = view.get(key)?.revision ?? 0;
    this.#invariants.check(
      seen >= revision,
      "views",
      () => `${key} was written with ${revision} by the handle of a view that has ${seen}`,
    );
  }

  /** What is told of a key only grows. */
  async #follow(view: View): Promise<void> {
    const revisions = new Map<string, number>();
    for await (const { entry } of view.changes()) {
      this.#changes++;
      const before = revisions.get(entry.key) ?? 0;
      const isNewer = entry.revision > before;
      this.#invariants.check(isNewer, "views", () => `${entry.key}: ${entry.revision} came after ${before}`);
      revisions.set(entry.key, entry.revision);
    }
  }

  async #checkEnd(view: View): Promise<void> {
    const stored = await this.#stored();
    for (const [key, known] of this.#known) this.#checkStored(key, known, stored.get(key));
    const last = Math.max(...[...stored.values()].map(({ revision }) => revision));
    await view.reached(last, { timeout: CATCH_UP }).catch((error: unknown) => {
      this.#invariants.broken("views", `a view did not get to revision ${last}: ${String(error)}`);
    });
    this.#invariants.check(view.size === stored.size, "views", () => `${view.size} of ${stored.size} keys`);
    for (const [key, { revision, number }] of stored) {
      const seen = view.get(key);
      this.#invariants.check(
        seen?.revision === revision && Number(seen.string()) === number,
        "views",
        () => `${key} is ${number} with ${revision}, and ${seen?.string()} with ${seen?.revision} in a view`,
      );
    }
  }

  /** As its leader has it. */
  async #stored(): Promise<Map<string, { revision: number; number: number }>> {
    const stored = new Map<string, { revision: number; number: number }>();
    for (const key of this.#known.keys()) {
      const entry = await this.#last(key);
      if (entry !== undefined) stored.set(key, { revision: entry.revision, number: Number(entry.string()) });
    }
    return stored;
  }

  /** There may be no leader just now. */
  async #last(key: string): Promise<Entry | undefined> {
    const until = performance.now() + CATCH_UP;
    for (;;) {
      try {
        return await this.#writing.get(key, { leader: true, timeout: 5000 });
      } catch (error) {
        if (performance.now() > until) throw error;
        await sleep(100);
      }
    }
  }

  /** A put without an ack may have been made: then its number is larger than the last one that was acked. */
  #checkStored(key: string, known: Known, stored: { revision: number; number: number } | undefined): void {
    const { acked, revision } = known;
    const isThere =
      acked === 0 ||
      (stored !== undefined &&
        (stored.revision === revision ? stored.number === acked : stored.revision > revision));
    this.#invariants.check(
      isThere && (stored?.number ?? 0) >= acked && (stored?.number ?? 0) <= known.put,
      "no acked message is lost",
      () => `${key} was put as ${acked} with ${revision}, and is ${stored?.number} with ${stored?.revision}`,
    );
  }
}
