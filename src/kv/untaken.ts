import { isNatsError, type NatsError } from "../core/errors.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { JetStreamError } from "../jetstream/errors.ts";
import type { BucketContext } from "./bucket-context.ts";
import { bucketOf } from "./keys.ts";
import { bucketNotFound } from "./kv-errors.ts";

/** Milliseconds: the reason is not worth a longer wait. */
const PATIENCE = 2000;

/**
 * The error of a write; if no stream took the write, with the reason. The subject does not say which stream that would be, for a
 * domain or a mirror may map it to another one. So the stream itself is asked. Never rejects.
 */
export async function explainUntaken(
  { bucket, jetstream, origin }: BucketContext,
  thrown: unknown,
  { timeout = jetstream.timeout, signal }: WaitOptions,
): Promise<unknown> {
  // If it can be tried again, somebody has found out already that the stream is there.
  if (!isNatsError(thrown, "NO_STREAM") || thrown.retryable) return thrown;
  const limits = { timeout: Math.min(timeout, PATIENCE), ...(signal === undefined ? {} : { signal }) };
  try {
    await origin.info(limits);
    return untaken(bucket, "its stream is there, but has no leader just now or other subjects", thrown);
  } catch (asked) {
    const error = asked as NatsError;
    if (isNatsError(error, "STREAM_NOT_FOUND"))
      return bucketNotFound(bucketOf(origin.name) ?? bucket, thrown);
    const isTold =
      isNatsError(error, "ABORTED") ||
      isNatsError(error, "JETSTREAM_NOT_ENABLED") ||
      isNatsError(error, "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT");
    return isTold
      ? error.add({ sent: false })
      : untaken(bucket, `its stream can't be asked why: ${error.message}`, thrown);
  }
}

function untaken(bucket: string, why: string, cause: NatsError): JetStreamError {
  const { subject } = cause;
  const text = `nobody takes what is written to the bucket "${bucket}": ${why}`;
  return new JetStreamError("NO_STREAM", text, { subject, cause, sent: false, retryable: true });
}
