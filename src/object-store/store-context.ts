import type { JetStream } from "../jetstream/jetstream.ts";
import type { Stream } from "../jetstream/stream/stream.ts";
import { streamOf } from "./names.ts";

/** What every part of an object store stands on. */
export interface StoreContext {
  readonly js: JetStream;
  readonly store: string;
  /** Holds the store. */
  readonly stream: Stream;
}

/** Waits for a link if there is none. Never rejects: without a link the next call fails. */
export async function untilLinked({ js }: StoreContext, timeout: number): Promise<void> {
  const { connection } = js.context;
  if (connection.server !== undefined) return;
  await connection.once("reconnected", { timeout }).catch(() => undefined);
}

/** The context of a store whose name is checked. The server is not asked. */
export function storeContext(js: JetStream, store: string): StoreContext {
  return { js, store, stream: js.streams.bind(streamOf(store)) };
}
