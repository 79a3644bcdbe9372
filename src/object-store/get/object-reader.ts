import { drainingError } from "../../core/failures.ts";
import { tellProgress, type TransferOptions } from "../../jetstream/backup/transfer-options.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import { Ballast } from "../ballast.ts";
import { Interruption } from "../interruption.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { chunkSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { inWordsOf, objectCorrupt } from "../store-errors.ts";
import { ChunkFeed } from "./chunk-feed.ts";
import type { ByteRange } from "./get-options.ts";
import { LookAfter } from "./look-after.ts";
import { PartCheck } from "./part-check.ts";
import { ReadBudget } from "./read-budget.ts";
import { StallWatch } from "./stall-watch.ts";
import { type Start, startAt } from "./start.ts";
import { Verifier } from "./verifier.ts";

/** An object in one chunk of up to so many bytes is read without a consumer. */
const SMALL = 512 * 1024;

/** unread: nobody has asked for bytes. reading: chunks come. over: all is read, it failed, or it was stopped. */
type State = "unread" | "reading" | "over";

/** Reads a part of an object chunk by chunk, and checks what comes. */
export class ObjectReader {
  readonly #context: StoreContext;
  readonly #info: ObjectInfo;
  readonly #part: Required<ByteRange>;
  readonly #onProgress: TransferOptions["onProgress"];
  readonly #limits: WaitOptions;
  readonly #interruption: Interruption;
  readonly #lookAfter: LookAfter;
  readonly #watch: StallWatch;
  readonly #ballast = new Ballast();
  #state: State = "unread";
  #failure: { readonly thrown: unknown } | undefined;
  /** The call before: one is served after another. */
  #last: Promise<unknown> = Promise.resolve();
  #start!: Start;
  #feed: ChunkFeed | undefined;
  /** A Verifier if the whole object is read. */
  #check: Verifier | PartCheck | undefined;
  /** Chunks that have come. */
  #chunks = 0;
  /** Bytes to pass over before the part begins. */
  #skip = 0;
  /** Bytes of the part that were handed out. */
  #read = 0;

