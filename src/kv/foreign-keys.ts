import type { NatsError } from "../core/errors.ts";
import type { BucketContext } from "./bucket-context.ts";

/** The reason why the handle's codec can't read a key; undefined if it can. `read` reads the key. */
export function faultOfKey(read: () => string): NatsError | undefined {
  try {
    read();
    return undefined;
  } catch (thrown) {
    return thrown as NatsError;
  }
}

/**
 * Whether the handle's codec can read a key; `read` reads it. A key that it can't read was written without the codec. The caller
 * leaves it out, and an `error` event of the connection tells of it.
 */
export function isReadable({ jetstream, codec }: BucketContext, read: () => string): boolean {
  const fault = codec === undefined ? undefined : faultOfKey(read);
  if (fault !== undefined) jetstream.connection.foundation.report(fault);
  return fault === undefined;
}
