import { rest } from "../../core/rest.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { Metas } from "../meta/metas.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { chunkSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { objectChanged, objectCorrupt } from "../store-errors.ts";

/**
 * Milliseconds after which an object that lacks chunks is looked at again. A leader that was frozen answers for a moment as if it
 * still were one, and knows nothing of the object that took its place (nats-server 2.15).
 */
const AGAIN = 500;

/**
 * Asks the leader whether all chunks of an object are there. Rejects with `OBJECT_CHANGED` if they went because the object was
 * replaced or deleted, and with `OBJECT_CORRUPT` if they went and it still stands.
 */
export async function lookAfter(context: StoreContext, info: ObjectInfo, limits: WaitOptions): Promise<void> {
  const { store, name, chunks } = info;
  if ((await countChunks(context, info, limits)) >= chunks) return;
  if (await stands(context, info, limits)) {
    await rest(AGAIN, {}, { what: `another look at the object "${name}"` });
    const found = await countChunks(context, info, limits);
    if (found >= chunks) return;
    if (await stands(context, info, limits))
      throw objectCorrupt(store, name, `${found} of its ${chunks} chunks are there`);
  }
  throw objectChanged(store, name, "was replaced or deleted while it was read");
}

async function countChunks(
  { stream }: StoreContext,
  { store, nuid }: ObjectInfo,
  limits: WaitOptions,
): Promise<number> {
  let found = 0;
  for await (const [, messages] of stream.subjects(chunkSubject(store, nuid), limits)) found += messages;
  return found;
}

/** Whether nothing has taken its place. */
async function stands(
  context: StoreContext,
  { name, nuid }: ObjectInfo,
  limits: WaitOptions,
): Promise<boolean> {
  const last = await new Metas(context).lastReadable(name, limits);
  return last?.info.nuid === nuid && !last.info.deleted;
}
