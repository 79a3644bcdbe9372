import { checkWait } from "../core/call-options.ts";
import type { Connection } from "../core/connection/connection.ts";
import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { isNatsError } from "../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../core/inspect.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { diffStreamConfig } from "../jetstream/config/diff.ts";
import type { StreamConfig } from "../jetstream/config/stream-config.ts";
import type { StreamInfo } from "../jetstream/config/stream-info.ts";
import type { Changes } from "../jetstream/config/wire-format.ts";
import { type JetStream, jetstream } from "../jetstream/jetstream.ts";
import type { JetStreamOptions } from "../jetstream/options.ts";
import { KnownStream } from "../jetstream/stream/known-stream.ts";
import { Bucket } from "./bucket.ts";
import { streamChanges } from "./bucket-changes.ts";
import { type BucketConfig, bucketStream } from "./bucket-config.ts";
import { bucketsAmong } from "./bucket-list.ts";
import { type BucketStatus, bucketStatus } from "./bucket-status.ts";
import { isBucket } from "./is-bucket.ts";
import { checkBucketName, streamOf } from "./keys.ts";
import { asBucketError, bucketExists, notABucket } from "./kv-errors.ts";
import { openBucket } from "./open-bucket.ts";

/**
 * The key-value buckets of a connection. The call asks the server for nothing and is cheap: make it wherever you need it. Throws
 * `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { kv } from "natspeed/kv";
 *
 * const nc = await connect();
 * const bucket = await kv(nc).createOrUpdate("config", { history: 5 });
 * const revision = await bucket.put("db.host", "10.0.0.1");
 * await bucket.update("db.host", "10.0.0.2", revision);
 * console.log((await bucket.get("db.host"))?.string());
 * await nc.close();
 * ```
 */
export function kv(nc: Connection, options: JetStreamOptions = {}): Kv {
  return new Kv(jetstream(nc, options));
}

/** Fields that other clients leave out or set otherwise. A bucket works the same with either. */
const UNIMPORTANT: readonly string[] = [
  "denyDelete",
  "discard",
  "allowDirect",
  "mirrorDirect",
  "duplicateWindow",
  "allowMsgTtl",
];

/** Makes, changes, finds and removes buckets. */
export class Kv {
  readonly #js: JetStream;

  /** @internal */
  constructor(js: JetStream) {
    this.#js = js;
  }

  // KV-01, KV-06
  /**
   * Makes a bucket, or gives the existing one if its configuration is the same. Rejects with `BUCKET_EXISTS` if its configuration is
   * another one, with `NOT_A_BUCKET`, `INVALID_OPTION`, `INVALID_CONFIG` or `SERVER_TOO_OLD`, and as a request does.
   */
  async create(bucket: string, config: BucketConfig = {}, options: WaitOptions = {}): Promise<Bucket> {
    const wanted = bucketStream(bucket, config);
    const limits = checkWait(options);
    try {
      const stream = await this.#js.streams.create(wanted, limits);
      return this.#handle(bucket, stream.cachedInfo!);
    } catch (thrown) {
      if (!isNatsError(thrown, "STREAM_EXISTS")) throw thrown;
      return await this.#openEqual(bucket, wanted, limits, thrown);
    }
  }

  // KV-02
  /** Makes a bucket, or changes the existing one to this configuration. Rejects as {@link create} and {@link update} do. */
  async createOrUpdate(
    bucket: string,
    config: BucketConfig = {},
    options: WaitOptions = {},
  ): Promise<Bucket> {
    const wanted = bucketStream(bucket, config);
    const limits = checkWait(options);
    const there = await this.#find(bucket, limits);
    if (there !== undefined && !isBucket(bucket, there.config)) throw notABucket(bucket);
    const stream = await this.#js.streams.createOrUpdate(wanted, limits);
    return this.#handle(bucket, stream.cachedInfo!);
  }

