import { readBytes } from "../protocol/bytes.ts";

const LF = 10;

/** The first half of the first frame in what is about to be written: the cut is in its line, or in its payload. */
export function halfOfFirstFrame(chunks: readonly Uint8Array[]): Uint8Array {
  const first = chunks[0]!;
  const lineEnd = first.indexOf(LF) + 1;
  // A line that goes on in the next chunk, or an end of it that doesn't show: any part of it is less than a frame.
  const size = lineEnd === 0 ? first.length : lineEnd + bodySize(readBytes(first, 0, lineEnd));
  return take(chunks, Math.max(1, Math.floor(size / 2)));
}

// MSG <subject> <sid> [reply-to] <#bytes>␍␊[payload]␍␊
// HMSG <subject> <sid> [reply-to] <#header bytes> <#total bytes>␍␊[headers]␍␊␍␊[payload]␍␊
/** Bytes behind the line, with their line end; the other verbs have none. */
function bodySize(line: string): number {
  const size = /^H?MSG .* (\d+)\r\n$/.exec(line)?.[1];
  return size === undefined ? 0 : Number(size) + 2;
}

/** A copy of the first bytes. */
function take(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const taken = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, size - at);
    taken.set(part, at);
    at += part.length;
  }
  return taken.subarray(0, at);
}
