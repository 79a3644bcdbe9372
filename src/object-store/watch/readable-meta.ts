import type { NatsError } from "../../core/errors.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { readMeta } from "../meta/read-meta.ts";
import type { StoreContext } from "../store-context.ts";

/**
 * The info of one of many objects. A meta that can't be read is undefined, and an `error` event of the connection tells of it: as
 * an error of the loop it would hide all objects behind it.
 */
export function readableMeta({ js, store }: StoreContext, message: StoredMessage): ObjectInfo | undefined {
  try {
    return readMeta(store, message).info;
  } catch (thrown) {
    js.context.connection.foundation.report(thrown as NatsError);
    return undefined;
  }
}
