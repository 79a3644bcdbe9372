import { isNatsError, type NatsError } from "../core/errors.ts";
import { invalidOption } from "../core/invalid-option.ts";
import { differ } from "../jetstream/config/told-differences.ts";
import { KvError } from "./errors.ts";
import { streamOf } from "./keys.ts";

export function notABucket(bucket: string): KvError {
  const text = `the stream "${streamOf(bucket)}" is no bucket: it keeps no number of messages of each subject, or has other subjects`;
  return new KvError("NOT_A_BUCKET", text, { bucket });
}

/** Fields of the stream by the names that they have in a bucket's configuration. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  maxMsgsPerSubject: "history",
  maxAge: "ttl",
  subjectDeleteMarkerTtl: "limitMarkerTtl",
  allowMsgTtl: "limitMarkerTtl",
  maxMsgSize: "maxValueSize",
};

/** The stream differs in these `fields`. */
export function bucketExists(bucket: string, fields: readonly string[], cause: unknown): KvError {
  const names = [...new Set(fields.map((field) => OWN_NAMES[field] ?? field))];
  const text = `there is a bucket "${bucket}" already, with another configuration${differ(names)}; createOrUpdate() changes it, get() takes it as it is`;
  return new KvError("BUCKET_EXISTS", text, { bucket, cause });
}

export function bucketNotFound(bucket: string, cause: NatsError): KvError {
  return new KvError("BUCKET_NOT_FOUND", `there is no bucket "${bucket}"`, { bucket, cause });
}

/** The `err_code` for a TTL where the stream allows none. */
const TTL_DISABLED = 10_166;

/** Whether the server refused a TTL because the bucket has no `limitMarkerTtl`. */
export function needsMarkers(error: NatsError): boolean {
  return (error as { readonly errCode?: number }).errCode === TTL_DISABLED;
}

/** An error of the stream in words of the bucket. */
export function asBucketError(bucket: string, thrown: unknown): unknown {
  if (isNatsError(thrown) && needsMarkers(thrown)) {
    const text = `keys of the bucket "${bucket}" have none: create or update it with limitMarkerTtl`;
    return Object.assign(invalidOption("ttl", text), { cause: thrown });
  }
  return isNatsError(thrown, "STREAM_NOT_FOUND") ? bucketNotFound(bucket, thrown) : thrown;
}

export function keyExists(bucket: string, key: string, revision: number, cause: unknown): KvError {
  const text = `the key "${key}" of bucket "${bucket}" has a value: it is at revision ${revision}`;
  return new KvError("KEY_EXISTS", text, { bucket, key, revision, cause });
}

export function wrongRevision(bucket: string, key: string, revision: number, cause: unknown): KvError {
  const at = revision === 0 ? "it has none" : `it is at ${revision}`;
  const text = `the key "${key}" of bucket "${bucket}" is not at the revision that was expected: ${at}`;
  return new KvError("WRONG_REVISION", text, { bucket, key, revision, cause });
}
