import type { Chunk } from "./chunk-queue.ts";

/** A set of positions, or whatever is told of each. */
export type Positions = Pick<ReadonlySet<number>, "has">;

const CR = 0x0d;
const ZERO = 0x30;
const SPACE = 0x20;

// PUB <subject> [reply-to] <#bytes>␍␊<payload>␍␊
// HPUB <subject> [reply-to] <#header bytes> <#total bytes>␍␊<headers><payload>␍␊
/**
 * Where the message ends whose control line begins at `start`. That is beyond `bytes` if its payload lies in chunks of its
 * own.
 */
export function messageEnd(bytes: Uint8Array, start: number): number {
  const lineEnd = bytes.indexOf(CR, start);
  let size = 0;
  let scale = 1;
  for (let at = lineEnd - 1; bytes[at] !== SPACE; at--) {
    size += (bytes[at]! - ZERO) * scale;
    scale *= 10;
  }
  return lineEnd + 2 + size + 2;
}

/** The bytes of headers and payload of the message whose control line begins at `start`. */
export function contentSize(bytes: Uint8Array, start: number): number {
  return messageEnd(bytes, start) - bytes.indexOf(CR, start) - 4;
}

/** What is left of the chunks without the messages at these positions; `onRemoved` is told of each, with its content's size. */
export function withoutMessages(
  chunks: readonly Chunk[],
  unwanted: Positions,
  onRemoved: (size: number) => void,
): Chunk[] {
  const left: Chunk[] = [];
  let isContinuationUnwanted = false;
  for (const chunk of chunks) {
    if (chunk.kind === "continuation") {
      if (!isContinuationUnwanted) left.push(chunk);
      continue;
    }
    isContinuationUnwanted = chunk.kind === "publishes" && unwanted.has(chunk.last);
    if (hasAny(chunk, unwanted)) left.push(...remains(chunk, unwanted, onRemoved));
    else left.push(chunk);
  }
  return left;
}

function hasAny({ messages, last }: Chunk, unwanted: Positions): boolean {
  for (let position = last - messages + 1; position <= last; position++) {
    if (unwanted.has(position)) return true;
  }
  return false;
}

/** The runs of messages that stay, each with bytes of its own: a few must not keep a whole slab in memory. */
function remains(
  { bytes, messages, kind, last }: Chunk,
  unwanted: Positions,
  onRemoved: (size: number) => void,
): Chunk[] {
  const runs: Chunk[] = [];
  let position = last - messages;
  let start = 0;
  let count = 0;
  const endRun = (end: number): void => {
    if (count > 0) runs.push({ bytes: bytes.slice(start, end), messages: count, kind, last: position });
    count = 0;
  };
  for (let at = 0; at < bytes.length;) {
    const end = messageEnd(bytes, at);
    if (unwanted.has(position + 1)) {
      endRun(at);
      start = end;
      onRemoved(contentSize(bytes, at));
    } else {
      count++;
    }
    position++;
    at = end;
  }
  endRun(bytes.length);
  return runs;
}
