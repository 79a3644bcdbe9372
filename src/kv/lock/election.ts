import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { AbortListener, AbortSource } from "../../core/shared-signal.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { BucketContext } from "../bucket-context.ts";
import { checkKey } from "../keys.ts";
import { LeaderWatch } from "./leader-watch.ts";
import { type Lock, takeLock } from "./lock.ts";
import { LockKey } from "./lock-key.ts";
import { type ElectionOptions, type LockRules, resolveElectionOptions } from "./lock-options.ts";
import { Terms } from "./terms.ts";

/**
 * Stands for election while a loop runs over it. Each turn of the loop is a term in office: a {@link Lock} whose `signal` aborts
 * when the term ends. At the end of a turn the candidate resigns, and stands again. It stands down when the loop is left, or the
 * election disposed.
 */
export class Election implements AsyncIterable<Lock>, AsyncDisposable {
  readonly #context: BucketContext;
  readonly #key: LockKey;
  readonly #rules: LockRules;
  readonly #candidates = new Set<Terms>();
  readonly #signal: AbortSource | undefined;
  readonly #onAbort: AbortListener = { handleEvent: () => void this.stop() };
  #watch: LeaderWatch | undefined;

  /** @internal */
  constructor(context: BucketContext, key: string, options: ElectionOptions) {
    this.#rules = resolveElectionOptions(options);
    this.#context = context;
    this.#key = new LockKey(context, key, checkKey(context, key));
    const { signal } = this.#rules;
    this.#signal =
      signal === undefined ? undefined : context.jetstream.connection.foundation.signals.of(signal);
    if (this.#signal?.aborted === true) return;
    this.#watch = new LeaderWatch(this.#key);
    this.#signal?.addEventListener("abort", this.#onAbort);
  }

  get key(): string {
    return this.#key.key;
  }

  /**
   * The `holder` in office, as far as the bucket has told. Undefined if there is none, once the election is disposed, and when
   * the bucket can't tell any more: {@link changes} throws why.
   */
  get leader(): string | undefined {
    return this.#watch?.leader;
  }

  /** Each change of {@link leader} from now on; of several changes a slow reader gets the last. */
  changes(): AsyncSequence<string | undefined> {
    return this.#open().changes();
  }

  /** The terms of a candidate; each loop is one. It throws what `Bucket.lock` rejects with. */
  [Symbol.asyncIterator](): AsyncSequence<Lock> {
    this.#open();
    const { connection } = this.#context.jetstream;
    const terms = new Terms({
      takeOffice: (signal) => takeLock(this.#context, this.#key, { ...this.#rules, signal }),
      isClosedOnDemand: async () => (await connection.closed()) === undefined,
      onOver: () => this.#leave(terms),
    });
    this.#candidates.add(terms);
    if (this.#signal?.aborted === true) void terms.stop();
    return terms;
  }

  /** Stands down, as leaving an `await using` block does: all terms are given up, and all loops end. */
  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#candidates, (terms) => terms.stop()));
    this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { key, leader } = this;
    return inspected("Election", { bucket: this.#context.bucket, key, leader }, depth, options, inspect);
  }

  #open(): LeaderWatch {
    return (this.#watch ??= new LeaderWatch(this.#key));
  }

  #leave(terms: Terms): void {
    // Most programs have one loop, and don't dispose the election behind it.
    if (this.#candidates.delete(terms) && this.#candidates.size === 0) this.#close();
  }

  #close(): void {
    void this.#watch?.stop();
    this.#watch = undefined;
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}
