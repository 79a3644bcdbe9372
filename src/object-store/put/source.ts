import { invalidOption, shown } from "../../core/checks.ts";
import type { ByteSource } from "../../jetstream/backup/byte-source.ts";

/** What an object is made of: text, bytes, or a stream of bytes of the web, of Node, or of anything that a loop can read. */
export type ObjectSource = string | Uint8Array | Blob | ByteSource;

/** A source that is being read. */
export interface OpenSource {
  /** Bytes of all of it, where it is known. */
  readonly size: number | undefined;
  /** Resolves with undefined at the end. Rejects with what the source throws. */
  pull(): Promise<Uint8Array | undefined>;
  /** Nothing more is read: it may close what it has open. Never rejects. */
  cancel(reason: unknown): Promise<void>;
}

// OBJ-03
/** Throws `INVALID_OPTION` for what is no source. */
export function openSource(source: ObjectSource): OpenSource {
  if (typeof source === "string") return ofBytes(new TextEncoder().encode(source));
  if (isBytes(source)) return ofBytes(source);
  if (typeof Blob === "function" && source instanceof Blob) return ofStream(source.stream(), source.size);
  const { getReader, [Symbol.asyncIterator]: iterate } = (source ?? {}) as Partial<
    ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>
  >;
  if (typeof getReader === "function") return ofStream(source as ReadableStream<Uint8Array>, undefined);
  if (typeof iterate === "function") return ofIterable(source as AsyncIterable<Uint8Array>);
  throw invalidOption(
    "source",
    `it must be text, a Uint8Array, a Blob, a ReadableStream or an AsyncIterable, not ${shown(source)}`,
  );
}

/** Of any realm, `Buffer` included. */
function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === "[object Uint8Array]";
}

function ofBytes(bytes: Uint8Array): OpenSource {
  let rest: Uint8Array | undefined = bytes;
  return {
    size: bytes.length,
    pull() {
      const all = rest;
      rest = undefined;
      return Promise.resolve(all);
    },
    cancel: () => Promise.resolve(),
  };
}

function ofStream(stream: ReadableStream<Uint8Array>, size: number | undefined): OpenSource {
  if (stream.locked) throw invalidOption("source", "somebody else reads the stream");
  const reader = stream.getReader();
  return {
    size,
    async pull() {
      const { done, value } = await reader.read();
      return done ? undefined : checked(value);
    },
    cancel: (reason) => quietly(() => reader.cancel(reason)),
  };
}

function ofIterable(source: AsyncIterable<Uint8Array>): OpenSource {
  const iterator = source[Symbol.asyncIterator]();
  return {
    size: undefined,
    async pull() {
      const { done, value } = await iterator.next();
      return done === true ? undefined : checked(value);
    },
    cancel: () => quietly(() => iterator.return?.()),
  };
}

function checked(value: unknown): Uint8Array {
  if (isBytes(value)) return value;
  throw invalidOption("source", `it must give Uint8Arrays, not ${shown(value)}`);
}

async function quietly(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch {
    // There is an error that came before.
  }
}
