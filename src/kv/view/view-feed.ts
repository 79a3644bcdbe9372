import type { NatsError } from "../../core/errors.ts";
import { collide } from "../../jetstream/config/subjects.ts";
import type { ConsumingClosed } from "../../jetstream/consume/events.ts";
import { openWatch } from "../../jetstream/consumer/open-watch.ts";
import type { Watch } from "../../jetstream/consume/watch.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import type { BucketContext, WriteListener, Written } from "../bucket-context.ts";
import { decodeKey } from "../coded-keys.ts";
import { removalOf } from "../entry.ts";
import { faultOfKey, isReadable } from "../foreign-keys.ts";
import { asBucketError } from "../kv-errors.ts";
import { payloadBytes } from "../payload-bytes.ts";
import { watchConfig } from "../watch.ts";
import type { ViewReplica } from "./view-replica.ts";

/** What a feed tells its view. */
export interface ViewFeedListener {
  /** The replica has something new. */
  onFed(): void;
  /** All that was there when the feed began has come. */
  onSynced(): void;
  /** The link was lost, or the server's side was made anew: a removal may have gone unheard. */
  onInterrupted(): void;
  /** Nothing more comes. */
  onEnd(closed: ConsumingClosed): void;
}

type Fed = StoredMessage | "synced";

/** Fills a replica with what a watch tells, and with what the handles of the bucket in this process write. */
export class ViewFeed {
  readonly #context: BucketContext;
  readonly #filters: readonly string[];
  readonly #replica: ViewReplica;
  readonly #listener: ViewFeedListener;
  readonly #watch: Watch<Fed>;
  readonly #stopListening: readonly (() => unknown)[];

  /** The filters are as the server has them. */
  constructor(
    context: BucketContext,
    filters: readonly string[],
    replica: ViewReplica,
    listener: ViewFeedListener,
  ) {
    this.#context = context;
    this.#filters = filters;
    this.#replica = replica;
    this.#listener = listener;
    this.#watch = openWatch<Fed>(context.jetstream, {
      stream: context.stream.name,
      config: watchConfig({ ...context, codec: undefined }, filters),
      read: (message) => message,
      synced: () => "synced",
      failed: (error) => asBucketError(context.bucket, error) as NatsError,
      callback: (fed) => this.#take(fed),
    });
    const onWritten: WriteListener = (written) => this.#hearOwn(written);
    context.writeListeners.add(onWritten);
    this.#stopListening = [
      () => context.writeListeners.delete(onWritten),
      context.jetstream.connection.foundation.overhear("reconnected", () => listener.onInterrupted()),
      this.#watch.on("reset", ({ reason }) => {
        if (reason !== "gap") listener.onInterrupted();
      }),
    ];
    void this.#watch.closed.then((closed) => {
      // Nobody need dispose a view that has ended, so no listener must keep it in memory.
      this.#deafen();
      listener.onEnd(closed);
    });
  }

  /** What keeps changes from coming; undefined if nothing is known to. */
  get trouble(): NatsError | undefined {
    return this.#watch.trouble;
  }

  async stop(): Promise<void> {
    this.#deafen();
    await this.#watch.stop();
  }

  #deafen(): void {
    for (const stop of this.#stopListening) stop();
  }

  #take(fed: Fed): void {
    if (fed === "synced") {
      this.#listener.onSynced();
      return;
    }
    const { seq: revision, subject, headers } = fed;
    const key = subject.slice(this.#context.prefix.length);
    if (!isReadable(this.#context, () => this.#decoded(key))) {
      this.#replica.advance(revision);
      this.#listener.onFed();
      return;
    }
    const created = Number(fed.timeNanos / 1_000_000n);
    const removal = removalOf(headers);
    if (removal === undefined) this.#replica.put({ key, revision, created, headers, data: fed.data });
    else this.#replica.remove({ key, revision, created, headers, ...removal });
    this.#listener.onFed();
  }

  #hearOwn({ key, revision, type, data, headers }: Written): void {
    if (!this.#filters.some((filter) => collide(filter, key))) return;
    // The watch reports such a key.
    if (faultOfKey(() => this.#decoded(key)) !== undefined) return;
    // The server's time comes with the watch.
    const created = Date.now();
    if (type === "put") this.#replica.wrote({ key, revision, created, headers, data: payloadBytes(data) });
    else this.#replica.unwrote({ key, revision, created, headers, type, reason: undefined });
    this.#listener.onFed();
  }

  /** `key` is as the server has it. */
  #decoded(key: string): string {
    const { codec, bucket } = this.#context;
    return codec === undefined ? key : decodeKey(codec, bucket, key);
  }
}
