import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { NatsError } from "../../core/errors.ts";
import type { Watch } from "../../jetstream/consume/watch.ts";
import { ConflatedSequence } from "../conflated-sequence.ts";
import type { LockKey, WatchedRecord } from "./lock-key.ts";

type Leader = string | undefined;

/** Who has a lock, as the bucket tells. */
export class LeaderWatch {
  readonly #watch: Watch<WatchedRecord>;
  readonly #readers = new Set<ConflatedSequence<Leader>>();
  #leader: Leader;
  #end: { readonly error: NatsError | undefined } | undefined;

  constructor(key: Pick<LockKey, "watch">) {
    this.#watch = key.watch((record) => this.#hear(record));
    void this.#watch.closed.then(({ error }) => this.#finish(error));
  }

  /** Undefined at the end, too: from then on nobody tells when whoever is in office leaves it. */
  get leader(): Leader {
    return this.#end === undefined ? this.#leader : undefined;
  }

  /** Each change from now on; of several unread changes only the last. */
  changes(): AsyncSequence<Leader> {
    let told = this.#leader;
    const reader: ConflatedSequence<Leader> = new ConflatedSequence<Leader>({
      take: () => {
        if (told === this.#leader) return undefined;
        told = this.#leader;
        return { value: told };
      },
      leave: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    if (this.#end !== undefined) reader.finish(this.#end.error);
    return reader;
  }

  async stop(): Promise<void> {
    await this.#watch.stop();
  }

  #hear(record: WatchedRecord): void {
    if ("syncedAt" in record || record.holder === this.#leader) return;
    this.#leader = record.holder;
    for (const reader of this.#readers) reader.wake();
  }

  #finish(error: NatsError | undefined): void {
    this.#end = { error };
    for (const reader of this.#readers) reader.finish(error);
    this.#readers.clear();
  }
}
