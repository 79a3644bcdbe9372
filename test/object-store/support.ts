import type { Connection } from "../../src/index.ts";
import { jetstream } from "../../src/jetstream/index.ts";
import { objectStore } from "../../src/object-store/index.ts";

/** How many chunks a store has that belong to none of its objects. */
export async function strayChunks(nc: Connection, name: string): Promise<number> {
  const store = await objectStore(nc).get(name);
  const nuids = new Set<string>();
  for await (const { nuid } of store.list()) nuids.add(nuid);
  const stream = await jetstream(nc).streams.get(`OBJ_${name}`);
  let stray = 0;
  for await (const [subject, messages] of stream.subjects(`$O.${name}.C.>`)) {
    if (!nuids.has(subject.split(".").at(-1)!)) stray += messages;
  }
  return stray;
}
