import { aSignal, type Check, type Checks, checkOptions, milliseconds, wrongValue } from "../core/checks.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { BucketContext } from "./bucket-context.ts";
import type { Marker } from "./entry.ts";
import { markers } from "./history.ts";
import { asBucketError } from "./kv-errors.ts";

/** Options of `Bucket.purgeDeletes`. `timeout` is for each request. */
export interface PurgeDeletesOptions extends WaitOptions {
  /** Milliseconds. Younger markers stay, and only the history before them goes; with 0 all go. @default 1800000, half an hour */
  readonly olderThan?: number;
}

const OLDER_THAN = 1_800_000;

/** Requests that are under way at a time. */
const IN_FLIGHT = 16;

const anAge: Check<number> = (name, value) => {
  if (typeof value === "number" && value >= 0) return value;
  throw wrongValue(name, "milliseconds from 0 on", value);
};

const OPTIONS: Checks<PurgeDeletesOptions> = { timeout: milliseconds, signal: aSignal, olderThan: anAge };

/** As nats.js calls it. */
const FORMER = { olderMillis: '"olderThan"' };

// KV-15
/** Removes the markers and the history of removed keys. Resolves with the number of revisions that were removed. */
export async function purgeDeletes(context: BucketContext, given: PurgeDeletesOptions): Promise<number> {
  const { olderThan = OLDER_THAN, ...limits } = checkOptions(given, OPTIONS, undefined, FORMER);
  try {
    // The server's clock says how old a marker is.
    const { ts } = await context.origin.info(limits);
    const found = await markers(context, limits).toArray();
    return await removeAll(context, found, ts.getTime() - olderThan, limits);
  } catch (thrown) {
    throw asBucketError(context.bucket, thrown);
  }
}

async function removeAll(
  context: BucketContext,
  found: Marker[],
  before: number,
  limits: WaitOptions,
): Promise<number> {
  let removed = 0;
  const remaining = found.values();
  const work = async (): Promise<void> => {
    for (const marker of remaining) removed += await removeOne(context, marker, before, limits);
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, found.length) }, work));
  return removed;
}

/** Whatever was written after the marker stays. */
async function removeOne(
  { origin }: BucketContext,
  { stored, created, revision }: Marker,
  before: number,
  limits: WaitOptions,
): Promise<number> {
  const seq = created.getTime() <= before ? revision + 1 : revision;
  return await origin.purge({ ...limits, filter: stored.subject, seq });
}
