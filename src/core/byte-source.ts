import { invalidOption, shown } from "./checks.ts";
import { isBytes } from "./is-bytes.ts";
import { isDetached } from "./outbound/payload.ts";

/** Where bytes come from: a stream of the web, or of Node, or anything that a loop can read. */
export type ByteSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A byte source that is being read, piece by piece. */
export interface OpenByteSource {
  /** Resolves with undefined at the end. Rejects with what the source throws, and with `INVALID_OPTION` for what is no bytes. */
  pull(): Promise<Uint8Array | undefined>;
  /** Nothing more is read: the source may close what it has open. Never rejects. */
  cancel(reason: unknown): Promise<void>;
}

/**
 * Begins to read a byte source; undefined for what is none. Throws `INVALID_OPTION` for a stream that somebody else reads, and
 * for a source without a working iterator. `name` is that of the argument, for errors.
 */
export function openByteSource(name: string, source: unknown): OpenByteSource | undefined {
  const { getReader, [Symbol.asyncIterator]: iterate } = (source ?? {}) as Partial<
    ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>
  >;
  if (typeof getReader === "function") return ofStream(name, source as ReadableStream<Uint8Array>);
  return typeof iterate === "function" ? ofIterable(name, source as AsyncIterable<Uint8Array>) : undefined;
}

function ofStream(name: string, stream: ReadableStream<Uint8Array>): OpenByteSource {
  if (stream.locked) throw invalidOption(name, "somebody else reads the stream");
  const reader = stream.getReader();
  return {
    pull: async () => pieceOf(name, await reader.read()),
    cancel: (reason) => quietly(() => reader.cancel(reason)),
  };
}

function ofIterable(name: string, source: AsyncIterable<Uint8Array>): OpenByteSource {
  const iterator = source[Symbol.asyncIterator]();
  if (typeof (iterator as Partial<typeof iterator> | null | undefined)?.next !== "function")
    throw invalidOption(name, `its iterator must have a next(), unlike ${shown(iterator)}`);
  // A stream of Node that fails before somebody reads it, as a file does that is not there, would end the process.
  let first: Promise<unknown> | undefined = nextOf(iterator);
  first.catch(() => undefined);
  return {
    async pull() {
      const next = first ?? nextOf(iterator);
      first = undefined;
      return pieceOf(name, await next);
    },
    cancel: () => quietly(() => iterator.return?.()),
  };
}

/** Rejects with what it throws. */
async function nextOf(iterator: AsyncIterator<Uint8Array>): Promise<unknown> {
  return await iterator.next();
}

/** The bytes in what a `read()` or a `next()` gave; undefined at the end. */
function pieceOf(name: string, result: unknown): Uint8Array | undefined {
  if (typeof result !== "object" || result === null)
    throw invalidOption(name, `what reads it must get { done, value } each time, not ${shown(result)}`);
  const { done, value } = result as { readonly done?: unknown; readonly value?: unknown };
  // As a loop reads it.
  if (done) return undefined;
  if (isBytes(value)) {
    if (!isDetached(value.buffer)) return value;
    throw invalidOption(name, "it gave bytes whose memory is gone, for their buffer was transferred");
  }
  // The text itself is not for a log.
  const given =
    typeof value === "string" ? "text: encode it, or leave out the stream's encoding" : shown(value);
  throw invalidOption(name, `it must give Uint8Arrays, not ${given}`);
}

/** What closing the source fails with says nothing more: there is an error that came before. */
async function quietly(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch {
    // See above.
  }
}
