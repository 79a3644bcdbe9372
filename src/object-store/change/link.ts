import { aString, type Checks, checkOptions } from "../../core/checks.ts";
import { UniqueIds } from "../../core/requests/unique-ids.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { ObjectLink } from "../errors.ts";
import { badLink } from "../get/links.ts";
import { Metas } from "../meta/metas.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { checkObjectName, checkStoreName, streamOf } from "../names.ts";
import { isStore } from "../store-config.ts";
import { type StoreContext, storeContext } from "../store-context.ts";
import { inWordsOf, notAStore, objectExists, objectNotFound } from "../store-errors.ts";

const LINK: Checks<ObjectLink> = {
  store: (name, value) => checkStoreName(value as string, name),
  object: (name, value) => checkObjectName(aString(name, value), name),
};

/** As nats.js calls them. */
const FORMER = { bucket: '"store"', name: '"object"' };

// OBJ-13
/** `ObjectStore.link`. */
export async function linkObject(
  context: StoreContext,
  name: string,
  given: ObjectLink,
  limits: WaitOptions,
): Promise<ObjectInfo> {
  checkObjectName(name);
  const target = checkOptions(given, LINK, "target", FORMER);
  checkStoreName(target.store, "target.store");
  await checkTarget(context, name, target, limits);
  const { store: bucket, object } = target;
  const wire = {
    name,
    options: { link: object === undefined ? { bucket } : { bucket, name: object } },
    bucket: context.store,
    nuid: new UniqueIds().next(),
    size: 0,
    chunks: 0,
    mtime: new Date().toISOString(),
  };
  const { written } = await new Metas(context).replace(
    name,
    (there) => {
      // The name of an object that was deleted is free (ADR-20), and a link may lead elsewhere from now on.
      const isTaken = there !== undefined && !there.info.deleted && there.info.link === undefined;
      if (isTaken) throw objectExists(context.store, name);
      return wire;
    },
    limits,
  );
  return written.info;
}

/** A link leads to what is there, and to no other link. */
async function checkTarget(
  { js, store }: StoreContext,
  name: string,
  target: ObjectLink,
  limits: WaitOptions,
): Promise<void> {
  const from = { store, name };
  if (target.store === store && target.object === name) throw badLink(from, target, "would lead to itself");
  const other = storeContext(js, target.store);
  if (target.object === undefined) {
    const { config } = await inWordsOf(target.store, undefined, () => other.stream.info(limits));
    if (!isStore(target.store, config)) throw notAStore(target.store, streamOf(target.store));
    return;
  }
  const { object } = target;
  const last = await inWordsOf(target.store, object, () => new Metas(other).last(object, limits));
  if (last === undefined || last.info.deleted) throw objectNotFound(target.store, object);
  if (last.info.link !== undefined) throw badLink(from, target, `would lead to another link, "${object}"`);
}
