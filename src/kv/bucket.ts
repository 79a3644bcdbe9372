import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { INSPECT, type Inspect, inspected } from "../core/inspect.ts";
import type { Payload } from "../core/message.ts";
import type { Schema, SchemaInput, SchemaOutput } from "../core/values/schema.ts";
import { aSchema } from "../core/values/values.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { Watch } from "../jetstream/consume/watch.ts";
import { BucketBatch } from "./batch.ts";
import type { BucketContext } from "./bucket-context.ts";
import { type BucketStatus, bucketStatus } from "./bucket-status.ts";
import type { Entry, Marker } from "./entry.ts";
import { history, keys } from "./history.ts";
import { aKeyCodec, type KeyCodec } from "./key-codecs.ts";
import { asBucketError } from "./kv-errors.ts";
import { Election } from "./lock/election.ts";
import { type Lock, lock } from "./lock/lock.ts";
import type { ElectionOptions, LockOptions } from "./lock/lock-options.ts";
import { purgeDeletes, type PurgeDeletesOptions } from "./purge-deletes.ts";
import { get, getMany, type GetOptions } from "./read.ts";
import { type KvEvent, watch, type WatchOptions } from "./watch.ts";
import { type Change, transact, type TransactOptions } from "./transact.ts";
import { openView, type View } from "./view/view.ts";
import type { ViewOptions } from "./view/view-options.ts";
import {
  create,
  type CreateOptions,
  type DeleteOptions,
  purge,
  type PurgeKeyOptions,
  put,
  remove,
  update,
  type WriteOptions,
} from "./write.ts";

/**
 * Uses a bucket. Values are bytes until it is {@link typed}; keys have letters, digits and `-/_=.` until it is {@link keyed}.
 * A filter is a key in which parts between dots may be `*`, and the last one `>`. Every method may fail with
 * `BUCKET_NOT_FOUND`, `INVALID_KEY`, `INVALID_OPTION`, and as a request does.
 */
export class Bucket<T = Uint8Array, In = Payload> {
  /** @internal */
  readonly context: BucketContext;

  /** @internal */
  constructor(context: BucketContext) {
    this.context = context;
  }

  get name(): string {
    return this.context.bucket;
  }

  // KV-35
  /** The same bucket, its values read and written by a schema. Throws `INVALID_OPTION`. */
  typed<S extends Schema>(schema: S): Bucket<SchemaOutput<S>, SchemaInput<S>> {
    return new Bucket({ ...this.context, schema: aSchema("schema", schema) });
  }

  // KV-34
  /** The same bucket, its keys written by a codec. Throws `INVALID_OPTION`. */
  keyed(codec: KeyCodec): Bucket<T, In> {
    return new Bucket({ ...this.context, codec: aKeyCodec("codec", codec) });
  }

  /**
   * The key's value; undefined if it has none, or was removed. Any replica may answer, and may lag behind the leader:
   * `{ leader: true }` asks that. With a `revision` what the key had then, if it is kept.
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
   * The values of several keys, or of all that filters name, as of one moment; keys without one are left out. Needs
   * nats-server 2.11. Rejects with `TOO_MANY_SUBJECTS` above 1,024 keys.
   */
  async getMany(
    filters: string | readonly string[],
    options: WaitOptions = {},
  ): Promise<ReadonlyMap<string, Entry<T>>> {
    return await getMany<T>(this.context, filters, options);
  }

  /** Writes a value, whatever the key has. Resolves with the new revision, once the bucket has stored it. */
  async put(key: string, value: In, options: WriteOptions = {}): Promise<number> {
    return await put(this.context, key, value, options);
  }

  /**
   * Writes a value if the key has none. Rejects with `KEY_EXISTS`, which has the revision that is there. For a `ttl` the bucket
   * needs `limitMarkerTtl`.
   */
  async create(key: string, value: In, options: CreateOptions = {}): Promise<number> {
    return await create(this.context, key, value, options);
  }

  /**
   * Writes a value if `revision` is the key's last one; 0 if it never had one. Rejects with `WRONG_REVISION`, which has the
   * right one.
   */
  async update(key: string, value: In, revision: number, options: WriteOptions = {}): Promise<number> {
    return await update(this.context, key, value, revision, options);
  }

  /**
   * Removes a key's value: a marker is left in its place, and its history stays. With a `revision` only if that is the
   * key's last one, else it rejects with `WRONG_REVISION`. Resolves with the marker's revision.
   */
  async delete(key: string, options: DeleteOptions = {}): Promise<number> {
    return await remove(this.context, key, options);
  }

  /** As {@link delete}, and its history goes too. The marker goes after `ttl` milliseconds. */
  async purge(key: string, options: PurgeKeyOptions = {}): Promise<number> {
    return await purge(this.context, key, options);
  }

