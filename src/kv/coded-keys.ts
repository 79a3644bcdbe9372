import { shown } from "../core/checks.ts";
import { toError } from "../core/errors.ts";
import { isPromiseLike } from "../core/is-promise-like.ts";
import { KvError } from "./errors.ts";
import type { KeyCodec } from "./key-codecs.ts";

/** The key, or the filter, as the server takes it. Throws `INVALID_KEY`, with what the codec says. */
export function encodeKey(codec: KeyCodec, bucket: string, key: string): string {
  return coded(bucket, key, "can't be written", () => codec.encode(key));
}

/** The key as the application knows it. Throws `INVALID_KEY` for one that the codec did not write. */
export function decodeKey(codec: KeyCodec, bucket: string, key: string): string {
  return coded(bucket, key, "can't be read", () => codec.decode(key));
}

function coded(bucket: string, key: string, what: string, code: () => unknown): string {
  let cause: unknown;
  try {
    const result = code();
    if (typeof result === "string") return result;
    // Nobody waits for that promise: it must not become an unhandled rejection.
    if (isPromiseLike(result)) result.then(undefined, () => undefined);
    cause = new TypeError(`it makes ${shown(result)} of it, and not a string`);
  } catch (thrown) {
    cause = thrown;
  }
  const text = `the key ${shown(key)} of bucket "${bucket}" ${what} by its codec: ${toError(cause).message}`;
  throw new KvError("INVALID_KEY", text, { bucket, key, cause });
}
