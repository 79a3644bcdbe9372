import { invalidOption } from "../core/checks.ts";
import { isNatsError } from "../core/errors.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { StreamConfig } from "../jetstream/config/stream-config.ts";
import type { BucketContext } from "./bucket-context.ts";

const SECOND = 1000;

/**
 * Rejects with `INVALID_OPTION` if the server would keep a value for longer than its TTL, before anything is written. A server that
 * keeps several revisions of a key raises a shorter TTL to the bucket's `limitMarkerTtl`, and does not say so. Rejects else as a
 * request does.
 */
export async function checkTtlFloor(
  { bucket, origin }: Pick<BucketContext, "bucket" | "origin">,
  ttl: number | "never" | undefined,
  limits: WaitOptions,
): Promise<void> {
  if (typeof ttl !== "number") return;
  try {
    const known = origin.cachedInfo;
    if (known !== undefined && ttl >= ttlFloor(known.config)) return;
    // The bucket may have been updated since.
    const { config } = await origin.info(limits);
    const floor = ttlFloor(config);
    if (ttl >= floor) return;
    const text = `the bucket "${bucket}" has a history of ${config.maxMsgsPerSubject}, and the server would keep the value for its limitMarkerTtl of ${floor} ms: it must be that or more, or the bucket's history 1`;
    throw invalidOption("ttl", text);
  } catch (thrown) {
    // A client that may only write can't ask.
    if (!isNatsError(thrown, "PUBLISH_DENIED")) throw thrown;
  }
}

/** The server counts whole seconds. */
function ttlFloor({ maxMsgsPerSubject, subjectDeleteMarkerTtl = 0 }: StreamConfig): number {
  return maxMsgsPerSubject === 1 ? 0 : Math.floor(subjectDeleteMarkerTtl / SECOND) * SECOND;
}
