import type { NatsError } from "../core/errors.ts";
import type { BucketContext } from "./bucket-context.ts";

/** Why the handle's codec can't read a key, which `read` does; undefined if it can. */
export function faultOfKey(read: () => string): NatsError | undefined {
  try {
    read();
    return undefined;
  } catch (thrown) {
    return thrown as NatsError;
  }
}

/**
 * Whether the handle can name a key; `read` does. One that its codec can't read was written by somebody without the codec: it is left
 * out, and an `error` event of the connection tells of it.
 */
export function isReadable({ jetstream, codec }: BucketContext, read: () => string): boolean {
  const fault = codec === undefined ? undefined : faultOfKey(read);
  if (fault !== undefined) jetstream.connection.foundation.report(fault);
  return fault === undefined;
}
