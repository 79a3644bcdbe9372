import type { WaitOptions } from "../../core/waiter.ts";
import { Metas } from "../meta/metas.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { chunkSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { objectChanged, objectCorrupt } from "../store-errors.ts";

/**
 * Asks the leader whether all chunks of an object are there. Rejects with `OBJECT_CHANGED` if they went because the object was
 * replaced or deleted, and with `OBJECT_CORRUPT` if they went and it still stands.
 */
export async function lookAfter(context: StoreContext, info: ObjectInfo, limits: WaitOptions): Promise<void> {
  const { store, name, nuid, chunks } = info;
  let found = 0;
  const subject = chunkSubject(store, nuid);
  for await (const [, messages] of context.stream.subjects(subject, limits)) found += messages;
  if (found >= chunks) return;
  const last = await new Metas(context).lastReadable(name, limits);
  if (last?.info.nuid === nuid && !last.info.deleted)
    throw objectCorrupt(store, name, `${found} of its ${chunks} chunks are there`);
  throw objectChanged(store, name, "was replaced or deleted while it was read");
}
