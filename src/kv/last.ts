import type { WaitOptions } from "../core/waiter.ts";
import type { BucketContext } from "./bucket-context.ts";
import { removalOf } from "./entry.ts";

/** The last that a bucket has of a key. */
export interface Last {
  readonly revision: number;
  /** It tells that the key was removed. */
  readonly isMarker: boolean;
}

/** As the leader knows it: replicas may lag. Undefined if there is none. `encoded` is the key as the server has it. */
export async function lastOf(
  { origin, prefix }: BucketContext,
  encoded: string,
  limits: WaitOptions,
): Promise<Last | undefined> {
  const last = await origin.get({ lastBySubject: prefix + encoded }, { ...limits, leader: true });
  return last && { revision: last.seq, isMarker: removalOf(last.headers) !== undefined };
}
