import { aBoolean, aSignal, type Checks, checkOptions, type FormerNames, oneOf } from "../../core/checks.ts";
import type { NatsError } from "../../core/errors.ts";
import type { Watch } from "../../jetstream/consume/watch.ts";
import { openWatch } from "../../jetstream/consumer/open-watch.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { anyMetaSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { storeError } from "../store-errors.ts";
import { readableMeta } from "./readable-meta.ts";

/** put: an object was put or changed. delete: it was deleted. synced: all that was there, up to a revision, has come. */
export type ObjectEvent =
  | (ObjectInfo & { readonly type: "put" | "delete" })
  | { readonly type: "synced"; readonly revision: number };

/** Options of a watch. */
export interface ObjectWatchOptions {
  /**
   * What comes before `synced`. "last": each object as it is. "history": also former states, where other clients left them in the
   * store. "updates": nothing. @default "last"
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
    failed: (error) => storeError(error, store) as NatsError,
    signal,
  });
}
