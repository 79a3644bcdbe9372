import { invalidOption } from "../../core/checks.ts";
import type { NatsError } from "../../core/errors.ts";
import { isPassing } from "../../jetstream/api/passing.ts";
import { KvError } from "../errors.ts";
import { asBucketError, needsMarkers } from "../kv-errors.ts";

/** Where a lock is. */
export interface LockPlace {
  readonly bucket: string;
  readonly key: string;
}

export function lockHeld(
  { bucket, key }: LockPlace,
  holder: string,
  revision: number,
  cause?: unknown,
): KvError {
  const text = `the lock "${key}" of bucket "${bucket}" is held by "${holder}"`;
  return new KvError("LOCK_HELD", text, { bucket, key, holder, revision, ...causedBy(cause) });
}

/** `reason` ends the sentence: "…: another has it now". */
export function lockLost({ bucket, key }: LockPlace, reason: string, cause?: unknown): KvError {
  const text = `the lock "${key}" of bucket "${bucket}" is lost: ${reason}`;
  return new KvError("LOCK_LOST", text, { bucket, key, ...causedBy(cause) });
}

function causedBy(cause: unknown): { readonly cause?: unknown } {
  return cause === undefined ? {} : { cause };
}

/** The error in words of the lock: what it needs and the bucket lacks. */
export function explained(error: NatsError, { bucket }: LockPlace): NatsError {
  if (!needsMarkers(error)) return asBucketError(bucket, error) as NatsError;
  const text = `a lock needs it, and the bucket "${bucket}" has none: create or update it with limitMarkerTtl`;
  return Object.assign(invalidOption("limitMarkerTtl", text), { cause: error });
}

/** Whether another attempt may help: the server is busy, away, or has no leader just now. */
export function mayPass(error: NatsError): boolean {
  return isPassing(error, "NO_STREAM", "OUTBOUND_LIMIT_EXCEEDED");
}
