import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { SelectedSequence } from "../core/delivery/selected-sequence.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { JetStream } from "../jetstream/jetstream.ts";
import { ANY_CHUNKS, storeOf } from "./names.ts";
import { isStore, statusOf, type StoreStatus } from "./store-config.ts";

export function listStores(js: JetStream, options: WaitOptions): AsyncSequence<StoreStatus> {
  return new SelectedSequence(js.streams.list({ ...options, subject: ANY_CHUNKS }), (info) => {
    const store = storeOf(info.config.name);
    return store !== undefined && isStore(store, info.config) ? statusOf(store, info) : undefined;
  });
}

export function namesOfStores(js: JetStream, options: WaitOptions): AsyncSequence<string> {
  return new SelectedSequence(js.streams.names({ ...options, subject: ANY_CHUNKS }), storeOf);
}
