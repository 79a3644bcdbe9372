import type { WaitOptions } from "../../core/waiter.ts";
import { Metas } from "../meta/metas.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { checkObjectName } from "../names.ts";
import { type StoreContext, storeContext } from "../store-context.ts";
import { objectChanged, objectNotFound } from "../store-errors.ts";
import { checkGetOptions, type GetOptions, partOf } from "./get-options.ts";
import { followLink } from "./links.ts";
import { ObjectReader } from "./object-reader.ts";
import { StoredObject } from "./stored-object.ts";

// OBJ-07
/** `ObjectStore.get`. */
export async function openObject(
  context: StoreContext,
  name: string,
  given: GetOptions,
): Promise<StoredObject> {
  checkObjectName(name);
  const { range = {}, nuid, ...transfer } = checkGetOptions(given);
  const { onProgress: _, ...limits } = transfer;
  const named = await infoOf(context, name, limits);
  const info = await followLink(context.js, named, limits);
  if (nuid !== undefined && info.nuid !== nuid)
    throw objectChanged(info.store, info.name, `was replaced: its bytes have another id than "${nuid}"`);
  const part = partOf(range, info.size);
  const from = storeContext(context.js, info.store);
  return new StoredObject(info, part.end - part.start, () => new ObjectReader(from, info, part, transfer));
}

async function infoOf(context: StoreContext, name: string, limits: WaitOptions): Promise<ObjectInfo> {
  const last = await new Metas(context).last(name, limits);
  if (last === undefined || last.info.deleted) throw objectNotFound(context.store, name);
  return last.info;
}
