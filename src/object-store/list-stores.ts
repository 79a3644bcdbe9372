import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { PagedSequence } from "../jetstream/direct/paged-sequence.ts";
import type { JetStream } from "../jetstream/jetstream.ts";
import { ANY_CHUNKS, storeOf } from "./names.ts";
import { isStore, statusOf, type StoreStatus } from "./store-config.ts";

export function listStores(js: JetStream, options: WaitOptions): AsyncSequence<StoreStatus> {
  return only(js.streams.list({ ...options, subject: ANY_CHUNKS }), (info) => {
    const store = storeOf(info.config.name);
    return store !== undefined && isStore(store, info.config) ? statusOf(store, info) : undefined;
  });
}

export function namesOfStores(js: JetStream, options: WaitOptions): AsyncSequence<string> {
  return only(js.streams.names({ ...options, subject: ANY_CHUNKS }), storeOf);
}

/** What `read` makes of each; what it makes nothing of is passed over. */
function only<T, R>(items: AsyncSequence<T>, read: (item: T) => R | undefined): AsyncSequence<R> {
  return new PagedSequence<R>(async () => {
    const { done, value } = await items.next();
    if (done === true) return undefined;
    const made = read(value);
    return made === undefined ? [] : [made];
  });
}
