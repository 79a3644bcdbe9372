import { invalidOption } from "../core/checks.ts";
import { isNatsError } from "../core/errors.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { StreamConfig } from "../jetstream/config/stream-config.ts";
import type { BucketContext } from "./bucket-context.ts";

const SECOND = 1000;

/**
 * Rejects with `INVALID_OPTION` if the server would keep a value for longer than its TTL, or for less, before anything is written.
 * A server that keeps several revisions of a key raises a shorter TTL to the bucket's `limitMarkerTtl`. It removes what is older
 * than the bucket's `ttl`, whatever TTL it has. It reports neither. Rejects else as a request does.
 */
export async function checkKeptTtl(
  { bucket, origin }: Pick<BucketContext, "bucket" | "origin">,
  ttl: number | "never" | undefined,
  limits: WaitOptions,
): Promise<void> {
  if (typeof ttl !== "number") return;
  try {
    const known = origin.cachedInfo;
    if (known !== undefined && faultOf(ttl, known.config) === undefined) return;
    // The bucket may have been updated since.
    const { config } = await origin.info(limits);
    const fault = faultOf(ttl, config);
    if (fault !== undefined) throw invalidOption("ttl", `the bucket "${bucket}" ${fault}`);
  } catch (thrown) {
    // A client that may only write can't ask.
    if (!isNatsError(thrown, "PUBLISH_DENIED")) throw thrown;
  }
}

/** Why the server would not keep it; undefined if it would. */
function faultOf(ttl: number, config: StreamConfig): string | undefined {
  const floor = floorOf(config);
  if (ttl < floor)
    return `has a history of ${config.maxMsgsPerSubject}, and the server would keep the value for its limitMarkerTtl of ${floor} ms: it must be that or more, or the bucket's history 1`;
  const { maxAge = 0 } = config;
  if (maxAge > 0 && ttl > maxAge)
    return `keeps nothing for longer than its own ttl of ${maxAge} ms: it must be that or less`;
  return undefined;
}

/** The server counts whole seconds. */
function floorOf({ maxMsgsPerSubject, subjectDeleteMarkerTtl = 0 }: StreamConfig): number {
  return maxMsgsPerSubject === 1 ? 0 : Math.floor(subjectDeleteMarkerTtl / SECOND) * SECOND;
}
