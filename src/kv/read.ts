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
  /** What the key had then, as far as its history goes. @default the last */
  readonly revision?: number;
}

const GET: Checks<GetOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  leader: aBoolean,
  revision: count,
};

// KV-08, KV-36
/** What the key has; undefined if that is nothing. */
export async function get<T>(
  bucket: BucketContext,
  key: string,
  given: GetOptions,
): Promise<Entry<T> | undefined> {
  const subject = bucket.prefix + checkKey(bucket, key);
  const { revision, ...options } = checkOptions(given, GET);
  const query = revision === undefined ? { lastBySubject: subject } : { seq: revision };
  try {
    const stored = await bucket.stream.get(query, options);
    // A revision may be another key's.
    if (stored === undefined || (revision !== undefined && stored.subject !== subject)) return undefined;
    const read = readRevision<T>(stored, bucket);
    return read.type === "put" ? read : undefined;
  } catch (thrown) {
    throw asBucketError(bucket.bucket, thrown);
  }
}

// KV-38
/** What all those keys have that have something, as of one moment. */
export async function getMany<T>(
  bucket: BucketContext,
  keys: string | readonly string[],
  options: WaitOptions,
): Promise<ReadonlyMap<string, Entry<T>>> {
  const entries = new Map<string, Entry<T>>();
  const filters = Array.isArray(keys) && keys.length === 0 ? [] : checkFilters(bucket, keys);
  const subjects = filters.map((filter) => bucket.prefix + filter);
  if (subjects.length === 0) return entries;
  try {
    for await (const stored of bucket.stream.lastMessages(subjects, options)) {
      const read = readRevision<T>(stored, bucket);
      if (read.type === "put" && isReadable(bucket, () => read.key)) entries.set(read.key, read);
    }
  } catch (thrown) {
    throw asBucketError(bucket.bucket, thrown);
  }
  return entries;
}
