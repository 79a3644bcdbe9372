import { checkWait } from "../../core/call-options.ts";
import { copyOf, withStackOfCaller } from "../../core/caller-stack.ts";
import { count } from "../../core/checks.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { NatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import { MessageHeaders } from "../../core/protocol/headers.ts";
import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import type { BucketContext } from "../bucket-context.ts";
import { encodeKey } from "../coded-keys.ts";
import { Entry, Marker, type Stored } from "../entry.ts";
import { checkFilters, checkKey } from "../keys.ts";
import { asBucketError } from "../kv-errors.ts";
import { Audit } from "./audit.ts";
import { Reaching } from "./reaching.ts";
import { type HeldValue, Replica } from "./replica.ts";
import { type ViewChange, ViewChanges } from "./view-changes.ts";
import { viewDisposed, viewEnded, viewTooLarge } from "./view-errors.ts";
import { ViewFeed } from "./view-feed.ts";
import { resolveViewOptions, type ViewOptions } from "./view-options.ts";
import type { Removal, ViewReplica } from "./view-replica.ts";

/** See `Bucket.view`. */
export async function openView<T>(
  context: BucketContext,
  filter: string | readonly string[],
  options: ViewOptions,
): Promise<View<T>> {
  const { maxBytes, ...limits } = resolveViewOptions(options);
  const view = new View<T>(context, checkFilters(context, filter), maxBytes);
  try {
    await view.synced(limits);
    return view;
  } catch (thrown) {
    await view.stop();
    throw withStackOfCaller(asBucketError(context.bucket, thrown) as NatsError);
  }
}

const NO_BYTES = new Uint8Array();

/**
 * A replica of a bucket in memory. It is complete from the start, and a watch keeps it up to date. What you write by the handle that
 * made the view is in the view before the write resolves.
 *
 * A value that goes without a marker is noticed within some ten seconds: its time was up in a bucket without `limitMarkerTtl`, or
 * another tool purged the stream. If another tool purges by a filter while as much is written, that is noticed when the link is
 * restored, at the latest.
 */
export class View<T = Uint8Array> implements Iterable<Entry<T>>, AsyncDisposable {
  readonly #context: BucketContext;
  readonly #maxBytes: number;
  readonly #replica: ViewReplica;
  readonly #changes: ViewChanges<T>;
  readonly #feed: ViewFeed;
  readonly #audit: Audit;
  readonly #reaching: Reaching;
  readonly #synced = new Waiter<void>({}, { what: "the view" });
  readonly #closed = new Waiter<NatsError | undefined>({}, { what: "the end of the view" });
  /** Why the view has ended. */
  #end: NatsError | undefined;

