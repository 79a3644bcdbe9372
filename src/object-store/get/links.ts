import { isNatsError } from "../../core/errors.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { JetStream } from "../../jetstream/jetstream.ts";
import { type ObjectLink, ObjectStoreError } from "../errors.ts";
import { Metas } from "../meta/metas.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { checkStoreName } from "../names.ts";
import { storeContext } from "../store-context.ts";
import { storeError } from "../store-errors.ts";

/** How many links are followed one after another. nats.go makes no links to links, but follows them without a limit. */
const MOST_LINKS = 16;

export function badLink(
  { store, name: object }: Pick<ObjectInfo, "store" | "name">,
  link: ObjectLink,
  reason: string,
  cause?: unknown,
): ObjectStoreError {
  const text = `the link "${object}" of the store "${store}" ${reason}`;
  return new ObjectStoreError("BAD_LINK", text, { store, object, link, cause });
}

// OBJ-13
/** The object that this one stands for, or itself if it is no link. Rejects with `BAD_LINK` or `LINK_TO_STORE`. */
export async function followLink(js: JetStream, info: ObjectInfo, limits: WaitOptions): Promise<ObjectInfo> {
  let found = info;
  for (let followed = 0; found.link !== undefined; followed++) {
    if (followed === MOST_LINKS)
      throw badLink(info, found.link, `leads to links that lead nowhere: ${MOST_LINKS} were followed`);
    found = await targetOf(js, found, found.link, limits);
    if (isSame(found, info)) throw badLink(info, found.link ?? info.link!, "leads to itself");
  }
  return found;
}

function isSame(one: ObjectInfo, other: ObjectInfo): boolean {
  return one.store === other.store && one.name === other.name;
}

async function targetOf(
  js: JetStream,
  from: ObjectInfo,
  link: ObjectLink,
  limits: WaitOptions,
): Promise<ObjectInfo> {
  const { store, object } = link;
  if (object === undefined) {
    const text = `"${from.name}" of the store "${from.store}" stands for the whole store "${store}": get its objects from there`;
    throw new ObjectStoreError("LINK_TO_STORE", text, { store: from.store, object: from.name, link });
  }
  try {
    checkStoreName(store);
    const last = await new Metas(storeContext(js, store)).last(object, limits);
    if (last !== undefined && !last.info.deleted) return last.info;
  } catch (thrown) {
    const error = storeError(thrown, store, object);
    if (isNatsError(error, "STORE_NOT_FOUND") || isNatsError(error, "INVALID_OPTION"))
      throw badLink(from, link, `leads to the store "${store}", which is not there`, error);
    throw error;
  }
  throw badLink(from, link, `leads to the object "${object}" of the store "${store}", which is not there`);
}
