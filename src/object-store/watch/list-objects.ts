import { aBoolean, aSignal, type Checks, checkOptions, milliseconds } from "../../core/checks.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { Listing } from "../../jetstream/consumer/listing.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { anyMetaSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { storeError } from "../store-errors.ts";
import { readableMeta } from "./readable-meta.ts";

/** Options of `ObjectStore.list` and `ObjectStore.info`. */
export interface ObjectListOptions extends WaitOptions {
  /** Whether objects that were deleted count. @default false */
  readonly deleted?: boolean; // OBJ-11
}

const LIST: Checks<ObjectListOptions> = { timeout: milliseconds, signal: aSignal, deleted: aBoolean };

/** Throws `INVALID_OPTION`. */
export function checkListOptions(given: ObjectListOptions): ObjectListOptions {
  return checkOptions(given, LIST);
}

// OBJ-14
/** The objects that are there when the loop begins. The options were checked before. */
export function listObjects(
  context: StoreContext,
  { deleted = false, ...limits }: ObjectListOptions,
): AsyncSequence<ObjectInfo> {
  const { js, store, stream } = context;
  // An object that is put while the loop runs may come a second time.
  const told = new Set<string>();
  return new Listing(js.context, {
    stream: stream.name,
    config: { filterSubjects: [anyMetaSubject(store)], deliverPolicy: "last-per-subject" },
    read(message) {
      const info = readableMeta(context, message);
      if (info === undefined || (info.deleted && !deleted) || told.has(info.name)) return undefined;
      told.add(info.name);
      return info;
    },
    what: `the objects of the store "${store}"`,
    limits,
    failed: (thrown) => storeError(thrown, store),
  });
}