  // KV-02
  /**
   * Changes the fields that are named. Null takes a field away; the rest stays. Rejects with `BUCKET_NOT_FOUND` or `NOT_A_BUCKET`,
   * with `INVALID_CONFIG` for a field that can't be changed, and as {@link create} does.
   */
  async update(
    bucket: string,
    changes: Changes<BucketConfig>,
    options: WaitOptions = {},
  ): Promise<BucketStatus> {
    const changed = streamChanges(checkBucketName(bucket), changes);
    const limits = checkWait(options);
    await this.#read(bucket, limits);
    return bucketStatus(bucket, await this.#js.streams.update(streamOf(bucket), changed, limits));
  }

  // KV-03
  /** An existing bucket. Rejects with `BUCKET_NOT_FOUND`, or with `NOT_A_BUCKET` if the stream of its name is none. */
  async get(bucket: string, options: WaitOptions = {}): Promise<Bucket> {
    const name = checkBucketName(bucket);
    return this.#handle(name, await this.#read(name, checkWait(options)));
  }

  /**
   * A handle; the server is not asked whether there is such a bucket. It is for a client that may read and write keys but not ask
   * for streams. Use {@link get} for a mirror, whose subjects are those of its origin. Throws `INVALID_OPTION`.
   */
  bind(bucket: string): Bucket {
    return new Bucket(openBucket(this.#js.context, checkBucketName(bucket)));
  }

  // KV-05
  /** Removes a bucket with all its entries. Rejects with `BUCKET_NOT_FOUND` or `NOT_A_BUCKET`. */
  async delete(bucket: string, options: WaitOptions = {}): Promise<void> {
    const name = checkBucketName(bucket);
    const limits = checkWait(options);
    // A stream that only has the name of a bucket holds somebody's data.
    await this.#read(name, limits);
    try {
      await this.#js.streams.delete(streamOf(name), limits);
    } catch (thrown) {
      throw asBucketError(name, thrown);
    }
  }

  // KV-04
  /**
   * All buckets, mirrors too. Buckets may be made and removed meanwhile, also by the loop itself: each one that stays comes once.
   */
  list(options: WaitOptions = {}): AsyncSequence<BucketStatus> {
    return bucketsAmong(this.#js.streams.list(checkWait(options)), bucketStatus);
  }

  /** The names of all buckets. As {@link list}. */
  names(options: WaitOptions = {}): AsyncSequence<string> {
    return bucketsAmong(this.#js.streams.list(checkWait(options)), (bucket) => bucket);
  }

  /** Gives the existing bucket if it works as the wanted one does. */
  async #openEqual(
    bucket: string,
    wanted: StreamConfig,
    limits: WaitOptions,
    cause: unknown,
  ): Promise<Bucket> {
    const info = await this.#read(bucket, limits);
    const differences = diffStreamConfig(info.config, wanted).filter(
      ({ name }) => !UNIMPORTANT.includes(name),
    );
    if (differences.length > 0)
      throw bucketExists(
        bucket,
        differences.map(({ name }) => name),
        cause,
      );
    // Old clients let a full bucket drop values in silence.
    if (info.config.discard === "new") return this.#handle(bucket, info);
    const updated = await this.#js.streams.update(wanted.name, { discard: "new" }, limits);
    return this.#handle(bucket, updated);
  }

  async #find(bucket: string, limits: WaitOptions): Promise<StreamInfo | undefined> {
    try {
      return await new KnownStream(this.#js.context, streamOf(bucket)).ask(limits);
    } catch (thrown) {
      if (isNatsError(thrown, "STREAM_NOT_FOUND")) return undefined;
      throw thrown;
    }
  }

  async #read(bucket: string, limits: WaitOptions): Promise<StreamInfo> {
    let info: StreamInfo;
    try {
      info = await new KnownStream(this.#js.context, streamOf(bucket)).ask(limits);
    } catch (thrown) {
      throw asBucketError(bucket, thrown);
    }
    if (!isBucket(bucket, info.config)) throw notABucket(bucket);
    return info;
  }

  #handle(bucket: string, info: StreamInfo): Bucket {
    return new Bucket(openBucket(this.#js.context, bucket, info));
  }

  /** What `console.log` shows. @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { connection, prefix } = this.#js.context;
    const facts = { server: connection.server, state: connection.state, prefix };
    return inspected("Kv", facts, depth, options, inspect);
  }
}
