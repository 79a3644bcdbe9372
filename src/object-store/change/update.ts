import { type Check, type Checks, checkOptions, invalidOption, orNull } from "../../core/checks.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Changes } from "../../jetstream/config/wire-format.ts";
import { Metas } from "../meta/metas.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { META, type ObjectMeta, wireOfMeta } from "../meta/object-meta.ts";
import type { LastMeta } from "../meta/read-meta.ts";
import type { WireMeta } from "../meta/wire-meta.ts";
import { checkObjectName } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { objectNotFound } from "../store-errors.ts";
import { renameObject } from "./rename.ts";

/** What to change of an object. A field that is named changes, null takes it away, and the rest stays. */
export type ObjectChanges = Changes<ObjectMeta> & {
  /** Another name. */
  readonly name?: string;
};

const aName: Check<string> = (name, value) => checkObjectName(value as string, name);

const CHANGES = {
  name: aName,
  description: orNull(META.description),
  headers: orNull(META.headers),
  metadata: orNull(META.metadata),
} as Checks<ObjectChanges>;

// OBJ-12
/** `ObjectStore.update`. */
export async function updateObject(
  context: StoreContext,
  name: string,
  given: ObjectChanges,
  limits: WaitOptions,
): Promise<ObjectInfo> {
  checkObjectName(name);
  if (typeof given !== "object" || given === null) throw invalidOption("changes", "they must be an object");
  const { name: to = name, ...changes } = checkOptions(given, CHANGES, "changes");
  const change = (last: LastMeta | undefined): WireMeta => {
    if (last === undefined || last.info.deleted) throw objectNotFound(context.store, name);
    return { ...last.wire, ...changedMeta(changes), name: to, bucket: context.store };
  };
  if (to !== name) return await renameObject(context, { from: name, to }, change, limits);
  const { written } = await new Metas(context).replace(name, change, limits);
  return written.info;
}

/** The fields that change, as they travel; undefined takes one away. */
function changedMeta(changes: Changes<ObjectMeta>): Partial<WireMeta> {
  const set = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null));
  const wire = wireOfMeta(set);
  const names = Object.keys(changes) as (keyof typeof wire)[];
  return Object.fromEntries(names.map((name) => [name, wire[name]]));
}
