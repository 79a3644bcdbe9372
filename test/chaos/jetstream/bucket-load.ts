import { setTimeout as sleep } from "node:timers/promises";
import { isNatsError } from "natspeed";
import type { Bucket, View } from "natspeed/kv";
import type { Invariants } from "../invariants.ts";

const KEYS = 50;
const PACE = 10;
/** When all is over a view is whole within so many milliseconds. */
const CATCH_UP = 60_000;

/** What is known of a key: the number that was put last, the last one that was acked, and its revision. */
interface Known {
  put: number;
  acked: number;
  revision: number;
}

/** Puts numbers to the keys of a bucket, one after the other, and has a view of it, over another connection. */
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
      await this.#put(number);
      await sleep(PACE);
    }
    await this.#checkEnd(view);
    await view[Symbol.asyncDispose]();
    await following;
  }

  describe(): string {
    const puts = [...this.#known.values()].reduce((sum, { put }) => Math.max(sum, put), 0);
    return `${puts} puts, ${this.#failed} of them failed and told; a view told ${this.#changes} changes`;
  }

  async #put(number: number): Promise<void> {
    const key = `load.${number % KEYS}`;
    const known = this.#known.get(key) ?? { put: 0, acked: 0, revision: 0 };
    this.#known.set(key, known);
    known.put = number;
    try {
      known.revision = await this.#writing.put(key, `${number}`, { timeout: 2000 });
      known.acked = number;
    } catch (error) {
      this.#failed++;
      if (!isNatsError(error)) this.#invariants.broken("accounting", `a put threw ${String(error)}`);
    }
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
      const entry = await this.#writing.get(key, { leader: true, timeout: 10_000 });
      if (entry !== undefined) stored.set(key, { revision: entry.revision, number: Number(entry.string()) });
    }
    return stored;
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
