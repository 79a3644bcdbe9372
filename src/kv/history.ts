import { checkWait } from "../core/call-options.ts";
import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { Listing } from "../jetstream/consumer/listing.ts";
import type { OrderedConsumerConfig } from "../jetstream/consumer/ordered-config.ts";
import type { StoredMessage } from "../jetstream/message/stored-message.ts";
import type { BucketContext } from "./bucket-context.ts";
import { type Entry, type Marker, readMessage } from "./entry.ts";
import { isReadable } from "./foreign-keys.ts";
import { asBucketError } from "./kv-errors.ts";
import { watchConfig } from "./watch.ts";

type Filter = string | readonly string[] | undefined;

// KV-25
/** All revisions that are kept of the keys, the oldest first. */
export function history<T>(
  context: BucketContext,
  filter: Filter,
  options: WaitOptions,
): AsyncSequence<Entry<T> | Marker> {
  const config = watchConfig(context, filter, "history");
  const read = (message: StoredMessage): Entry<T> | Marker | undefined => {
    const revision = readMessage<T>(message, context);
    return isReadable(context, () => revision.key) ? revision : undefined;
  };
  return listing(context, config, read, checkWait(options));
}

// KV-24
/** The keys that have a value. */
export function keys(context: BucketContext, filter: Filter, options: WaitOptions): AsyncSequence<string> {
  const config = watchConfig(context, filter, "last", false);
  // A key that is written while the loop runs may come a second time.
  const told = new Set<string>();
  let count = 0;
  const read = (message: StoredMessage): string | undefined => {
    const revision = readMessage(message, context);
    if (revision.type !== "put" || !isReadable(context, () => revision.key)) return undefined;
    const { size } = told.add(revision.key);
    if (size === count) return undefined;
    count = size;
    return revision.key;
  };
  return listing(context, config, read, checkWait(options));
}

/** The markers of keys that have no value. */
export function markers(context: BucketContext, options: WaitOptions): AsyncSequence<Marker> {
  const config = watchConfig(context, ">", "last", false);
  const read = (message: StoredMessage): Marker | undefined => {
    const revision = readMessage(message, context);
    return revision.type === "put" ? undefined : revision;
  };
  return listing(context, config, read, options);
}

function listing<E>(
  { jetstream, bucket, stream }: BucketContext,
  config: OrderedConsumerConfig,
  read: (message: StoredMessage) => E | undefined,
  limits: WaitOptions,
): Listing<E> {
  const failed = (thrown: unknown): unknown => asBucketError(bucket, thrown);
  const what = `what the bucket "${bucket}" has`;
  return new Listing(jetstream, { stream: stream.name, config, read, what, limits, failed });
}
