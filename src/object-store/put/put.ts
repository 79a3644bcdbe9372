import { isNatsError, NatsError } from "../../core/errors.ts";
import { closedError, closedFor } from "../../core/failures.ts";
import { TimeSlice } from "../../core/outbound/time-slice.ts";
import { UniqueIds } from "../../core/requests/unique-ids.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { Ballast } from "../ballast.ts";
import { purgeChunks } from "../chunks.ts";
import { newDigest } from "../digest/digest.ts";
import { digestText } from "../digest/digest-text.ts";
import { Interruption } from "../interruption.ts";
import { Metas, type Replaced } from "../meta/metas.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { wireOfMeta } from "../meta/object-meta.ts";
import type { LastMeta } from "../meta/read-meta.ts";
import type { WireMeta } from "../meta/wire-meta.ts";
import { tellProgress } from "../../jetstream/backup/transfer-options.ts";
import { checkObjectName, chunkSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { objectChanged, storeError } from "../store-errors.ts";
import { Chunker } from "./chunker.ts";
import { type PutOptions, type ResolvedPutOptions, resolvePutOptions } from "./put-options.ts";
import { type ObjectSource, type OpenSource, openSource } from "./source.ts";
import { Upload } from "./upload.ts";

/** What subjects of stores begin with. */
const OBJECTS = "$O.";

/** What the meta says of the bytes that were stored. */
type Stored = Pick<WireMeta, "size" | "chunks" | "digest">;

// OBJ-03
/** `ObjectStore.put`. */
export async function putObject(
  context: StoreContext,
  name: string,
  source: ObjectSource,
  given: PutOptions,
): Promise<ObjectInfo> {
  checkObjectName(name);
  const { connection } = context.js.context;
  const options = resolvePutOptions(given, connection.info?.maxPayload);
  const opened = openSource(source);
  const what = `the put of the object "${name}"`;
  const interruption = new Interruption(connection, options.signal, { what });
  const put = new Put(context, name, opened, options, interruption);
  // While the put waits for its source, nothing else tells it of the end.
  const stopListening = connection.foundation.overhear("closed", ({ error }) =>
    interruption.fail(closedFor(error)),
  );
  if (connection.state === "closed") interruption.fail(closedError());
  try {
    return await put.run();
  } catch (thrown) {
    // Nobody waits for the source to close: it may take its time, or never end.
    void opened.cancel(thrown);
    throw await put.undone(thrown);
  } finally {
    stopListening();
    interruption.release();
  }
}

/** One put: first the chunks, under an id of their own; then the meta, in place of the former one. */
class Put {
  readonly #context: StoreContext;
  readonly #name: string;
  readonly #nuid = new UniqueIds().next();
  readonly #source: OpenSource;
  readonly #options: ResolvedPutOptions;
  readonly #interruption: Interruption;
  readonly #metas: Metas;
  readonly #upload: Upload;
  /** Milliseconds for each call. */
  readonly #timeout: number;
  /** The meta may be stored: the answer did not come. */
  #mayBeTold = false;

  constructor(
    context: StoreContext,
    name: string,
    source: OpenSource,
    options: ResolvedPutOptions,
    interruption: Interruption,
  ) {
    this.#context = context;
    this.#name = name;
    this.#source = source;
    this.#options = options;
    this.#interruption = interruption;
    this.#metas = new Metas(context);
    this.#timeout = options.timeout ?? context.js.context.timeout;
    const { onProgress } = options;
    const total = source.size === undefined ? {} : { total: source.size };
    let bytes = 0;
    this.#upload = new Upload(context.js.context, interruption, {
      subject: chunkSubject(context.store, this.#nuid),
      window: options.window,
      timeout: this.#timeout,
      onStored: (length) =>
        tellProgress(onProgress, { bytes: (bytes += length), ...total }, (thrown) =>
          interruption.fail(thrown),
        ),
    });
  }

  async run(): Promise<ObjectInfo> {
    this.#interruption.check();
    if (this.#options.revision !== undefined) await this.#checkRevision();
    const stored = await this.#store();
    const { written, before } = await this.#tell(stored);
    if (before !== undefined) await this.#forget(before);
    return written.info;
  }

  /** Checks before the upload, which would be in vain. */
  async #checkRevision(): Promise<void> {
    this.#expect(await this.#interruption.race(this.#metas.lastReadable(this.#name, this.#limits)));
  }

  #expect(last: LastMeta | undefined): void {
    const { revision } = this.#options;
    if (revision === undefined) return;
    const is = last === undefined || (revision === 0 && last.info.deleted) ? 0 : last.revision;
    if (is === revision) return;
    const found = is === 0 ? "there is none" : `it is at ${is}`;
    throw objectChanged(
      this.#context.store,
      this.#name,
      `was expected at the revision ${revision}: ${found}`,
    );
  }

  get #limits(): WaitOptions {
    return { timeout: this.#timeout };
  }

  /** Stores the bytes. */
  async #store(): Promise<Stored> {
    const digest = await newDigest();
    const chunker = new Chunker(this.#options.chunkSize);
    const ballast = new Ballast();
    const slice = new TimeSlice();
    let size = 0;
    const write = async (chunk: Uint8Array): Promise<void> => {
      await this.#upload.write(chunk);
      // The chunk travels while the digest is made.
      digest.update(chunk);
      size += chunk.length;
    };
    for (;;) {
      const piece = await this.#interruption.race(this.#source.pull());
      if (piece === undefined) break;
      ballast.add(piece);
      for (const chunk of chunker.add(piece)) await write(chunk);
      // A source that always has a piece ready, even an empty one, would let no timer and no signal have its turn.
      await slice.turn();
    }
    const rest = chunker.rest();
    if (rest !== undefined) await write(rest);
    await this.#upload.finish();
    return { size, chunks: this.#upload.chunks, digest: digestText(digest.digest()) };
  }

  // OBJ-06
  /** Writes the meta. A signal comes too late from here on: the object is what it was, or what it is to be. */
  async #tell(stored: Stored): Promise<Replaced> {
    const wire: WireMeta = {
      name: this.#name,
      ...wireOfMeta(this.#options.meta),
      options: { max_chunk_size: this.#options.chunkSize },
      bucket: this.#context.store,
      nuid: this.#nuid,
      mtime: new Date().toISOString(),
      ...stored,
    };
    try {
      const change = (last: LastMeta | undefined): WireMeta => {
        this.#expect(last);
        return wire;
      };
      return await this.#metas.replace(this.#name, change, this.#limits);
    } catch (thrown) {
      // A read without an answer leaves nothing in doubt, a write does.
      const isWrite = isNatsError(thrown) && thrown.subject?.startsWith(OBJECTS) === true;
      this.#mayBeTold = isWrite && thrown.sent === true;
      throw thrown;
    }
  }

  /** Removes the chunks of the former object. If they stay, the put has not failed: an event tells. */
  async #forget({ info, revision }: LastMeta): Promise<void> {
    const { nuid, chunks: stored } = info;
    if (nuid === "" || nuid === this.#nuid || stored === 0) return;
    const error = await purgeChunks(this.#context, { nuid, stored, below: revision }, this.#timeout);
    if (error === undefined) return;
    error.message = `chunks of the former object "${this.#name}" may be left in the store "${this.#context.store}": ${error.message}`;
    this.#context.js.context.connection.foundation.report(error);
  }

  /** Leaves nothing behind; returns why it failed, and says what may be left. */
  async undone(failure: unknown): Promise<unknown> {
    this.#interruption.fail(failure);
    const thrown = storeError(failure, this.#context.store, this.#name);
    await this.#upload.settled();
    if (this.#upload.chunks === 0) return thrown;
    if (this.#mayBeTold)
      return withRest(thrown, "the object may be stored or not: look for it, or put it again");
    const { stored, lastSeq, mayGrow } = this.#upload;
    const chunks = { nuid: this.#nuid, stored, below: lastSeq + 1, mayGrow };
    const left = await purgeChunks(this.#context, chunks, this.#timeout);
    if (left === undefined) return thrown;
    const subject = chunkSubject(this.#context.store, this.#nuid);
    const text = `chunks of it may be left on "${subject}", for they could not be removed: ${left.message}`;
    if (thrown instanceof NatsError) return withRest(thrown, text);
    // The application's own error stays as it is: an event tells what is left.
    left.message = text;
    this.#context.js.context.connection.foundation.report(left);
    return thrown;
  }
}

function withRest(thrown: unknown, text: string): unknown {
  if (thrown instanceof NatsError) thrown.message += `; ${text}`;
  return thrown;
}
