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
import { ReadBudget } from "./read-budget.ts";
import { StallWatch } from "./stall-watch.ts";
import { type Start, startAt } from "./start.ts";
import { Verifier } from "./verifier.ts";

/** An object in one chunk of up to so many bytes is read without a consumer. */
const SMALL = 512 * 1024;

/** No server takes a message of more bytes. */
const LARGEST = 64 * 1024 * 1024;

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
  /** Set if all is read. */
  #verifier: Verifier | undefined;
  #chunks = 0;
  /** Chunks that seemed to be missing behind the last one, though all were there when it was looked. */
  #lacking = 0;
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
      // Whoever reads may not come again: what comes for him would keep the room of others.
      onFailed: () => void this.#feed?.stop(),
    });
    this.#lookAfter = new LookAfter(context, info, this.#limits);
    this.#watch = new StallWatch({
      what: `a chunk of the object "${info.name}"`,
      timeout,
      isOthersTurn: () => this.#feed?.isOthersTurn() === true,
      look: () => this.#lookAfter.join(),
      fail: (error) => this.#interruption.fail(error),
    });
  }

  /** The next bytes; undefined at the end. What it fails with once it fails with again. */
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
    this.#verifier?.finish();
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
    if (this.#size === size) this.#verifier = await Verifier.ofAll(this.#info);
    if (this.#size === 0) return;
    if (nuid === "" || chunks === 0)
      throw this.#corrupt("what is told of it does not say where its chunks are");
    const start = startAt(this.#context, this.#info, this.#part.start, this.#limits);
    this.#start = await this.#interruption.race(start);
    this.#skip = this.#start.skip;
  }

  /** Undefined if it was stopped meanwhile. */
  async #nextChunk(): Promise<Uint8Array | undefined> {
    const message = await this.#nextMessage();
    if (this.#state === "over") return undefined;
    if (message === undefined) throw await this.#whyEnded();
    const { seq, data } = message;
    if (this.#verifier === undefined) await this.#checkPart(message);
    const { seq: startSeq, chunks } = this.#start;
    if (startSeq !== undefined && seq !== startSeq + this.#chunks)
      throw this.#corrupt("a chunk of it is missing");
    this.#chunks += 1;
    const isUneven = this.#chunks < chunks && data.length !== this.#info.chunkSize;
    if (startSeq !== undefined && isUneven) throw this.#corrupt("a chunk of it has another size");
    this.#verifier?.add(data);
    this.#ballast.add(data);
    // Nothing follows, as far as whoever sends them knows.
    if (message.pending === 0 && this.#chunks < chunks) this.#watch.look();
    return data;
  }

  /** The chunks end too early: the connection drains or was closed, or they are not there. */
  async #whyEnded(): Promise<Error> {
    if (this.#context.js.context.connection.state === "draining") return drainingError();
    await this.#interruption.race(this.#lookAfter.anew());
    return this.#corrupt(`its chunks have less than ${this.#info.size} bytes`);
  }

  /** Of a part no digest says whether a chunk is missing before it, so that it would be other bytes: how many follow does. */
  async #checkPart({ pending, size }: StoredMessage): Promise<void> {
    if (this.#feed === undefined) {
      if (size !== this.#info.size)
        throw this.#corrupt(`it has ${size} bytes, and should have ${this.#info.size}`);
      return;
    }
    // Where their sequences are known these tell.
    if (pending === undefined || (this.#start.seq !== undefined && this.#chunks > 0)) return;
    const lacking = this.#start.chunks - this.#chunks - (pending + 1);
    if (lacking < 0 && this.#chunks === 0) throw this.#corrupt("it has more chunks than it says");
    // The replica that sends them may lag.
    if (lacking > 0 && lacking !== this.#lacking) await this.#interruption.race(this.#lookAfter.anew());
    this.#lacking = lacking;
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

  /** An object in one chunk; undefined if it has more, or the replica that was asked has not got it yet. */
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
    const { store, nuid, chunkSize = 0, chunks, size } = this.#info;
    return new ChunkFeed(this.#context, {
      subject: chunkSubject(store, nuid),
      startSeq: this.#start.seq,
      chunks: this.#wanted(),
      // Other clients need not say it, or say it right.
      largest: Math.min(Math.max(chunkSize, Math.ceil(size / chunks)), size, LARGEST),
    });
  }

  /** How many chunks the part is in, from the first that is read on. */
  #wanted(): number {
    const { seq, skip, chunks } = this.#start;
    return seq === undefined ? chunks : Math.ceil((skip + this.#size) / this.#info.chunkSize!);
  }

  /** What a chunk has of the part. */
  #cut(chunk: Uint8Array): Uint8Array {
    const start = Math.min(this.#skip, chunk.length);
    this.#skip -= start;
    return chunk.subarray(start, start + this.#size - this.#read);
  }

  #corrupt(reason: string): Error {
    return objectCorrupt(this.#info.store, this.#info.name, reason);
  }
}
