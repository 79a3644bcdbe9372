import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { Metas } from "../meta/metas.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import type { LastMeta } from "../meta/read-meta.ts";
import type { WireMeta } from "../meta/wire-meta.ts";
import type { StoreContext } from "../store-context.ts";
import { objectChanged, objectExists } from "../store-errors.ts";

interface Names {
  readonly from: string;
  readonly to: string;
}

// OBJ-12
/**
 * Writes the meta under the new name; the chunks stay where they are. Then it marks the old name as deleted, and removes the mark.
 * Meanwhile a put under the old name would remove the chunks, as those of the object that it replaces. But the put and the mark are
 * each written only if the old name has not changed since they read it, so one of the two fails. If the mark fails, the new name
 * is taken back. A rename that ends between its two writes leaves the object under both names. The next rename knows it by its
 * `nuid`, and goes on.
 */
export async function renameObject(
  context: StoreContext,
  { from, to }: Names,
  change: (last: LastMeta | undefined) => WireMeta,
  limits: WaitOptions,
): Promise<ObjectInfo> {
  const metas = new Metas(context);
  const old = await metas.last(from, limits);
  const wire = change(old);
  const { written } = await metas.replace(
    to,
    (there) => {
      const isOther = there !== undefined && !there.info.deleted && !isSame(there.info, old!.info);
      if (isOther) throw objectExists(context.store, to);
      return wire;
    },
    limits,
  );
  const mark = { ...wire, name: from, options: {}, size: 0, chunks: 0, digest: "", deleted: true };
  let marked: LastMeta;
  try {
    const replaced = await metas.replace(
      from,
      (last) => {
        if (last?.revision === old!.revision) return mark;
        throw objectChanged(context.store, from, "was changed by somebody else while it was renamed");
      },
      limits,
    );
    marked = replaced.written;
  } catch (thrown) {
    if (isNatsError(thrown, "OBJECT_CHANGED")) await metas.remove(written, limits);
    throw thrown;
  }
  await removeMark(context, metas, marked, limits);
  return written.info;
}

/** Whether it is the object itself, under its new name already. Without an id nobody can tell. */
function isSame(there: ObjectInfo, old: ObjectInfo): boolean {
  return there.nuid !== "" && there.nuid === old.nuid;
}

/** The object has its new name by now: that the mark stays is no failure of the rename. An event tells. */
async function removeMark(
  { js, store }: StoreContext,
  metas: Metas,
  mark: LastMeta,
  { timeout }: WaitOptions,
): Promise<void> {
  try {
    await metas.remove(mark, timeout === undefined ? {} : { timeout });
  } catch (thrown) {
    const error = thrown as NatsError;
    error.message = `the mark of the name that an object had before may be left on "${mark.subject}" of the store "${store}": ${error.message}`;
    js.context.connection.foundation.report(error);
  }
}
