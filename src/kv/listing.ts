import { copyOf, withStackOfCaller } from "../core/caller-stack.ts";
import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { isNatsError, type NatsError } from "../core/errors.ts";
import { Waiter, type WaitOptions } from "../core/waiter.ts";
import { openWatch } from "../jetstream/consumer/open-watch.ts";
import type { OrderedConsumerConfig } from "../jetstream/consumer/ordered-config.ts";
import type { StoredMessage } from "../jetstream/message/stored-message.ts";
import type { BucketContext } from "./bucket-context.ts";
import { asBucketError } from "./kv-errors.ts";

type Result<E> = IteratorResult<E, undefined>;

const DONE: IteratorReturnResult<undefined> = { value: undefined, done: true };

/** The end of what was there, behind the items. */
const END = Symbol("end");

type Events<E> = AsyncSequence<(E | typeof END)[]>;

/**
 * What is there when the loop begins, and no more: a watch that ends where it is complete. What is written or removed
 * meanwhile, also by the loop itself, makes it neither endless nor incomplete. Items come by pages, of what is here.
 */
export class Listing<E> implements AsyncSequence<E> {
  readonly #open: () => Events<E>;
  readonly #bucket: BucketContext;
  readonly #limits: WaitOptions;
  #events: Events<E> | undefined;
  #page: readonly E[] = [];
  #at = 0;
  #fetching: Promise<void> | undefined;
  #isOver = false;

  /** `read` makes an item of a message; undefined leaves it out. The options are checked. */
  constructor(
    bucket: BucketContext,
    config: OrderedConsumerConfig,
    read: (message: StoredMessage) => E | undefined,
    limits: WaitOptions,
  ) {
    const { context, stream } = bucket;
    this.#bucket = bucket;
    this.#limits = { timeout: context.timeout, ...limits };
    const watched = { stream: stream.name, config, read, synced: (): typeof END => END };
    this.#open = () => openWatch<E | typeof END>(context, watched).batches();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result<E>> {
    if (this.#at < this.#page.length) return Promise.resolve({ value: this.#page[this.#at++]!, done: false });
    return this.#nextOfNextPage();
  }

  return(): Promise<Result<E>> {
    this.#end();
    this.#turnTo([]);
    return Promise.resolve(DONE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #nextOfNextPage(): Promise<Result<E>> {
    while (this.#at >= this.#page.length && !this.#isOver) {
      try {
        await (this.#fetching ??= this.#fetch());
      } catch (thrown) {
        const error = asBucketError(this.#bucket.bucket, thrown);
        // Whoever asks for several at once is told each with a stack of his own.
        throw isNatsError(error) ? withStackOfCaller(copyOf(error)) : error;
      }
    }
    if (this.#at < this.#page.length) return { value: this.#page[this.#at++]!, done: false };
    return DONE;
  }

  async #fetch(): Promise<void> {
    try {
      const { value: page } = await this.#within(this.#limits);
      // The loop may have been left meanwhile.
      if (this.#isOver) return;
      // The end is the last that a page has: behind it comes what is new.
      const end = page?.indexOf(END) ?? 0;
      this.#turnTo((end < 0 ? page : page?.slice(0, end)) as readonly E[] | undefined);
      if (end >= 0) this.#end();
    } catch (thrown) {
      this.#end();
      throw thrown;
    } finally {
      this.#fetching = undefined;
    }
  }

  /** What comes next; rejects with `TIMEOUT` or `ABORTED` if that takes too long. */
  #within(limits: WaitOptions): Promise<IteratorResult<(E | typeof END)[], undefined>> {
    const { context, bucket } = this.#bucket;
    const { signals } = context.connection.foundation;
    type Page = IteratorResult<(E | typeof END)[], undefined>;
    const waiter = new Waiter<Page>(signals.limits(limits), { what: `what the bucket "${bucket}" has` });
    if (!waiter.isSettled) {
      this.#events ??= this.#open();
      this.#events.next().then(
        (page) => waiter.resolve(page),
        (error: NatsError) => waiter.reject(error),
      );
    }
    return waiter.promise;
  }

  #turnTo(page: readonly E[] = []): void {
    this.#page = page;
    this.#at = 0;
  }

  #end(): void {
    this.#isOver = true;
    void this.#events?.return();
  }
}
