import { checkWait } from "../core/call-options.ts";
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
 * The object stores of a connection. The call asks the server for nothing and is cheap: make it wherever you need it. Throws
 * `INVALID_OPTION`.
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
   * Makes a store, or gives the existing one if its configuration is the same. Rejects with `STORE_EXISTS` if its configuration is
   * another one, with `INVALID_OPTION`, `INVALID_CONFIG` or `SERVER_TOO_OLD`, and as a request does.
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
   * Makes a store, or changes the existing one to this configuration. Rejects with `NOT_A_STORE` if a stream of its name is none,
   * and as {@link create} and {@link update} do.
   */
  async createOrUpdate(
    store: string,
    config: StoreConfig = {},
    options: WaitOptions = {},
  ): Promise<ObjectStore> {
    const stream = storeStream(store, config);
    const limits = checkWait(options);
    try {
      await this.#find(store, limits);
    } catch (thrown) {
      if (!isNatsError(thrown, "STORE_NOT_FOUND")) throw thrown;
    }
    await this.#js.streams.createOrUpdate(stream, limits);
    return this.#handle(store);
  }

  /**
   * Changes the fields that are named. Null takes a field away; the rest stays. Rejects with `STORE_NOT_FOUND`, `NOT_A_STORE` or
   * `INVALID_OPTION`, and with `INVALID_CONFIG` for a field that can't be changed.
   */
  async update(
    store: string,
    changes: Changes<StoreConfig>,
    options: WaitOptions = {},
  ): Promise<StoreStatus> {
    checkStoreName(store);
    const changed = streamChanges(changes);
    const limits = checkWait(options);
    await this.#find(store, limits);
    const update = (): Promise<StreamInfo> => this.#js.streams.update(streamOf(store), changed, limits);
    return statusOf(store, await inWordsOf(store, undefined, update));
  }

  /** A handle of an existing store. Rejects with `STORE_NOT_FOUND`, or with `NOT_A_STORE` if the stream of its name is none. */
  async get(store: string, options: WaitOptions = {}): Promise<ObjectStore> {
    checkStoreName(store);
    await this.#find(store, options);
    return this.#handle(store);
  }

  /** A handle; the server is not asked whether there is such a store. Throws `INVALID_OPTION`. */
  bind(store: string): ObjectStore {
    return this.#handle(checkStoreName(store));
  }

  /** Removes a store with all its objects. Rejects with `STORE_NOT_FOUND`, or with `NOT_A_STORE` if the stream of its name is none. */
  async delete(store: string, options: WaitOptions = {}): Promise<void> {
    checkStoreName(store);
    const limits = checkWait(options);
    await this.#find(store, limits);
    await inWordsOf(store, undefined, () => this.#js.streams.delete(streamOf(store), limits));
  }

  // OBJ-02
  /** All stores. The loop asks for one page after another, and throws as a request rejects. */
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
