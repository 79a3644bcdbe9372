import type { Connection } from "../core/connection/connection.ts";
import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { isNatsError } from "../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../core/inspect.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { StreamInfo } from "../jetstream/config/stream-info.ts";
import type { Changes } from "../jetstream/config/wire-format.ts";
import { type JetStream, jetstream } from "../jetstream/jetstream.ts";
import type { JetStreamOptions } from "../jetstream/options.ts";
import { listStores, namesOfStores } from "./list-stores.ts";
import { checkStoreName, streamOf } from "./names.ts";
import { ObjectStore } from "./object-store.ts";
import {
  isStore,
  statusOf,
  type StoreConfig,
  type StoreStatus,
  storeStream,
  streamChanges,
} from "./store-config.ts";
import { storeContext } from "./store-context.ts";
import { inWordsOf, notAStore, storeExists } from "./store-errors.ts";

/**
 * The object stores of a connection. Nothing is asked of the server before it is used, and it may be made anew wherever it is
 * needed. Throws `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { objectStore } from "natspeed/object-store";
 *
 * const nc = await connect();
 * const store = await objectStore(nc).create("models", { description: "what was trained" });
 * const { size, digest } = await store.put("notes.txt", "hello", { metadata: { lang: "en" } });
 * console.log(size, digest, await (await store.get("notes.txt")).text());
 * await nc.close();
 * ```
 */
export function objectStore(nc: Connection, options: JetStreamOptions = {}): ObjectStores {
  return new ObjectStores(jetstream(nc, options));
}

/** Makes, changes, finds and removes stores. */
export class ObjectStores {
  readonly #js: JetStream;

  /** @internal */
  constructor(js: JetStream) {
    this.#js = js;
  }

  // OBJ-01
  /**
   * Makes a store, or gives the one there is if its configuration is the same. Rejects with `STORE_EXISTS` if that is another
   * one, `INVALID_OPTION`, `INVALID_CONFIG`, `SERVER_TOO_OLD`, and as a request does.
   */
  async create(store: string, config: StoreConfig = {}, options: WaitOptions = {}): Promise<ObjectStore> {
    const stream = storeStream(store, config);
    try {
      await this.#js.streams.create(stream, options);
    } catch (thrown) {
      if (!isNatsError(thrown, "STREAM_EXISTS")) throw thrown;
      throw storeExists(store, thrown);
    }
    return this.#handle(store);
  }

  /**
   * Makes a store, or gives the one there is this configuration. Rejects with `NOT_A_STORE` for a stream of that name, and as
   * {@link create} and {@link update} do.
   */
  async createOrUpdate(
    store: string,
    config: StoreConfig = {},
    options: WaitOptions = {},
  ): Promise<ObjectStore> {
    const stream = storeStream(store, config);
    try {
      await this.#find(store, options);
    } catch (thrown) {
      if (!isNatsError(thrown, "STORE_NOT_FOUND")) throw thrown;
    }
    await this.#js.streams.createOrUpdate(stream, options);
    return this.#handle(store);
  }

  /**
   * Changes what is named, takes away what is null, and lets the rest stay. Rejects with `STORE_NOT_FOUND`, `NOT_A_STORE`,
   * `INVALID_OPTION`, and `INVALID_CONFIG` for what can't be changed.
   */
  async update(
    store: string,
    changes: Changes<StoreConfig>,
    options: WaitOptions = {},
  ): Promise<StoreStatus> {
    checkStoreName(store);
    const changed = streamChanges(changes);
    await this.#find(store, options);
    const update = (): Promise<StreamInfo> => this.#js.streams.update(streamOf(store), changed, options);
    return statusOf(store, await inWordsOf(store, undefined, update));
  }

  /** A handle of a store that must be there. Rejects with `STORE_NOT_FOUND`, or `NOT_A_STORE` for a stream of that name. */
  async get(store: string, options: WaitOptions = {}): Promise<ObjectStore> {
    checkStoreName(store);
    await this.#find(store, options);
    return this.#handle(store);
  }

  /** A handle, without asking the server whether there is such a store. Throws `INVALID_OPTION`. */
  bind(store: string): ObjectStore {
    return this.#handle(checkStoreName(store));
  }

  /** Removes a store with all its objects. Rejects with `STORE_NOT_FOUND`, or `NOT_A_STORE` for a stream of that name. */
  async delete(store: string, options: WaitOptions = {}): Promise<void> {
    checkStoreName(store);
    await this.#find(store, options);
    await inWordsOf(store, undefined, () => this.#js.streams.delete(streamOf(store), options));
  }

  // OBJ-02
  /** All stores, asked for page by page as the loop goes on. The loop throws as a request rejects. */
  list(options: WaitOptions = {}): AsyncSequence<StoreStatus> {
    return listStores(this.#js, options);
  }

  /** The names of all stores. As {@link list}. */
  names(options: WaitOptions = {}): AsyncSequence<string> {
    return namesOfStores(this.#js, options);
  }

  async #find(store: string, options: WaitOptions): Promise<StreamInfo> {
    const name = streamOf(store);
    const handle = this.#js.streams.bind(name);
    const info = await inWordsOf(store, undefined, () => handle.info(options));
    if (!isStore(store, info.config)) throw notAStore(store, name);
    return info;
  }

  #handle(store: string): ObjectStore {
    return new ObjectStore(storeContext(this.#js, store));
  }

  /** What `console.log` shows. @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { connection, prefix } = this.#js.context;
    const facts = { server: connection.server, state: connection.state, prefix };
    return inspected("ObjectStores", facts, depth, options, inspect);
  }
}
