import { invalidOption } from "../../core/checks.ts";
import { AsyncSequence, DONE } from "../../core/delivery/async-sequence.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import type { ObjectReader } from "./object-reader.ts";

/**
 * An object to be read, once; its chunks are asked for as they are read. Reading fails with `OBJECT_CORRUPT`, or with
 * `OBJECT_CHANGED` if the object was replaced or deleted meanwhile, and never ends early as if it were whole. It fails with
 * `TIMEOUT` if a chunk takes too long, and with `ABORTED`. Disposing stops it.
 */
export class StoredObject implements AsyncIterable<Uint8Array>, AsyncDisposable {
  /** Of the object itself, also where it was found by a link. */
  readonly info: ObjectInfo;
  /** Bytes to be read: those of the range. */
  readonly size: number;
  readonly #open: () => ObjectReader;
  #reader: ObjectReader | undefined;
  /** The reader of the stream, once somebody reads that. */
  #streamed: ObjectReader | undefined;
  #readable: ReadableStream<Uint8Array> | undefined;
  #isDisposed = false;

  /** @internal */
  constructor(info: ObjectInfo, size: number, open: () => ObjectReader) {
    this.info = info;
    this.size = size;
    this.#open = open;
  }

  /** The bytes as a stream, which is read only as fast as its reader; the same one each time. Cancelling it stops it. */
  get readable(): ReadableStream<Uint8Array> {
    // To look at it begins nothing: Node's pipeline() does, and then reads by a loop.
    this.#readable ??= new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          this.#streamed ??= this.#read();
          const chunk = await this.#streamed.next();
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        },
        cancel: () => this[Symbol.asyncDispose](),
      },
      { highWaterMark: 0 },
    );
    return this.#readable;
  }

  // OBJ-08
  /** All bytes at once. */
  async bytes(): Promise<Uint8Array> {
    const bytes = this.#room();
    const reader = this.#read();
    let at = 0;
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** All of it as text; bytes that are not UTF-8 become the replacement character. */
  async text(): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.bytes());
  }

  /** All of it as a Blob. */
  async blob(): Promise<Blob> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this) chunks.push(chunk);
    return new Blob(chunks as Uint8Array<ArrayBuffer>[]);
  }

  /** The bytes chunk by chunk. Leaving the loop stops it. */
  [Symbol.asyncIterator](): AsyncSequence<Uint8Array> {
    return new Chunks(this.#read());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#reader?.stop();
  }

  #room(): Uint8Array {
    try {
      return new Uint8Array(this.size);
    } catch (cause) {
      const text = `"${this.info.name}" has ${this.size} bytes, too many for one array: read it chunk by chunk`;
      throw Object.assign(invalidOption("object", text), { cause });
    }
  }

  #read(): ObjectReader {
    if (this.#isDisposed || this.#reader !== undefined)
      throw invalidOption("object", `"${this.info.name}" has been read, or disposed of: get it anew`);
    this.#reader = this.#open();
    return this.#reader;
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    return inspected("StoredObject", { info: this.info, size: this.size }, depth, options, inspect);
  }
}

/** The chunks of an object as a loop reads them. */
class Chunks extends AsyncSequence<Uint8Array> {
  readonly #reader: ObjectReader;

  constructor(reader: ObjectReader) {
    super();
    this.#reader = reader;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = await this.#reader.next();
    return value === undefined ? DONE : { value, done: false };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.#reader.stop();
    return DONE;
  }
}
