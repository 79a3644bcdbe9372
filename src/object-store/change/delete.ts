import type { WaitOptions } from "../../core/waiter.ts";
import { purgeChunks } from "../chunks.ts";
import { Metas } from "../meta/metas.ts";
import { checkObjectName } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { objectNotFound } from "../store-errors.ts";

// OBJ-10
/** `ObjectStore.delete`: first the meta says so, then the chunks are removed. */
export async function deleteObject(context: StoreContext, name: string, limits: WaitOptions): Promise<void> {
  checkObjectName(name);
  const { before } = await new Metas(context).replace(
    name,
    (last) => {
      if (last === undefined || last.info.deleted) throw objectNotFound(context.store, name);
      // Without a target nobody takes a deleted link for a link.
      const { link: _, ...options } = last.wire.options ?? {};
      const rest = { options, bucket: context.store, mtime: new Date().toISOString() };
      return { ...last.wire, ...rest, size: 0, chunks: 0, digest: "", deleted: true };
    },
    limits,
  );
  const { info, revision: below } = before!;
  const { nuid, chunks: stored } = info;
  if (nuid === "" || stored === 0) return;
  const timeout = limits.timeout ?? context.js.context.timeout;
  const left = await purgeChunks(context, { nuid, stored, below }, timeout);
  if (left === undefined) return;
  left.message = `the object "${name}" is deleted, but its chunks may be left: ${left.message}`;
  throw left;
}
