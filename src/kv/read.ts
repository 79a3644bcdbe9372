import { aBoolean, aSignal, type Checks, checkOptions, count, milliseconds } from "../core/checks.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { ReadOptions } from "../jetstream/direct/message-reader.ts";
import type { BucketContext } from "./bucket-context.ts";
import { type Entry, readRevision } from "./entry.ts";
import { isReadable } from "./foreign-keys.ts";
import { checkFilters, checkKey } from "./keys.ts";
import { asBucketError } from "./kv-errors.ts";

/** Options of `Bucket.get`. */
export interface GetOptions extends ReadOptions {
  /** Reads this revision, if it is one of the key's and is kept. @default the last one */
  readonly revision?: number;
}

const GET: Checks<GetOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  leader: aBoolean,
  revision: count,
};

// KV-08, KV-36
/** The key's entry; undefined if it has no value. */
export async function get<T>(
  context: BucketContext,
  key: string,
  given: GetOptions,
): Promise<Entry<T> | undefined> {
  const subject = context.prefix + checkKey(context, key);
  const { revision, ...options } = checkOptions(given, GET);
  const query = revision === undefined ? { lastBySubject: subject } : { seq: revision };
  try {
    const stored = await context.stream.get(query, options);
    // A revision may be another key's.
    if (stored === undefined || (revision !== undefined && stored.subject !== subject)) return undefined;
    const read = readRevision<T>(stored, context);
    return read.type === "put" ? read : undefined;
  } catch (thrown) {
    throw asBucketError(context.bucket, thrown);
  }
}

// KV-38
/** The entries of those keys that have a value, as of one moment. */
export async function getMany<T>(
  context: BucketContext,
  keys: string | readonly string[],
  options: WaitOptions,
): Promise<ReadonlyMap<string, Entry<T>>> {
  const entries = new Map<string, Entry<T>>();
  const filters = Array.isArray(keys) && keys.length === 0 ? [] : checkFilters(context, keys);
  const subjects = filters.map((filter) => context.prefix + filter);
  if (subjects.length === 0) return entries;
  try {
    for await (const stored of context.stream.lastMessages(subjects, options)) {
      const read = readRevision<T>(stored, context);
      if (read.type === "put" && isReadable(context, () => read.key)) entries.set(read.key, read);
    }
  } catch (thrown) {
    throw asBucketError(context.bucket, thrown);
  }
  return entries;
}
