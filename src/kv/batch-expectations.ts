import type { NatsError } from "../core/errors.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { BucketContext } from "./bucket-context.ts";
import { KvError } from "./errors.ts";
import { keyExists, wrongRevision } from "./kv-errors.ts";
import { type Last, lastOf } from "./last.ts";

/** So many keys are asked about at a time. */
const PACE = 100;

/** Of a key without a revision. */
const NOTHING: Last = { revision: 0, isMarker: false, mayHaveHistory: false };

/** A write to a key. `expected` is the revision that it must be at; "none": it must have no value; undefined: whatever it has. */
export interface ExpectingWrite {
  readonly key: string;
  readonly encoded: string;
  readonly expected: number | "none" | undefined;
}

/** What a batch expects of its keys, and why it was refused: the server does not always say of which key. */
export class BatchExpectations {
  readonly #context: BucketContext;
  readonly #writes: readonly ExpectingWrite[];
  /** Of keys without a value: the marker that a new one takes the place of. */
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
   * A batch was refused with `refusal`. Returns if it may be tried again, as a marker was in its way, or has gone. Throws
   * `KEY_EXISTS` or `WRONG_REVISION` for the first key that is at fault.
   */
  async explain(refusal: NatsError, limits: WaitOptions, isLast: boolean): Promise<void> {
    const expecting = this.#writes.filter(({ expected }) => expected !== undefined);
    for (let i = 0; i < expecting.length; i += PACE) {
      const some = expecting.slice(i, i + PACE);
      const found = await Promise.all(some.map(({ encoded }) => lastOf(this.#context, encoded, limits)));
      for (const [at, write] of some.entries()) this.#check(write, found[at], refusal);
    }
    // Nothing is at fault any more: somebody undid it meanwhile.
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
