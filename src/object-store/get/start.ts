import type { WaitOptions } from "../../core/waiter.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { chunkSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";

/** Where reading of a part begins. */
export interface Start {
  /** The sequence of the first chunk that is read; the next chunks have the next sequences. Undefined: all chunks are read. */
  readonly seq: number | undefined;
  /** Bytes that are passed over from there. */
  readonly skip: number;
  /** Chunks from there to the end of the object. */
  readonly chunks: number;
}

// OBJ-19
/**
 * Finds the chunk that has the byte at `offset`. Its sequence is known if all chunks but the last have one size, and if no other
 * message lies between them. Else the chunks before it are read too. The sizes follow from the last chunk: if it has the bytes that
 * are left after `n - 1` full chunks, the others are full. The sequences follow from the first and the last one: they are `n - 1` apart.
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
