import type { NatsError } from "../../core/errors.ts";
import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import type { BucketContext } from "../bucket-context.ts";
import type { ViewReplica } from "./view-replica.ts";

/** Milliseconds until the stream is asked: most revisions are on their way, and come sooner. */
const PATIENCE = 50;

/** Milliseconds between two questions. */
const PAUSE = 250;

/**
 * Waits until a view has all up to a revision. A revision of a key that is not in the view never comes. So the stream is asked
 * whether something for the view is still on its way.
 */
export class Reaching {
  readonly #context: BucketContext;
  readonly #filters: readonly string[];
  readonly #replica: ViewReplica;
  readonly #waiters = new Map<Waiter<void>, number>();
  /** Why the stream could not be asked. */
  #trouble: NatsError | undefined;

  /** The filters are as the server has them. */
  constructor(context: BucketContext, filters: readonly string[], replica: ViewReplica) {
    this.#context = context;
    this.#filters = filters;
    this.#replica = replica;
  }

  /** The replica has advanced. */
  tell(): void {
    if (this.#waiters.size === 0) return;
    for (const [waiter, revision] of this.#waiters) {
      if (revision <= this.#replica.position) waiter.resolve();
    }
  }

  finish(error: NatsError): void {
    for (const waiter of this.#waiters.keys()) waiter.reject(error);
  }

  /** Rejects with `TIMEOUT` or `ABORTED`, and with the end of the view. */
  async reached(revision: number, limits: WaitOptions): Promise<void> {
    if (revision <= this.#replica.position) return;
    // Calls that are over met it: it says nothing of this one.
    if (this.#waiters.size === 0) this.#trouble = undefined;
    const what = `the view to reach revision ${revision}`;
    const waiter = new Waiter<void>(limits, { what }, () => this.#trouble);
    this.#waiters.set(waiter, revision);
    let timer = setTimeout(ask, PATIENCE, this);
    function ask(reaching: Reaching): void {
      void reaching.#ask(revision).then(() => {
        if (!waiter.isSettled) timer = setTimeout(ask, PAUSE, reaching);
      });
    }
    try {
      await waiter.promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }

  /** Never rejects: what failed is asked again. */
  async #ask(revision: number): Promise<void> {
    try {
      const { stream, prefix } = this.#context;
      const { lastSeq } = (await stream.info()).state;
      this.#trouble = undefined;
      if (lastSeq < revision) return;
      const startSeq = this.#replica.position + 1;
      const next = await Promise.all(
        this.#filters.map((filter) =>
          stream.get({ nextBySubject: prefix + filter, startSeq }, { leader: true }),
        ),
      );
      if (next.some((message) => message !== undefined)) return;
      // Nothing up to `lastSeq` is on its way any more: whatever was written since has a higher revision.
      this.#replica.advance(lastSeq);
      this.tell();
    } catch (thrown) {
      this.#trouble = thrown as NatsError;
    }
  }
}
