import type { WaitOptions } from "../../core/waiter.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { chunkSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";

/** Where reading of a part begins. */
export interface Start {
  /** The sequence of the first chunk that is read, and each later one follows it directly. Undefined: all chunks are read. */
  readonly seq: number | undefined;
  /** Bytes that are passed over from there. */
  readonly skip: number;
  /** Chunks from there to the end of the object. */
  readonly chunks: number;
}

// OBJ-19
/**
 * Finds the chunk with the byte at `offset`. Where all chunks have one size and no other message lies between them its sequence
 * is known; else all that comes before it is read too. Of the first chunk and the last one both show: `n` chunks that are not
 * larger than `c` and have `(n - 1) * c` bytes but for the last one all have `c`, and `n` messages have no room for others
 * between `n` sequences.
 */
export async function startAt(
  context: StoreContext,
  info: ObjectInfo,
  offset: number,
  limits: WaitOptions,
): Promise<Start> {
  const { chunks, chunkSize = Infinity, size, store, nuid } = info;
  const fromFirst = { seq: undefined, skip: offset, chunks };
  const lastSize = size - (chunks - 1) * chunkSize;
  if (offset < chunkSize || lastSize <= 0 || lastSize > chunkSize) return fromFirst;
  const subject = chunkSubject(store, nuid);
  const [first, last] = await Promise.all([
    context.stream.get({ nextBySubject: subject }, limits),
    context.stream.get({ lastBySubject: subject }, limits),
  ]);
  if (first === undefined || last === undefined) return fromFirst;
  if (last.size !== lastSize || last.seq - first.seq + 1 !== chunks) return fromFirst;
  const index = Math.floor(offset / chunkSize);
  return { seq: first.seq + index, skip: offset - index * chunkSize, chunks: chunks - index };
}
