import type { Payload } from "../core/message.ts";
import type { Schema, SchemaInput, SchemaOutput } from "../core/values/schema.ts";
import { aSchema } from "../core/values/values.ts";
import { BucketBatch } from "./batch.ts";
import type { Entry } from "./entry.ts";
import { aKeyCodec, type KeyCodec } from "./key-codecs.ts";
import { Election } from "./lock/election.ts";
import { type Lock, lock } from "./lock/lock.ts";
import type { ElectionOptions, LockOptions } from "./lock/lock-options.ts";
import { purgeDeletes, type PurgeDeletesOptions } from "./purge-deletes.ts";
import { ReadableBucket } from "./readable-bucket.ts";
import { type Change, transact, type TransactOptions } from "./transact.ts";
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
 * Uses a bucket. Values are bytes unless it is {@link typed}; keys have letters, digits and `-/_=.` unless it is {@link keyed}.
 * A filter is a key in which parts between dots may be `*`, and the last one `>`. Every method may fail with
 * `BUCKET_NOT_FOUND`, `INVALID_KEY`, `INVALID_OPTION`, and as a request does.
 */
export class Bucket<T = Uint8Array, In = Payload> extends ReadableBucket<T> {
  // KV-35
  /** The same bucket; a schema reads and writes its values. Throws `INVALID_OPTION`. */
  typed<S extends Schema>(schema: S): Bucket<SchemaOutput<S>, SchemaInput<S>> {
    return new Bucket({ ...this.context, schema: aSchema("schema", schema) });
  }

  // KV-34
  /** The same bucket; a codec reads and writes its keys. Throws `INVALID_OPTION`. */
  keyed(codec: KeyCodec): Bucket<T, In> {
    return new Bucket({ ...this.context, codec: aKeyCodec("codec", codec) });
  }

  /** Writes a value, whatever the key has. Resolves with the new revision, once the bucket has stored it. */
  async put(key: string, value: In, options: WriteOptions = {}): Promise<number> {
    return await put(this.context, key, value, options);
  }

  /**
   * Writes a value if the key has none. Rejects with `KEY_EXISTS`, which has the key's revision. For a `ttl` the bucket needs
   * `limitMarkerTtl`. A `ttl` that is longer than the bucket's own rejects with `INVALID_OPTION`, and if the bucket's
   * `history` is above 1 also one that is shorter than `limitMarkerTtl`. With such a history a watch
   * is not told when the value's time is up if the key was removed by {@link delete} before; after {@link purge} it is.
   */
  async create(key: string, value: In, options: CreateOptions = {}): Promise<number> {
    return await create(this.context, key, value, options);
  }

  /**
   * Writes a value if `revision` is the key's last one; 0 stands for a key that has none. Rejects with `WRONG_REVISION`, which has
   * the key's last revision.
   */
  async update(key: string, value: In, revision: number, options: WriteOptions = {}): Promise<number> {
    return await update(this.context, key, value, revision, options);
  }

  /**
   * Removes a key's value: a marker takes its place, and the history stays. With a `revision` that is not the key's last one it
   * rejects with `WRONG_REVISION`. Resolves with the marker's revision.
   */
  async delete(key: string, options: DeleteOptions = {}): Promise<number> {
    return await remove(this.context, key, options);
  }

  /** As {@link delete}, but the key's history goes too. The marker goes after `ttl` milliseconds. */
  async purge(key: string, options: PurgeKeyOptions = {}): Promise<number> {
    return await purge(this.context, key, options);
  }

  /**
   * Writes what `change` makes of the key's value, which is undefined if there is none. If somebody was quicker, `change` is called
   * again with the new value. If it returns undefined, nothing is written. Resolves with what the key has then.
   *
   * Rejects with `WRONG_REVISION` if others were quicker `attempts` (10) times, with what `change` throws, and as a write does. A
   * write without an answer (`sent` is true) is not tried again, for it may have been stored.
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

  // KV-40
  /**
   * Takes a lock, and waits while another has it: without end, unless a `timeout` or a `signal` ends the wait. With a `timeout` of 0
   * it tries once. The lock is a key of its own, whose value is the holder. The bucket needs `limitMarkerTtl`; a `ttl` that is
   * longer than the bucket's own rejects with `INVALID_OPTION`, and if its `history` is above 1 also one that is shorter than `limitMarkerTtl`.
   *
   * Rejects with `LOCK_HELD`, which names the holder; with `TIMEOUT` if the server did not answer; with `ABORTED`. If it may have
   * taken the lock by then, it gives it back, or the lock ends by its `ttl`.
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
   * Stands for election: each turn of a loop over the election is a term in office. The election also tells who is in office. Dispose
   * it if no loop runs over it. Throws `INVALID_KEY`, `INVALID_OPTION`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`.
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
   * Removes the markers of removed keys, and the history before them. A marker that is younger than `olderThan` milliseconds (half an
   * hour by default) stays, so that watches can still tell of it, but the history before it goes. Resolves with the number of
   * revisions that were removed.
   */
  async purgeDeletes(options: PurgeDeletesOptions = {}): Promise<number> {
    return await purgeDeletes(this.context, options);
  }
}

// KV-39
/** A bucket for code that must not write. */
export type ReadonlyBucket<T = Uint8Array> = Pick<
  Bucket<T>,
  "name" | "get" | "getMany" | "history" | "keys" | "watch" | "view" | "status"
>;
