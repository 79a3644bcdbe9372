import type { NatsError } from "../core/errors.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { BucketContext } from "./bucket-context.ts";
import { KvError } from "./errors.ts";
import { keyExists, wrongRevision } from "./kv-errors.ts";
import { type Last, lastOf } from "./last.ts";

/** So many keys are asked about at a time. */
const PACE = 100;

/** The last of a key that has no revision. */
const NOTHING: Last = { revision: 0, isMarker: false, mayHaveHistory: false };

/** A write to a key. `expected` is the key's last revision; "none": the key must have no value; undefined: it may have anything. */
export interface ExpectingWrite {
  readonly key: string;
  readonly encoded: string;
  readonly expected: number | "none" | undefined;
}

/** What a batch expects of its keys. Finds out which key made the server refuse it, for the server does not always say. */
export class BatchExpectations {
  readonly #context: BucketContext;
  readonly #writes: readonly ExpectingWrite[];
  /** The markers of keys without a value, which their new values replace. */
  readonly #markers = new Map<ExpectingWrite, number>();

  constructor(context: BucketContext, writes: readonly ExpectingWrite[]) {
    this.#context = context;
    this.#writes = writes;
  }

  /** What the key's last revision must be. */
  of(write: ExpectingWrite): number | undefined {
    return write.expected === "none" ? (this.#markers.get(write) ?? 0) : write.expected;
  }

  /**
   * The server has refused the batch with `refusal`. Resolves if the batch may be tried again: a marker was in its way, or has gone.
   * Rejects with `KEY_EXISTS` or `WRONG_REVISION` for the first key that is at fault.
   */
  async explain(refusal: NatsError, limits: WaitOptions, isLast: boolean): Promise<void> {
    const expecting = this.#writes.filter(({ expected }) => expected !== undefined);
    for (let i = 0; i < expecting.length; i += PACE) {
      const some = expecting.slice(i, i + PACE);
      const found = await Promise.all(some.map(({ encoded }) => lastOf(this.#context, encoded, limits)));
      for (const [at, write] of some.entries()) this.#check(write, found[at], refusal);
    }
    // No key is at fault any more: somebody has changed it back.
    if (!isLast) return;
    const { bucket } = this.#context;
    const text = `the batch of bucket "${bucket}" was refused again and again: its keys change all the time`;
    throw new KvError("WRONG_REVISION", text, { bucket, cause: refusal });
  }

  #check(write: ExpectingWrite, last: Last | undefined, cause: NatsError): void {
    const { bucket } = this.#context;
    const { revision, isMarker } = last ?? NOTHING;
    if (write.expected !== "none") {
      if (revision !== write.expected) throw wrongRevision(bucket, write.key, revision, cause);
    } else if (revision === 0 || isMarker) {
      this.#markers.set(write, revision);
    } else {
      throw keyExists(bucket, write.key, revision, cause);
    }
  }
}
