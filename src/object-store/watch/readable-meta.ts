import type { NatsError } from "../../core/errors.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { readMeta } from "../meta/read-meta.ts";
import type { StoreContext } from "../store-context.ts";

/**
 * What is told of an object, for whoever looks at many. One that can't be read is left out, and is an `error` event of the
 * connection: it would keep all others from being seen, for as long as it is there.
 */
export function readableMeta({ js, store }: StoreContext, message: StoredMessage): ObjectInfo | undefined {
  try {
    return readMeta(store, message).info;
  } catch (thrown) {
    js.context.connection.foundation.report(thrown as NatsError);
    return undefined;
  }
}
