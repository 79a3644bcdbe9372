import { type ByteSource, openByteSource, type OpenByteSource } from "../../core/byte-source.ts";
import { invalidOption } from "../../core/checks.ts";
import { isBytes } from "../../core/is-bytes.ts";
import { isDetached, kindOfPayload } from "../../core/outbound/payload.ts";

/** What an object is made of: text, bytes, or a stream of bytes of the web, of Node, or of anything that a loop can read. */
export type ObjectSource = string | Uint8Array | Blob | ByteSource;

/** A source that is being read. */
export interface OpenSource extends OpenByteSource {
  /** Bytes of all of it, where it is known. */
  readonly size: number | undefined;
}

// OBJ-03
/** Throws `INVALID_OPTION` for what is no source, and for bytes whose buffer was transferred. */
export function openSource(source: ObjectSource): OpenSource {
  if (typeof source === "string") return ofBytes(new TextEncoder().encode(source));
  if (isBytes(source)) return ofBytes(notDetached(source));
  const isBlob = typeof Blob === "function" && source instanceof Blob;
  const opened = openByteSource("source", isBlob ? source.stream() : source);
  if (opened !== undefined) return { ...opened, size: isBlob ? source.size : undefined };
  throw invalidOption(
    "source",
    `it must be text, a Uint8Array, a Blob, a ReadableStream or an AsyncIterable, not ${kindOf(source)}`,
  );
}

function kindOf(source: unknown): string {
  if (source === undefined || source === null) return String(source);
  const isResponse = typeof Response === "function" && source instanceof Response;
  return isResponse ? "a Response: put its body" : kindOfPayload(source);
}

function notDetached(bytes: Uint8Array): Uint8Array {
  if (!isDetached(bytes.buffer)) return bytes;
  throw invalidOption(
    "source",
    "its memory is gone, for its buffer was transferred: put it before, or a copy",
  );
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
