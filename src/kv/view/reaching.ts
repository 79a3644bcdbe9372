import type { NatsError } from "../../core/errors.ts";
import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import type { BucketContext } from "../bucket-context.ts";
import type { ViewReplica } from "./view-replica.ts";

/** Milliseconds: mostly the revision is on its way. After that the stream is asked. */
const PATIENCE = 50;

/** Milliseconds between two questions. */
const PAUSE = 250;

/**
 * Waits until a view has all up to a revision. One of another key than the view's never comes: then the stream is asked whether
 * anything is on its way that the view has not heard of.
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
      // Nothing is on its way from before: what came later has a higher revision than the stream had then.
      this.#replica.advance(lastSeq);
      this.tell();
    } catch (thrown) {
      this.#trouble = thrown as NatsError;
    }
  }
}