  /**
   * Writes what `change` makes of the key's value, which is undefined if there is none; if somebody was quicker, it is called
   * again with the new one. Nothing is written when it returns undefined. Resolves with what the key then has.
   *
   * Rejects with `WRONG_REVISION` after `attempts` (10) times, with what `change` throws, and as a write does: one that got no
   * answer (`sent` is true) is not tried again, for it may have been stored.
   *
   * @example
   * ```ts
   * import { connect, json } from "natspeed";
   * import { kv } from "natspeed/kv";
   *
   * const nc = await connect();
   * const visits = (await kv(nc).create("visits")).typed(json<number>());
   * const entry = await visits.transact("home", (count = 0) => count + 1);
   * console.log(entry?.value, entry?.revision);
   * await nc.close();
   * ```
   */
  async transact(
    key: string,
    change: Change<T, In>,
    options: TransactOptions = {},
  ): Promise<Entry<T> | undefined> {
    return await transact<T, In>(this.context, key, change, options);
  }

  // KV-37
  /**
   * Writes to several keys, together or not at all. The bucket needs `allowAtomic`, the server 2.12.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { kv } from "natspeed/kv";
   *
   * const nc = await connect();
   * const bucket = await kv(nc).create("accounts", { allowAtomic: true });
   * const { count } = await bucket.batch().put("joe", "5").create("sue", "10").commit();
   * console.log(count); // 2
   * await nc.close();
   * ```
   */
  batch(): BucketBatch<In> {
    return new BucketBatch<In>(this.context);
  }

  /**
   * All that is kept of keys, the oldest first. It ends with what was there when the loop began. `timeout` is for each wait for
   * the server.
   */
  history(
    filter: string | readonly string[] = ">",
    options: WaitOptions = {},
  ): AsyncSequence<Entry<T> | Marker> {
    return history<T>(this.context, filter, options);
  }

  /** The keys that have a value. It ends as {@link history} does. */
  keys(filter: string | readonly string[] = ">", options: WaitOptions = {}): AsyncSequence<string> {
    return keys(this.context, filter, options);
  }

  /**
   * What is there, then the event `synced`, then what changes: without a gap or a repeat, across lost links too. Leaving the
   * loop stops it. It ends with `BUCKET_NOT_FOUND` if the bucket goes.
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
   * A replica in memory, of all keys or of those that filters name: complete when this resolves, and kept up to date. What this
   * handle writes, and those that were made of it, is in the view before the write resolves.
   *
   * Rejects with `VIEW_TOO_LARGE`, `BUCKET_NOT_FOUND`, `TIMEOUT`, `ABORTED`, and with what ends the watch that feeds it.
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

  // KV-40
  /**
   * Takes the lock that a key is, and waits while another has it: without end, unless a `timeout` or a `signal` ends that; with a
   * `timeout` of 0 it tries once. The key is the lock's own: its value is the holder. The bucket needs `limitMarkerTtl`.
   *
   * Rejects with `LOCK_HELD`, which names the holder; with `TIMEOUT` if the server did not answer; with `ABORTED`. What may have
   * been stored by then is taken back, or ends by its `ttl`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { kv } from "natspeed/kv";
   *
   * const nc = await connect();
   * const bucket = await kv(nc).create("jobs", { limitMarkerTtl: 60_000 });
   * {
   *   await using lock = await bucket.lock("nightly", { ttl: 10_000, timeout: 5000 });
   *   console.log(lock.fence, lock.signal.aborted); // the fence goes with what is done under the lock
   * }
   * await nc.close();
   * ```
   */
  async lock(key: string, options: LockOptions = {}): Promise<Lock> {
    return await lock(this.context, key, options);
  }

  // KV-40
  /**
   * Stands for election: each turn of a loop over it is a term in office. It also tells who is in office. Dispose one that no
   * loop runs over. Throws `INVALID_KEY`, `INVALID_OPTION`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { kv } from "natspeed/kv";
   *
   * const nc = await connect();
   * const bucket = await kv(nc).create("leaders", { limitMarkerTtl: 60_000 });
   * for await (const term of bucket.election("scheduler", { holder: "host-1" })) {
   *   console.log("in office", term.fence, term.signal.aborted);
   *   break; // stands down
   * }
   * await nc.close();
   * ```
   */
  election(key: string, options: ElectionOptions = {}): Election {
    return new Election(this.context, key, options);
  }

  /**
   * Removes the markers of removed keys, and what history is left behind them. Of markers younger than `olderThan` milliseconds
   * (half an hour unless said otherwise) only the history goes, so that watches can still tell of them. Resolves with
   * how many revisions were removed.
   */
  async purgeDeletes(options: PurgeDeletesOptions = {}): Promise<number> {
    return await purgeDeletes(this.context, options);
  }

  /** How much it has, and its configuration. */
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

// KV-39
/** A bucket for those who shall not write. */
export type ReadonlyBucket<T = Uint8Array> = Pick<
  Bucket<T>,
  "name" | "get" | "getMany" | "history" | "keys" | "watch" | "view" | "status"
>;
