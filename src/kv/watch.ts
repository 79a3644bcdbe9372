import {
  aBoolean,
  aSignal,
  type Check,
  checkOptions,
  type Checks,
  count,
  invalidOption,
  wrongValue,
} from "../core/checks.ts";
import type { Watch } from "../jetstream/consume/watch.ts";
import { covers, mayBeWide } from "../jetstream/config/subjects.ts";
import type { OrderedConsumerConfig } from "../jetstream/consumer/ordered-config.ts";
import { openWatch } from "../jetstream/consumer/open-watch.ts";
import type { NatsError } from "../core/errors.ts";
import type { BucketContext } from "./bucket-context.ts";
import { type Entry, type Marker, readMessage } from "./entry.ts";
import { isReadable } from "./foreign-keys.ts";
import { checkFilters } from "./keys.ts";
import { asBucketError } from "./kv-errors.ts";

/** What a watch tells: a value, a removal, or `synced`: all that was there, up to a revision, has come. */
export type KvEvent<T = Uint8Array> =
  | Entry<T>
  | Marker
  | { readonly type: "synced"; readonly revision: number };

/** Options of `Bucket.watch`. */
export interface WatchOptions {
  /**
   * What comes before `synced`. "last": the last revision of each key. "history": all revisions that are kept. "updates": nothing.
   * `{ revision }`: all from that revision on. @default "last"
   */
  readonly include?: "last" | "history" | "updates" | { readonly revision: number };
  /** Whether markers come, which say that a key was removed. @default true */
  readonly deletes?: boolean;
  /** Whether values come; without its value an entry still has its size. @default true */
  readonly values?: boolean;
  /** Stops it when it aborts. */
  readonly signal?: AbortSignal;
}

type Include = NonNullable<WatchOptions["include"]>;

const FROM: Checks<{ readonly revision: number }> = { revision: count };

const POLICIES = { last: "last-per-subject", history: "all", updates: "new" } as const;

// KV-17, KV-18, KV-21
const anInclude: Check<Include> = (name, value) => {
  if (typeof value === "string" && Object.hasOwn(POLICIES, value)) return value as Include;
  if (typeof value !== "object" || value === null)
    throw wrongValue(name, '"last", "history", "updates" or { revision }', value);
  const from = checkOptions(value as { readonly revision: number }, FROM, name);
  if (from.revision === undefined) throw invalidOption(`${name}.revision`, "it is missing");
  return from;
};

const WATCH: Checks<WatchOptions> = {
  include: anInclude,
  deletes: aBoolean,
  values: aBoolean,
  signal: aSignal,
};

/** What nats.js calls these. */
const FORMER = {
  key: "the first argument",
  ignoreDeletes: "deletes: false",
  headers_only: "values: false",
  resumeFromRevision: "include: { revision }",
  initializedFn: 'the event "synced", and a promise of the watch',
};

// KV-16, KV-22, KV-23
/** Throws `INVALID_KEY`, `INVALID_OPTION`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. */
export function watch<T>(
  context: BucketContext,
  filter: string | readonly string[] | undefined,
  given: WatchOptions,
): Watch<KvEvent<T>> {
  const { include, deletes = true, values = true, signal } = checkOptions(given, WATCH, undefined, FORMER);
  return openWatch<KvEvent<T>>(context.jetstream, {
    stream: context.stream.name,
    config: watchConfig(context, filter, include, values),
    read(message) {
      const revision = readMessage<T>(message, context);
      if (!isReadable(context, () => revision.key)) return undefined;
      return deletes || revision.type === "put" ? revision : undefined;
    },
    synced: (revision) => ({ type: "synced", revision }),
    failed: (error) => asBucketError(context.bucket, error) as NatsError,
    signal,
  });
}

/** The configuration of a watch's consumers. Throws `INVALID_KEY` or `INVALID_OPTION`. */
export function watchConfig(
  context: BucketContext,
  filter: string | readonly string[] | undefined,
  include: Include = "last",
  values = true,
): OrderedConsumerConfig {
  const filters = apart(checkFilters(context, filter));
  return {
    filterSubjects: filters.map((each) => context.prefix + each),
    // KV-20
    ...(values ? {} : { headersOnly: true }),
    deliverPolicy: typeof include === "string" ? POLICIES[include] : { startSeq: include.revision },
  };
}

/** The filters without those that another one covers: a consumer takes no filters that overlap. */
function apart(filters: readonly string[]): string[] {
  const unique = [...new Set(filters)];
  // There may be thousands of keys among them: only a wildcard covers another one.
  const wide = unique.filter(mayBeWide);
  return unique.filter((filter) => !wide.some((other) => other !== filter && covers(other, filter)));
}
