import { aBoolean, aSignal, type Checks, checkOptions, type FormerNames, oneOf } from "../../core/checks.ts";
import type { Watch } from "../../jetstream/consume/watch.ts";
import { openWatch } from "../../jetstream/consumer/open-watch.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { anyMetaSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { readableMeta } from "./readable-meta.ts";

/** An object was put or changed, or deleted; or all has come that was there, up to a revision. */
export type ObjectEvent =
  | (ObjectInfo & { readonly type: "put" | "delete" })
  | { readonly type: "synced"; readonly revision: number };

/** Options of a watch. */
export interface ObjectWatchOptions {
  /**
   * What comes before `synced`: what is known of each object, all that is kept of them (also what other clients left there of
   * former states), or nothing. @default "last"
   */
  readonly include?: "last" | "history" | "updates";
  /** Whether deletes come. @default true */
  readonly deletes?: boolean;
  /** Stops it when it aborts. */
  readonly signal?: AbortSignal;
}

const WATCH: Checks<ObjectWatchOptions> = {
  include: oneOf("last", "history", "updates"),
  deletes: aBoolean,
  signal: aSignal,
};

/** As nats.js calls them. */
const FORMER: FormerNames = {
  includeHistory: 'include: "history"',
  ignoreDeletes: "deletes: false",
  updatesOnly: 'include: "updates"',
};

const POLICIES = { last: "last-per-subject", history: "all", updates: "new" } as const;

// OBJ-15
/** `ObjectStore.watch`. */
export function watchObjects(context: StoreContext, given: ObjectWatchOptions): Watch<ObjectEvent> {
  const { js, store, stream } = context;
  const { include = "last", deletes = true, signal } = checkOptions(given, WATCH, undefined, FORMER);
  return openWatch<ObjectEvent>(js.context, {
    stream: stream.name,
    config: { filterSubjects: [anyMetaSubject(store)], deliverPolicy: POLICIES[include] },
    read(message) {
      const info = readableMeta(context, message);
      if (info === undefined || (info.deleted && !deletes)) return undefined;
      return { ...info, type: info.deleted ? "delete" : "put" };
    },
    synced: (revision) => ({ type: "synced", revision }),
    signal,
  });
}