  constructor(
    context: StoreContext,
    info: ObjectInfo,
    part: Required<ByteRange>,
    { onProgress, signal, timeout = context.js.context.timeout }: TransferOptions,
  ) {
    this.#context = context;
    this.#info = info;
    this.#part = part;
    this.#onProgress = onProgress;
    this.#limits = { timeout };
    const { connection } = context.js.context;
    this.#interruption = new Interruption(connection, signal, {
      what: `the get of the object "${info.name}"`,
      // The reader may not come again, and chunks that come for it would take the room of others.
      onFailed: () => void this.#feed?.stop(),
    });
    this.#lookAfter = new LookAfter(context, info, this.#limits);
    this.#watch = new StallWatch({
      what: `a chunk of the object "${info.name}"`,
      timeout,
      isOthersTurn: () => this.#feed?.isOthersTurn() === true,
      look: () => this.#lookAfter.join(),
      trouble: () => this.#feed?.trouble,
      fail: (error) => this.#interruption.fail(error),
    });
  }

  /** The next bytes; undefined at the end. After a failure each call rejects with it. */
  async next(): Promise<Uint8Array | undefined> {
    const { store, name } = this.#info;
    const next = this.#last.then(() => inWordsOf(store, name, () => this.#next()));
    this.#last = next.catch(() => undefined);
    return await next;
  }

  /** Nothing more is read. */
  async stop(): Promise<void> {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#watch.stop();
    this.#interruption.release();
    await this.#feed?.stop();
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) throw this.#failure.thrown;
    if (this.#state === "over") return undefined;
    try {
      return await this.#nextBytes();
    } catch (thrown) {
      this.#failure = { thrown };
      await this.stop();
      throw thrown;
    }
  }

  async #nextBytes(): Promise<Uint8Array | undefined> {
    this.#interruption.check();
    if (this.#state === "unread") await this.#begin();
    while (this.#read < this.#size) {
      const chunk = await this.#nextChunk();
      if (chunk === undefined) return undefined;
      const bytes = this.#cut(chunk);
      if (bytes.length === 0) continue;
      this.#read += bytes.length;
      const progress = { bytes: this.#read, total: this.#size };
      tellProgress(this.#onProgress, progress, (thrown) => this.#interruption.fail(thrown));
      return bytes;
    }
    if (this.#check instanceof Verifier) this.#check.finish();
    await this.stop();
    return undefined;
  }

  /** Bytes of the part. */
  get #size(): number {
    return this.#part.end - this.#part.start;
  }

  async #begin(): Promise<void> {
    this.#state = "reading";
    const { size, chunks, nuid } = this.#info;
    if (this.#size === size) this.#check = await Verifier.ofAll(this.#info);
    if (this.#size === 0) return;
    if (nuid === "" || chunks === 0)
      throw this.#corrupt("what is told of it does not say where its chunks are");
    const start = startAt(this.#context, this.#info, this.#part.start, this.#limits);
    this.#start = await this.#interruption.race(start);
    this.#skip = this.#start.skip;
    this.#check ??= new PartCheck(this.#info, this.#start, () =>
      this.#interruption.race(this.#lookAfter.anew()),
    );
  }

  /** Undefined if it was stopped meanwhile. */
  async #nextChunk(): Promise<Uint8Array | undefined> {
    const message = await this.#nextMessage();
    if (this.#state === "over") return undefined;
    if (message === undefined) throw await this.#whyEnded();
    await this.#check?.add(message);
    this.#chunks += 1;
    this.#ballast.add(message.data);
    // The replica that sends the chunks knows of no further one.
    if (message.pending === 0 && this.#chunks < this.#start.chunks) this.#watch.look();
    return message.data;
  }

  /** Why the chunks ended too early: the connection drains, or chunks are missing. */
  async #whyEnded(): Promise<Error> {
    if (this.#context.js.context.connection.state === "draining") return drainingError();
    await this.#interruption.race(this.#lookAfter.anew());
    return this.#corrupt(`its chunks have less than ${this.#info.size} bytes`);
  }

  async #nextMessage(): Promise<StoredMessage | undefined> {
    if (this.#feed === undefined) {
      const single = await this.#interruption.race(this.#readSingle());
      if (single !== undefined || this.#state === "over") return single;
      this.#feed = this.#openFeed();
    }
    const next = this.#feed.next();
    this.#watch.start();
    try {
      return await this.#interruption.race(next);
    } finally {
      this.#watch.stop();
    }
  }

  /** The chunk of an object that has only one; undefined if it has more, or the replica that was asked does not have it yet. */
  async #readSingle(): Promise<StoredMessage | undefined> {
    const { store, nuid, chunks, size } = this.#info;
    if (chunks > 1 || size > SMALL || this.#chunks > 0) return undefined;
    const { js, stream } = this.#context;
    const read = async (): Promise<StoredMessage | undefined> =>
      this.#state === "over"
        ? undefined
        : await stream.get({ lastBySubject: chunkSubject(store, nuid) }, this.#limits);
    return await js.context.connection.foundation.one(ReadBudget).call(size, read);
  }

  #openFeed(): ChunkFeed {
    const { seq: startSeq } = this.#start;
    return new ChunkFeed(this.#context, this.#info, { startSeq, chunks: this.#wanted() });
  }

  /** How many chunks are read, from the first to the last that has bytes of the part. */
  #wanted(): number {
    const { seq, skip, chunks } = this.#start;
    return seq === undefined ? chunks : Math.ceil((skip + this.#size) / this.#info.chunkSize!);
  }

  /** The bytes of a chunk that belong to the part. */
  #cut(chunk: Uint8Array): Uint8Array {
    const start = Math.min(this.#skip, chunk.length);
    this.#skip -= start;
    return chunk.subarray(start, start + this.#size - this.#read);
  }

  #corrupt(reason: string): Error {
    return objectCorrupt(this.#info.store, this.#info.name, reason);
  }
}
