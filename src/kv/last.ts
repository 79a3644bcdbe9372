import { isNatsError } from "../core/errors.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { BucketContext } from "./bucket-context.ts";
import { removalOf } from "./entry.ts";

/** The last revision of a key. */
export interface Last {
  readonly revision: number;
  /** It says that the key was removed. */
  readonly isMarker: boolean;
  /** It is a marker, and former values may be kept before it. */
  readonly mayHaveHistory: boolean;
}

/** The last revision, as the leader has it: replicas may lag. Undefined if there is none. `encoded` is the key as the server has it. */
export async function lastOf(
  { origin, prefix }: BucketContext,
  encoded: string,
  limits: WaitOptions,
): Promise<Last | undefined> {
  const query = { lastBySubject: prefix + encoded };
  const last = await origin.get(query, { ...limits, leader: true }).catch(async (thrown: unknown) => {
    // A client that may only use keys can't ask the leader. An old answer stores nothing wrong, but may refuse a create.
    if (isNatsError(thrown, "PUBLISH_DENIED")) return await origin.get(query, limits);
    throw thrown;
  });
  if (last === undefined) return undefined;
  const removal = removalOf(last.headers);
  // The server itself leaves a marker only if nothing else is left of the key.
  const mayHaveHistory = removal?.type === "delete" && removal.reason === undefined;
  return { revision: last.seq, isMarker: removal !== undefined, mayHaveHistory };
}
