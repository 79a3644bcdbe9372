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

/** Of a store whose name is checked; the server is not asked. */
export function storeContext(js: JetStream, store: string): StoreContext {
  return { js, store, stream: js.streams.bind(streamOf(store)) };
}
