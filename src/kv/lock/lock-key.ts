import type { NatsError } from "../../core/errors.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { openWatch } from "../../jetstream/consumer/open-watch.ts";
import type { Watch } from "../../jetstream/consume/watch.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import { publish } from "../../jetstream/publish/publish.ts";
import type { BucketContext } from "../bucket-context.ts";
import { OPERATION, removalOf } from "../entry.ts";
import { asBucketError } from "../kv-errors.ts";
import { checkKeptTtl } from "../kept-ttl.ts";

/** The header by which a holder knows its own writes. */
const CLAIM = "Natspeed-Lock";

/** Milliseconds that the marker of a released lock stays, so that all who wait see it. */
const MARKER_TTL = 60_000;

/** Who wants the lock, and for how long each of its writes keeps others out. */
export interface Claim {
  readonly id: string;
  readonly holder: string;
  readonly ttl: number;
}

/** The last write to the key. `holder` is undefined if it is a marker, which keeps nobody out. */
export interface LockRecord {
  readonly revision: number;
  readonly holder: string | undefined;
  readonly id: string | undefined;
}

/** All that was there when the watch began, up to this revision of the bucket, has come. */
interface SyncedAt {
  readonly syncedAt: number;
}

export type WatchedRecord = LockRecord | SyncedAt;

/** The key of a lock. Its value is the holder, and each write to it has a TTL. */
export class LockKey {
  readonly #context: BucketContext;
  readonly #encoded: string;
  /** As the application calls it. */
  readonly key: string;

  constructor(context: BucketContext, key: string, encoded: string) {
    this.#context = context;
    this.key = key;
    this.#encoded = encoded;
  }

  get bucket(): string {
    return this.#context.bucket;
  }

  /** Milliseconds that a call waits unless it says otherwise. */
  get timeout(): number {
    return this.#context.jetstream.timeout;
  }

  /** Whether there is a link to a server. */
  get isLinked(): boolean {
    return this.#context.jetstream.connection.server !== undefined;
  }

  /** Rejects with `INVALID_OPTION` if the server would keep a claim for longer. */
  async checkTtl(ttl: number, limits: WaitOptions): Promise<void> {
    await checkKeptTtl(this.#context, ttl, limits);
  }

  /** Writes the claim if `last` is the key's last revision; resolves with the new one. Rejects as a publish does. */
  async write({ id, holder, ttl }: Claim, last: number, limits: WaitOptions): Promise<number> {
    const { jetstream } = this.#context;
    const { seq } = await publish(jetstream, this.#subject, holder, {
      ...limits,
      headers: { [CLAIM]: id },
      // Without it former claims would stay. Then the server leaves no marker when the claim's time is up, and nobody hears of it.
      rollup: "subject",
      ttl,
      expect: { lastSubjectSequence: last },
      retries: 0,
    });
    return seq;
  }

  /** The last write, as the leader has it; undefined if there is none. */
  async read(limits: WaitOptions): Promise<LockRecord | undefined> {
    const { origin, prefix } = this.#context;
    const lastBySubject = prefix + this.#encoded;
    const last = await origin.get({ lastBySubject }, { ...limits, leader: true });
    return last === undefined ? undefined : recordOf(last);
  }

  /** Frees the lock if `last` is the key's last revision. */
  async clear(last: number, limits: WaitOptions): Promise<void> {
    const { jetstream } = this.#context;
    await publish(jetstream, this.#subject, undefined, {
      ...limits,
      headers: { [OPERATION]: "PURGE" },
      rollup: "subject",
      ttl: MARKER_TTL,
      expect: { lastSubjectSequence: last },
      retries: 0,
    });
  }

  /** Calls `told` with the last write, then when that is all, then with each change. */
  watch(told: (record: WatchedRecord) => void): Watch<WatchedRecord> {
    const { jetstream, stream, prefix, bucket } = this.#context;
    return openWatch<WatchedRecord>(jetstream, {
      stream: stream.name,
      config: { filterSubjects: [prefix + this.#encoded], deliverPolicy: "last-per-subject" },
      // Whoever stands for election waits for JetStream, too.
      isPatient: true,
      read: recordOf,
      synced: (revision) => ({ syncedAt: revision }),
      failed: (error) => asBucketError(bucket, error) as NatsError,
      callback: told,
    });
  }

  /** Tells a failure that belongs to no call. */
  report(error: NatsError): void {
    this.#context.jetstream.connection.foundation.report(error);
  }

  /** Calls `listener` each time the link is restored, and when the connection is closed. Returns what stops that. */
  onLinkNews(listener: () => void): () => void {
    const { foundation } = this.#context.jetstream.connection;
    const stops = [foundation.overhear("reconnected", listener), foundation.overhear("closed", listener)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  get #subject(): string {
    return this.#context.writePrefix + this.#encoded;
  }
}

function recordOf(message: StoredMessage): LockRecord {
  const { seq: revision, headers } = message;
  if (removalOf(headers) !== undefined) return { revision, holder: undefined, id: undefined };
  return { revision, holder: message.string(), id: headers?.get(CLAIM) };
}
