import type { NatsError } from "../../core/errors.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { StreamInfo } from "../../jetstream/config/stream-info.ts";
import { LastingTrouble, stillFailing } from "../../jetstream/lasting-trouble.ts";
import { Retries } from "../../jetstream/retries.ts";
import type { BucketContext } from "../bucket-context.ts";
import { ownEnd } from "./own-end.ts";
import { hasShrunk, type StreamCounts } from "./stream-counts.ts";
import type { Removal, ViewReplica } from "./view-replica.ts";

/** Milliseconds between two looks at the stream. */
const EVERY = 10_000;

/** The shortest pause. */
const SOON = 500;

/** A view of more keys is not compared just because the stream has shrunk. */
const SMALL = 10_000;

/** So many keys are asked about at a time. */
const PACE = 100;

/** The server lists up to so many keys in one answer. A list in several answers is not of one moment. */
const PAGE = 100_000;

/** A key that may have gone, and the revision that it had. */
interface Old {
  readonly key: string;
  readonly revision: number;
}

/** new: the view is not complete yet. waiting: for the next look. looking: it asks the stream. */
type AuditState = "new" | "waiting" | "looking" | "stopped";

/** What an audit needs of its view. */
export interface AuditHost {
  /** Resolves when the watch has told all up to a revision. */
  reached(revision: number, limits: WaitOptions): Promise<void>;
  /** Something may have been dropped. */
  onDropped(): void;
}

/**
 * Finds removals that a watch can't tell: by a bucket's `ttl` without markers, by a purge of the stream, or by a marker that was
 * gone again before the link was back. Now and then one request asks for the state of the stream. Values below the stream's first
 * sequence have gone. All keys are compared after an interruption, when the stream has fewer keys than the view, and when it has
 * shrunk.
 */
export class Audit {
  readonly #context: BucketContext;
  readonly #filters: readonly string[];
  readonly #replica: ViewReplica;
  readonly #host: AuditHost;
  readonly #failures = new Retries<NatsError>();
  readonly #trouble = new LastingTrouble();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #counts: StreamCounts | undefined;
  #state: AuditState = "new";
  #isSuspect = false;

  /** The filters are as the server has them. */
  constructor(context: BucketContext, filters: readonly string[], replica: ViewReplica, host: AuditHost) {
    this.#context = context;
    this.#filters = filters;
    this.#replica = replica;
    this.#host = host;
  }

  start(): void {
    this.#schedule(0);
  }

