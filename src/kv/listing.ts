import { copyOf, withStackOfCaller } from "../core/caller-stack.ts";
import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { AbortError, isNatsError, type NatsError, TimeoutError } from "../core/errors.ts";
import type { AbortListener, AbortSource } from "../core/shared-signal.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { StoredMessage } from "../jetstream/message/stored-message.ts";
import type { OrderedConsumerConfig } from "../jetstream/consumer/ordered-config.ts";
import { openWatch } from "../jetstream/consumer/open-watch.ts";
import type { Watch } from "../jetstream/consume/watch.ts";
import type { BucketContext } from "./bucket-context.ts";
import { asBucketError } from "./kv-errors.ts";

type Result<E> = IteratorResult<E, undefined>;

const DONE: IteratorReturnResult<undefined> = { value: undefined, done: true };

/** The end of what was there, among the items. */
const END = Symbol("end");

/**
 * What is there when the loop begins, and no more: a watch that ends where it is complete. What is written or removed
 * meanwhile, also by the loop itself, makes it neither longer nor incomplete.
 */
export class Listing<E> implements AsyncSequence<E>, AbortListener {
  readonly #open: () => Watch<E | typeof END>;
  readonly #bucket: BucketContext;
  readonly #timeout: number;
  readonly #signal: AbortSource | undefined;
  #watch: Watch<E | typeof END> | undefined;
  #events: AsyncSequence<E | typeof END> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Calls that wait, and those that were answered since the timer began. */
  #waiting = 0;
  #answered = 0;
  #isOver = false;
  /** Why the application's limits ended it. */
  #failure: NatsError | undefined;

  /** `read` makes an item of a message; undefined leaves it out. The options and the configuration are checked. */
  constructor(
    bucket: BucketContext,
    config: OrderedConsumerConfig,
    read: (message: StoredMessage) => E | undefined,
    { timeout = bucket.context.timeout, signal }: WaitOptions,
  ) {
    const { context, stream } = bucket;
    this.#bucket = bucket;
    this.#timeout = timeout;
    this.#signal = signal === undefined ? undefined : context.connection.foundation.signals.of(signal);
    this.#open = () =>
      openWatch<E | typeof END>(context, { stream: stream.name, config, read, synced: () => END });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result<E>> {
    if (this.#isOver) return DONE;
    this.#waiting++;
    try {
      const events = this.#events ?? this.#begin();
      const result = await events.next();
      if (this.#failure !== undefined) throw this.#failure;
      if (result.done !== true && result.value !== END) return result as IteratorYieldResult<E>;
      this.#end();
      return DONE;
    } catch (thrown) {
      this.#end();
      const error = asBucketError(this.#bucket.bucket, thrown);
      throw isNatsError(error) ? withStackOfCaller(copyOf(error)) : error;
    } finally {
      this.#waiting--;
      this.#answered++;
    }
  }

  return(): Promise<Result<E>> {
    this.#end();
    return Promise.resolve(DONE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** The signal aborts. */
  handleEvent(): void {
    const { bucket } = this.#bucket;
    const cause: unknown = this.#signal?.reason;
    this.#fail(new AbortError(`aborted while reading the bucket "${bucket}"`, { cause }));
  }

  #begin(): AsyncSequence<E | typeof END> {
    this.#watch = this.#open();
    this.#events = this.#watch[Symbol.asyncIterator]();
    this.#signal?.addEventListener("abort", this);
    if (this.#signal?.aborted === true) this.handleEvent();
    else this.#arm();
    return this.#events;
  }

  /** The time is up for a call that has waited as long, or up to twice as long: a timer for each would be dear. */
  #arm(): void {
    this.#answered = 0;
    this.#timer = setTimeout(() => {
      if (this.#waiting > 0 && this.#answered === 0) this.#fail(this.#late());
      else this.#arm();
    }, this.#timeout);
    if (typeof this.#timer === "object" && this.#waiting === 0) this.#timer.unref();
  }

  #late(): TimeoutError {
    const text = `timed out after ${this.#timeout} ms reading the bucket "${this.#bucket.bucket}"`;
    return new TimeoutError(text, { elapsed: this.#timeout });
  }

  #fail(error: NatsError): void {
    this.#failure = error;
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this);
    // A loop that waits ends by it.
    void this.#watch?.stop();
  }
}
