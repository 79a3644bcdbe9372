import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { INSPECT, type Inspect, inspected } from "../core/inspect.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { Watch } from "../jetstream/consume/watch.ts";
import type { BucketContext } from "./bucket-context.ts";
import { type BucketStatus, bucketStatus } from "./bucket-status.ts";
import type { Entry, Marker } from "./entry.ts";
import { history, keys } from "./history.ts";
import { asBucketError } from "./kv-errors.ts";
import { get, getMany, type GetOptions } from "./read.ts";
import { type KvEvent, watch, type WatchOptions } from "./watch.ts";
import { openView, type View } from "./view/view.ts";
import type { ViewOptions } from "./view/view-options.ts";

/** The reading half of a bucket. */
export abstract class ReadableBucket<T = Uint8Array> {
  /** @internal */
  readonly context: BucketContext;

  /** @internal */
  constructor(context: BucketContext) {
    this.context = context;
  }

  get name(): string {
    return this.context.bucket;
  }

  /**
   * The key's value; undefined if it has none, or was removed. Any replica may answer, and may lag behind the leader;
   * `{ leader: true }` asks the leader. With a `revision` it gives what the key had then, if that is kept.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { kv } from "natspeed/kv";
   *
   * const nc = await connect();
   * const bucket = await kv(nc).create("hosts");
   * await bucket.put("db.main", "10.0.0.1");
   * const entry = await bucket.get("db.main");
   * console.log(entry?.string(), entry?.revision, await bucket.get("db.copy"));
   * await nc.close();
   * ```
   */
  async get(key: string, options: GetOptions = {}): Promise<Entry<T> | undefined> {
    return await get<T>(this.context, key, options);
  }

  /**
   * The values of several keys, or of all keys that filters name, as of one moment. Keys without a value are left out. Needs
   * nats-server 2.11. Rejects with `TOO_MANY_SUBJECTS` above 1,024 keys.
   */
  async getMany(
    filters: string | readonly string[],
    options: WaitOptions = {},
  ): Promise<ReadonlyMap<string, Entry<T>>> {
    return await getMany<T>(this.context, filters, options);
  }

  /**
   * All revisions that are kept of keys, the oldest first. The loop ends with those that were there when it began. `timeout` is for
   * each wait for the server.
   */
  history(
    filter: string | readonly string[] = ">",
    options: WaitOptions = {},
  ): AsyncSequence<Entry<T> | Marker> {
    return history<T>(this.context, filter, options);
  }

  /** The keys that have a value. The loop ends as that of {@link history} does. */
  keys(filter: string | readonly string[] = ">", options: WaitOptions = {}): AsyncSequence<string> {
    return keys(this.context, filter, options);
  }

  /**
   * The entries that are there, then the event `synced`, then each change: without a gap or a repeat, across lost links too. To
   * leave the loop stops the watch. The loop throws `BUCKET_NOT_FOUND` if the bucket is removed, and `JETSTREAM_NOT_ENABLED` if
   * nobody has ever answered for JetStream. Failures that may pass are tried again, and told by `retrying` events.
   *
   * Throws `INVALID_KEY`, `INVALID_OPTION`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { kv } from "natspeed/kv";
   *
   * const nc = await connect();
   * const bucket = await kv(nc).create("lamps");
   * await bucket.put("kitchen", "on");
   * for await (const event of bucket.watch()) {
   *   if (event.type === "synced") break;
   *   console.log(event.key, event.type === "put" ? event.string() : "is gone");
   * }
   * await nc.close();
   * ```
   */
  watch(filter: string | readonly string[] = ">", options: WatchOptions = {}): Watch<KvEvent<T>> {
    return watch<T>(this.context, filter, options);
  }

  /**
   * A replica in memory, of all keys or of those that filters name. It is complete when this resolves, and kept up to date. What you
   * write by this handle, or by one that `typed()` or `keyed()` made of it, is in the view before the write resolves.
   *
   * Rejects with `VIEW_TOO_LARGE`, `BUCKET_NOT_FOUND`, `TIMEOUT` or `ABORTED`, and with what ends the watch that feeds the view.
   *
   * @example
   * ```ts
   * import { connect, json } from "natspeed";
   * import { kv } from "natspeed/kv";
   *
   * const nc = await connect();
   * const flags = (await kv(nc).create("flags")).typed(json<{ on: boolean }>());
   * await using view = await flags.view("checkout.*");
   * await flags.put("checkout.new", { on: true });
   * console.log(view.get("checkout.new")?.value.on); // true
   * await nc.close();
   * ```
   */
  async view(filter: string | readonly string[] = ">", options: ViewOptions = {}): Promise<View<T>> {
    return await openView<T>(this.context, filter, options);
  }

  /** How much it holds, and its configuration. */
  async status(options: WaitOptions = {}): Promise<BucketStatus> {
    const { bucket, stream } = this.context;
    try {
      return bucketStatus(bucket, await stream.info(options));
    } catch (thrown) {
      throw asBucketError(bucket, thrown);
    }
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { bucket, prefix } = this.context;
    return inspected("Bucket", { name: bucket, subjects: `${prefix}>` }, depth, options, inspect);
  }
}