  /** @internal */
  constructor(context: BucketContext, filters: readonly string[], maxBytes: number) {
    this.#context = context;
    this.#maxBytes = maxBytes;
    this.#changes = new ViewChanges((key) => this.#entry(key));
    this.#replica = new Replica<Removal>((key, before, removal) => this.#note(key, before, removal));
    this.#reaching = new Reaching(context, filters, this.#replica);
    this.#audit = new Audit(context, filters, this.#replica, {
      reached: (revision, limits) => this.#reaching.reached(revision, limits),
      onDropped: () => this.#changes.tell(),
    });
    this.#synced.promise.catch(() => undefined);
    this.#feed = new ViewFeed(context, filters, this.#replica, {
      onFed: () => this.#onFed(),
      onSynced: () => {
        this.#audit.start();
        this.#synced.resolve();
      },
      onInterrupted: () => this.#audit.suspect(),
      onEnd: ({ error, reason }) => this.#finish(error, error ?? viewEnded(context.bucket, reason)),
    });
  }

  /** The key's entry; undefined if it has no value. Throws `INVALID_KEY`, and what ended the view. */
  get(key: string): Entry<T> | undefined {
    this.#checkOpen();
    return this.#entry(this.#encoded(key));
  }

  /** Whether the key has a value. Throws as {@link get} does. */
  has(key: string): boolean {
    this.#checkOpen();
    return this.#replica.get(this.#encoded(key)) !== undefined;
  }

  /** How many keys have a value. */
  get size(): number {
    return this.#replica.size;
  }

  /** Bytes that it takes, as `maxBytes` counts them. */
  get bytes(): number {
    return this.#replica.bytes;
  }

  /** The view has everything up to this revision. What this process wrote may be newer. */
  get revision(): number {
    return this.#replica.position;
  }

  /**
   * Resolves when the view has everything up to this revision: that of a write of somebody else, to any key of the bucket. Rejects
   * with `TIMEOUT` or `ABORTED`, with what ended the view, and with `INVALID_OPTION`.
   */
  async reached(revision: number, options: WaitOptions = {}): Promise<void> {
    const limits = checkWait(options);
    count("revision", revision);
    this.#checkOpen();
    await this.#reaching.reached(revision, limits);
  }

  /**
   * All values, those that changed last at the end. The loop may change and remove what it reads: each key that was there when the
   * loop began comes once, with what it has by then. Throws as {@link get} does.
   *
   * The loop is synchronous, and nothing else runs until it ends: over 300,000 entries it takes one to two seconds. To let the event
   * loop turn, read a large view in parts: `await` something, such as `setImmediate` of `node:timers/promises`, after each 1,000
   * entries.
   */
  *[Symbol.iterator](): IterableIterator<Entry<T>> {
    this.#checkOpen();
    // A key that is written goes to the end: a loop over the replica itself that writes would never end.
    for (const key of Array.from(this.#replica.keys())) {
      const entry = this.#entry(key);
      if (entry !== undefined) yield entry;
    }
  }

  /**
   * The changes from now on, each with what the key had before. Nothing queues up for a slow reader: of a key that changed several
   * times it is told once, with what the key had when the reader was last told. The loop throws what ends the view, unless the
   * application ended it.
   */
  changes(): AsyncSequence<ViewChange<T>> {
    return this.#changes.read();
  }

  /** Resolves when the view ends: with the reason, or with undefined if the application disposed it or closed the connection. */
  get closed(): Promise<NatsError | undefined> {
    return this.#closed.promise;
  }

  /** Ends it, as leaving an `await using` block does: reading it throws from then on. A second call does nothing. */
  async stop(): Promise<void> {
    this.#finish(undefined, viewDisposed(this.#context.bucket));
    await this.#feed.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Resolves when it is complete. @internal */
  async synced(limits: WaitOptions): Promise<void> {
    const what = `the view of bucket "${this.#context.bucket}"`;
    const waiter = new Waiter<void>(limits, { what }, () => this.#feed.trouble);
    this.#synced.promise.then(
      () => waiter.resolve(),
      (error: NatsError) => waiter.reject(error),
    );
    await waiter.promise;
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { size, bytes, revision } = this;
    return inspected(
      "View",
      { bucket: this.#context.bucket, size, bytes, revision },
      depth,
      options,
      inspect,
    );
  }

  #encoded(key: string): string {
    const { codec, bucket } = this.#context;
    const encoded = codec === undefined ? key : encodeKey(codec, bucket, key);
    // A key that the view has is valid. Only others need the check.
    return this.#replica.get(encoded) === undefined ? checkKey(this.#context, key) : encoded;
  }

  #entry(key: string): Entry<T> | undefined {
    const held = this.#replica.get(key);
    return held === undefined ? undefined : this.#entryOf(key, held);
  }

  #entryOf(key: string, held: HeldValue): Entry<T> {
    const { revision, created } = held;
    // Whoever gets the entry may change its headers.
    const headers = held.headers === undefined ? undefined : MessageHeaders.copyOf(held.headers);
    return new Entry<T>(
      this.#stored(key, revision, created, headers, this.#replica.data(held)),
      this.#context,
    );
  }

  #stored(
    key: string,
    seq: number,
    created: number,
    headers: Stored["headers"],
    data: Uint8Array = NO_BYTES,
  ): Stored {
    const subject = this.#context.prefix + key;
    return { subject, seq, time: new Date(created), pending: undefined, headers, data, size: data.length };
  }

  #note(key: string, before: HeldValue | undefined, removal: Removal | undefined): void {
    if (!this.#changes.hasReaders) return;
    const entry = before === undefined ? undefined : this.#entryOf(key, before);
    const marker =
      removal === undefined
        ? undefined
        : new Marker(
            this.#stored(key, removal.revision, removal.created, removal.headers),
            this.#context,
            removal,
          );
    this.#changes.note(key, entry, marker);
  }

  #onFed(): void {
    if (this.#end !== undefined) return;
    if (this.#replica.bytes > this.#maxBytes) {
      const error = viewTooLarge(this.#context.bucket, this.#replica.size, this.#maxBytes);
      this.#finish(error, error);
      void this.#feed.stop();
      return;
    }
    this.#changes.tell();
    this.#reaching.tell();
  }

  /** `error` is undefined if the application ends it; `end` is what it then throws. */
  #finish(error: NatsError | undefined, end: NatsError): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#audit.stop();
    this.#synced.reject(this.#end);
    this.#reaching.finish(this.#end);
    this.#changes.finish(error);
    this.#closed.resolve(error);
  }

  #checkOpen(): void {
    if (this.#end !== undefined) throw withStackOfCaller(copyOf(this.#end));
  }
}
