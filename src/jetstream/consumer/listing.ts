import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { PagedSequence } from "../../core/delivery/paged-sequence.ts";
import type { NatsError } from "../../core/errors.ts";
import { closedError, drainingError } from "../../core/failures.ts";
import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import type { Watch } from "../consume/watch.ts";
import type { Context } from "../context.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import { openWatch } from "./open-watch.ts";
import type { OrderedConsumerConfig } from "./ordered-config.ts";

/** What is listed: the stream, where to begin, and how a message becomes an item. */
export interface Listed<E> {
  readonly stream: string;
  /** With `deliverPolicy: "last-per-subject"` the last message of each subject is listed. */
  readonly config: OrderedConsumerConfig;
  /** Makes an item of a message; undefined leaves it out. What it throws ends the list. */
  read(message: StoredMessage): E | undefined;
  /** What it waits for, as its errors tell it. */
  readonly what: string;
  /** For each wait. The default of `timeout` is the context's. */
  readonly limits: WaitOptions;
  /** The error that the application gets for a failure. */
  failed(thrown: unknown): unknown;
}

/** Stands behind the last item that was there when the list began. */
const END = Symbol("end");

/** Some items; undefined, or an array with {@link END}, once all have come. */
type Page<E> = readonly (E | typeof END)[] | undefined;

/**
 * The items that are in a stream when the loop begins, and no more: a watch that ends when it is complete. Whatever is stored or
 * removed meanwhile, also by the loop itself, the list has an end and misses nothing. A page is what is here just now. A signal that
 * aborts ends the list at once.
 */
export class Listing<E> extends PagedSequence<E> {
  readonly #signal: AbortSignal | undefined;

  /** The options of `listed` are checked. */
  constructor(context: Context, listed: Listed<E>) {
    const pages = new ListingPages(context, listed);
    super(
      () => pages.next(),
      () => pages.leave(),
    );
    this.#signal = listed.limits.signal;
  }

  override next(): Promise<IteratorResult<E, undefined>> {
    // The next page rejects with `ABORTED`.
    if (this.#signal?.aborted === true) this.dropPage();
    return super.next();
  }
}

class ListingPages<E> {
  readonly #context: Context;
  readonly #listed: Listed<E>;
  #watch: Watch<E | typeof END> | undefined;
  #watched: AsyncSequence<(E | typeof END)[]> | undefined;
  /** All has come, or the reader has left. */
  #isOver = false;

  constructor(context: Context, listed: Listed<E>) {
    this.#context = context;
    this.#listed = listed;
  }

  async next(): Promise<readonly E[] | undefined> {
    try {
      return this.#upToEnd(await this.#nextWithin());
    } catch (thrown) {
      throw this.#listed.failed(thrown);
    }
  }

  leave(): void {
    this.#isOver = true;
    void this.#watched?.return();
  }

  /** Rejects with `TIMEOUT` or `ABORTED` if that takes too long. */
  async #nextWithin(): Promise<Page<E>> {
    if (this.#isOver) return undefined;
    const { connection, timeout } = this.#context;
    const { limits, what } = this.#listed;
    const shared = connection.foundation.signals.limits({ timeout, ...limits });
    // What throws is done before there is a waiter, which nobody would hold.
    if (shared.signal?.aborted !== true) this.#watched ??= this.#open();
    const waiter = new Waiter<Page<E>>(shared, { what }, () => this.#watch?.trouble);
    if (!waiter.isSettled) {
      this.#watched!.next().then(
        ({ value }) => waiter.resolve(value),
        (error: NatsError) => waiter.reject(error),
      );
    }
    return await waiter.promise;
  }

  #open(): AsyncSequence<(E | typeof END)[]> {
    const { stream, config } = this.#listed;
    const read = (message: StoredMessage): E | undefined => this.#listed.read(message);
    this.#watch = openWatch<E | typeof END>(this.#context, { stream, config, read, synced: () => END });
    return this.#watch.batches();
  }

  /** What comes behind the end is new. */
  #upToEnd(page: Page<E>): readonly E[] | undefined {
    if (page === undefined) return this.#endedEarly();
    const end = page.indexOf(END);
    if (end < 0) return page as readonly E[];
    this.leave();
    return page.slice(0, end) as readonly E[];
  }

  /** The application has ended what it is read from: what came so far is not all. */
  #endedEarly(): undefined {
    if (this.#isOver) return undefined;
    throw this.#context.connection.state === "draining" ? drainingError() : closedError();
  }
}
