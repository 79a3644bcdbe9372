import type { WaitOptions } from "../core/waiter.ts";
import type { BucketContext } from "./bucket-context.ts";
import { removalOf } from "./entry.ts";

/** The last that a bucket has of a key. */
export interface Last {
  readonly revision: number;
  /** It tells that the key was removed. */
  readonly isMarker: boolean;
  /** It is a marker, and values that were there before may be kept behind it. */
  readonly mayHaveHistory: boolean;
}

/** As the leader knows it: replicas may lag. Undefined if there is none. `encoded` is the key as the server has it. */
export async function lastOf(
  { origin, prefix }: BucketContext,
  encoded: string,
  limits: WaitOptions,
): Promise<Last | undefined> {
  const last = await origin.get({ lastBySubject: prefix + encoded }, { ...limits, leader: true });
  if (last === undefined) return undefined;
  const removal = removalOf(last.headers);
  // The server leaves a marker only where nothing else is.
  const mayHaveHistory = removal?.type === "delete" && removal.reason === undefined;
  return { revision: last.seq, isMarker: removal !== undefined, mayHaveHistory };
}
