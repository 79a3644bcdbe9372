import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import type { Watch } from "../../jetstream/consume/watch.ts";
import type { LockKey, LockRecord, WatchedRecord } from "./lock-key.ts";

/**
 * Says when a held lock may be free: when the key is cleared, and after an interruption, as a marker can come and go while the
 * link is down. A watch may end, too: whoever waits for a word of this waits for a while at most.
 */
export class FreeWatch {
  readonly #key: Pick<LockKey, "key" | "watch" | "onLinkNews">;
  #watch: Watch<WatchedRecord> | undefined;
  #last: LockRecord | undefined;
  #syncedAt = -Infinity;
  /** What keeps out whoever waits. */
  #revision = 0;
  #waiter: Waiter<void> | undefined;
  #stopListening: readonly (() => unknown)[] = [];

  constructor(key: Pick<LockKey, "key" | "watch" | "onLinkNews">) {
    this.#key = key;
  }

  /** Who has it, if it was watched, and as far as was told. */
  get holder(): string | undefined {
    return this.#last?.holder;
  }

  /**
   * Resolves when what the key had at this revision keeps nobody out any more, or after `patience` milliseconds. Rejects with
   * `ABORTED`.
   */
  async freed(revision: number, patience: number, limits: Pick<WaitOptions, "signal">): Promise<void> {
    this.#watch ??= this.#open();
    this.#revision = revision;
    if (this.#isFree()) return;
    const waiter = new Waiter<void>(limits, { what: `the lock "${this.#key.key}"` });
    this.#waiter = waiter;
    const timer = setTimeout(() => waiter.resolve(), patience);
    try {
      await waiter.promise;
    } finally {
      clearTimeout(timer);
      this.#waiter = undefined;
    }
  }

  async stop(): Promise<void> {
    for (const stop of this.#stopListening) stop();
    await this.#watch?.stop();
  }

  #open(): Watch<WatchedRecord> {
    const watch = this.#key.watch((record) => this.#hear(record));
    const look = (): void => this.#waiter?.resolve();
    this.#stopListening = [this.#key.onLinkNews(look), watch.on("reset", look)];
    return watch;
  }

  #hear(record: WatchedRecord): void {
    if ("syncedAt" in record) this.#syncedAt = record.syncedAt;
    else this.#last = record;
    if (this.#isFree()) this.#waiter?.resolve();
  }

  /** There is a marker behind it; or nothing at all, though all is told up to there, which a mirror that lags has not. */
  #isFree(): boolean {
    if (this.#last === undefined) return this.#syncedAt >= this.#revision;
    return this.#last.holder === undefined && this.#last.revision > this.#revision;
  }
}