  /** A removal may have gone unheard: all keys are compared. */
  suspect(): void {
    this.#isSuspect = true;
    if (this.#state === "waiting") this.#schedule(0);
  }

  stop(): void {
    this.#state = "stopped";
    clearTimeout(this.#timer);
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#state === "stopped") return;
    this.#state = "waiting";
    this.#timer = setTimeout(() => void this.#run(), delay);
  }

  /** Never rejects: what failed is tried again. */
  async #run(): Promise<void> {
    this.#state = "looking";
    let delay = SOON * 2;
    try {
      delay = await this.#look();
      this.#failures.ended(performance.now());
    } catch (thrown) {
      // The server is away, or forbids it. The watch tells what ends the view.
      if (!this.#isSuspect) delay = EVERY;
      this.#onFailed(thrown as NatsError);
    }
    this.#schedule(delay);
  }

  #onFailed(error: NatsError): void {
    const { jetstream, bucket } = this.#context;
    const { connection } = jetstream;
    // The connection tells of lost links.
    if (this.#state === "stopped" || connection.server === undefined) return;
    const row = this.#failures.failed(error, performance.now());
    if (!this.#trouble.isNews(row)) return;
    const what = `the look of a view of bucket "${bucket}" for values that went without a marker`;
    connection.foundation.report(stillFailing(what, error, row, { stream: this.#context.stream.name }));
  }

  /** Resolves with the milliseconds until the next look. */
  async #look(): Promise<number> {
    const replica = this.#replica;
    const { position: known, size } = replica;
    const info = await this.#context.stream.info();
    const expires = expiry(info);
    await this.#trim(info, expires === undefined ? "purge" : "max-age");
    if (this.#isWrong(info, size) || this.#isSuspect) {
      this.#isSuspect = false;
      try {
        await this.#dropMissing(known + 1, "purge");
      } catch (thrown) {
        this.#isSuspect = true;
        throw thrown;
      }
    }
    if ((info.config.maxMsgsPerSubject ?? 1) > 1) await this.#dropEnded(info.ts.getTime());
    this.#host.onDropped();
    return this.#pause(expires);
  }

  /**
   * Drops values older than the stream's first message: their time was up, or newer values took their place. Just after a change of
   * leaders the watch may not have told of the newer values yet. So a key counts as gone only if the stream has nothing of it.
   */
  async #trim({ state: { firstSeq, lastSeq } }: StreamInfo, reason: "purge" | "max-age"): Promise<void> {
    const { oldest } = this.#replica;
    if (oldest === undefined || oldest.revision >= firstSeq) return;
    await this.#host.reached(lastSeq, { timeout: EVERY });
    await this.#dropMissing(firstSeq, reason);
  }

  /** Whether the stream has less than it should: the view had `size` keys when the stream was asked. */
  #isWrong({ state, config }: StreamInfo, size: number): boolean {
    const before = this.#counts;
    this.#counts = { messages: state.messages, lastSeq: state.lastSeq };
    if (this.#filters.includes(">") && state.numSubjects < size) return true;
    return before !== undefined && size <= SMALL && hasShrunk(before, state, config.maxMsgsPerSubject ?? 1);
  }

  /** The pause until the oldest key is due, where keys go without a marker. A key that is written now is not due before `expires`. */
  #pause(expires: number | undefined): number {
    if (this.#isSuspect) return 0;
    if (expires === undefined) return EVERY;
    const { oldest } = this.#replica;
    const left = oldest === undefined ? expires : oldest.created + expires - Date.now();
    return Math.min(EVERY, Math.max(SOON, left));
  }

  /** Drops the values from before the revision `until` whose keys the stream does not have. */
  async #dropMissing(until: number, reason: "purge" | "max-age"): Promise<void> {
    const old: Old[] = [];
    for (const [key, { revision }] of this.#replica.entries())
      if (revision < until) old.push({ key, revision });
    if (old.length === 0) return;
    const there = await this.#there();
    const missing = old.filter(({ key }) => !there.has(key));
    if (there.size < PAGE) {
      for (const held of missing) this.#lose(held, reason);
      return;
    }
    // A list in several answers may leave keys out: the leader has the last word.
    await this.#askAll(missing, reason);
  }

  async #askAll(some: readonly Old[], reason: "purge" | "max-age"): Promise<void> {
    for (let i = 0; i < some.length && this.#state !== "stopped"; i += PACE) {
      await Promise.all(some.slice(i, i + PACE).map((held) => this.#ask(held, reason)));
    }
  }

  /** Drops values whose own `ttl` is over. The server does not tell if such a value took the place of a delete marker. */
  async #dropEnded(now: number): Promise<void> {
    const ended: Old[] = [];
    for (const [key, held] of this.#replica.entries()) {
      const end = ownEnd(held);
      if (end !== undefined && end <= now) ended.push({ key, revision: held.revision });
    }
    await this.#askAll(ended, "max-age");
  }

  /** The keys of which the stream has a message. */
  async #there(): Promise<Set<string>> {
    const there = new Set<string>();
    const { stream, prefix } = this.#context;
    for (const filter of this.#filters) {
      for await (const [subject] of stream.subjects(prefix + filter)) there.add(subject.slice(prefix.length));
    }
    return there;
  }

  /** Drops a value if the leader has nothing of its key, or only something older. */
  async #ask(held: Old, reason: "purge" | "max-age"): Promise<void> {
    const { stream, prefix } = this.#context;
    const last = await stream.get({ lastBySubject: prefix + held.key }, { leader: true });
    if (last === undefined || last.seq < held.revision) this.#lose(held, reason);
  }

  /** A newer value that has come meanwhile stays. */
  #lose({ key, revision }: Old, reason: "purge" | "max-age"): void {
    this.#replica.lose(this.#removal(key, revision, reason));
  }

  #removal(key: string, revision: number, reason: "purge" | "max-age"): Removal {
    return { key, revision, type: "purge", reason, created: Date.now(), headers: undefined };
  }
}

/** Milliseconds after which values go without a marker; undefined if they don't. */
function expiry({ config }: StreamInfo): number | undefined {
  const { maxAge, subjectDeleteMarkerTtl } = config;
  if (maxAge === undefined || maxAge === 0 || maxAge === Infinity) return undefined;
  return subjectDeleteMarkerTtl === undefined || subjectDeleteMarkerTtl === 0 ? maxAge : undefined;
}
