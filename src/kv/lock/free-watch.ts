import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import type { Watch } from "../../jetstream/consume/watch.ts";
import type { LockKey, LockRecord, WatchedRecord } from "./lock-key.ts";

/**
 * Tells when a held lock may be free: when its key is cleared, and after an interruption, for a marker can come and go while the
 * link is down. The watch may end without telling, so every wait has a limit.
 */
export class FreeWatch {
  readonly #key: Pick<LockKey, "key" | "watch" | "onLinkNews">;
  #watch: Watch<WatchedRecord> | undefined;
  #last: LockRecord | undefined;
  #syncedAt = -Infinity;
  /** The holder's revision. */
  #revision = 0;
  #waiter: Waiter<void> | undefined;
  #stopListening: readonly (() => unknown)[] = [];

  constructor(key: Pick<LockKey, "key" | "watch" | "onLinkNews">) {
    this.#key = key;
  }

  /** Who has the lock, as the watch told last. */
  get holder(): string | undefined {
    return this.#last?.holder;
  }

  /**
   * Resolves when the holder of this revision may have left, or after `patience` milliseconds. Rejects with `ABORTED`.
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

  /**
   * Whether a marker has come behind the holder's revision; or the key is empty, and the watch knows of that revision, which a mirror
   * that lags does not.
   */
  #isFree(): boolean {
    if (this.#last === undefined) return this.#syncedAt >= this.#revision;
    return this.#last.holder === undefined && this.#last.revision > this.#revision;
  }
}
