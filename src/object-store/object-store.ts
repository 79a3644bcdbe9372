import { checkWait } from "../core/call-options.ts";
import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { INSPECT, type Inspect, inspected } from "../core/inspect.ts";
import type { WaitOptions } from "../core/waiter.ts";
import type { Watch } from "../jetstream/consume/watch.ts";
import { deleteObject } from "./change/delete.ts";
import { linkObject } from "./change/link.ts";
import { type ObjectChanges, updateObject } from "./change/update.ts";
import type { ObjectLink } from "./errors.ts";
import type { GetOptions } from "./get/get-options.ts";
import { openObject } from "./get/open.ts";
import type { StoredObject } from "./get/stored-object.ts";
import { Metas } from "./meta/metas.ts";
import type { ObjectInfo } from "./meta/object-info.ts";
import { checkObjectName } from "./names.ts";
import { putObject } from "./put/put.ts";
import type { PutOptions } from "./put/put-options.ts";
import type { ObjectSource } from "./put/source.ts";
import { type StoreStatus, statusOf } from "./store-config.ts";
import type { StoreContext } from "./store-context.ts";
import { storeError } from "./store-errors.ts";
import { checkListOptions, listObjects, type ObjectListOptions } from "./watch/list-objects.ts";
import { type ObjectEvent, type ObjectWatchOptions, watchObjects } from "./watch/watch-objects.ts";

/** Uses an object store. A name of an object may have any characters, up to 2,800 bytes of UTF-8. */
export class ObjectStore {
  /** The store's name. */
  readonly name: string;
  readonly #context: StoreContext;

  /** @internal */
  constructor(context: StoreContext) {
    this.name = context.store;
    this.#context = context;
  }

  // OBJ-03, OBJ-04, OBJ-05, OBJ-06
  /**
   * Stores an object. A former object of that name stays whole until all bytes are stored. If the put fails it removes what it
   * stored; where it could not, the error's text says so. A lost link ends the put, and so does a change of the stream's leader. The
   * source is read as fast as the server stores. Don't change the bytes meanwhile: either state may be stored.
   *
   * `timeout` is for each chunk, never for the whole. A signal that aborts when all chunks are stored comes too late.
   *
   * Rejects with `OBJECT_CHANGED` if the object is not at `revision`, or if others were quicker twenty times; with
   * `STORE_SEALED`, `STORE_NOT_FOUND` and `STREAM_FULL`; with what the source or `onProgress` throws; and as a publish does.
   *
   * @example
   * ```ts
   * import { createReadStream } from "node:fs";
   * import { connect } from "natspeed";
   * import { objectStore } from "natspeed/object-store";
   *
   * const nc = await connect();
   * const store = await objectStore(nc).create("files");
   * const { size, chunks } = await store.put("package.json", createReadStream("package.json"), {
   *   onProgress: ({ bytes }) => console.log(bytes),
   * });
   * console.log(size, chunks);
   * await nc.close();
   * ```
   */
  async put(name: string, source: ObjectSource, options: PutOptions = {}): Promise<ObjectInfo> {
    return await this.#told(name, () => putObject(this.#context, name, source, options));
  }

  // OBJ-07, OBJ-08, OBJ-19
  /**
   * Opens an object, and follows a link. The bytes are fetched when they are read. `timeout` is for each chunk.
   *
   * Rejects with `OBJECT_NOT_FOUND`, with `OBJECT_CHANGED` if its bytes are not those of `nuid`, with `LINK_TO_STORE`, with
   * `BAD_LINK` for a link that leads nowhere, and with `INVALID_OPTION`, also for a range that begins behind the object's end.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { objectStore } from "natspeed/object-store";
   *
   * const nc = await connect();
   * const store = await objectStore(nc).create("readings");
   * await store.put("today", "21.5 22.0 22.5");
   * for await (const bytes of await store.get("today")) console.log(bytes.length);
   * console.log(await (await store.get("today", { range: { start: 5, end: 9 } })).text()); // 22.0
   * await nc.close();
   * ```
   */
  async get(name: string, options: GetOptions = {}): Promise<StoredObject> {
    return await this.#told(name, () => openObject(this.#context, name, options));
  }

  // OBJ-09, OBJ-11
  /**
   * What is known of an object; undefined if there is none. Links are not followed. Rejects with `OBJECT_CORRUPT` if the info can't
   * be read.
   */
  async info(name: string, options: ObjectListOptions = {}): Promise<ObjectInfo | undefined> {
    checkObjectName(name);
    const { deleted = false, ...limits } = checkListOptions(options);
    const last = await this.#told(name, () => new Metas(this.#context).last(name, limits));
    return last === undefined || (last.info.deleted && !deleted) ? undefined : last.info;
  }

  // OBJ-11, OBJ-14
  /**
   * What is known of the objects that are there when the loop begins. `timeout` is for each wait for the server. An object whose
   * info can't be read is left out, and is an `error` event of the connection with `OBJECT_CORRUPT`. The loop throws
   * `STORE_NOT_FOUND`, `TIMEOUT` and `ABORTED`. Throws `INVALID_OPTION`.
   */
  list(options: ObjectListOptions = {}): AsyncSequence<ObjectInfo> {
    return listObjects(this.#context, checkListOptions(options));
  }

  // OBJ-15
  /**
   * The objects that are there, then the event `synced`, then each change: without a gap or a repeat, across lost links too. A
   * rename is a put and a delete. An object whose info can't be read is left out, and is an `error` event of the connection with
   * `OBJECT_CORRUPT`. The loop throws what ends the watch: `STORE_NOT_FOUND` if the store is deleted, `JETSTREAM_NOT_ENABLED` if
   * nobody has ever answered for JetStream, `CONNECTION_CLOSED`. `retrying` events tell what may pass. Throws `INVALID_OPTION`,
   * and as a subscription does.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { objectStore } from "natspeed/object-store";
   *
   * const nc = await connect();
   * const store = await objectStore(nc).create("pictures");
   * await store.put("cat.png", new Uint8Array(100));
   * for await (const event of store.watch()) {
   *   if (event.type === "synced") break;
   *   console.log(event.type, event.name, event.size); // put cat.png 100
   * }
   * await nc.close();
   * ```
   */
  watch(options: ObjectWatchOptions = {}): Watch<ObjectEvent> {
    return watchObjects(this.#context, options);
  }

  // OBJ-10
  /**
   * Deletes an object, or a link but not its target. Rejects with `OBJECT_NOT_FOUND`, also if it was deleted before, and with
   * `STORE_SEALED`. If its chunks can't be removed it rejects with the reason, though the object is deleted.
   */
  async delete(name: string, options: WaitOptions = {}): Promise<void> {
    const limits = checkWait(options);
    await this.#told(name, () => deleteObject(this.#context, name, limits));
  }

  // OBJ-12
  /**
   * Changes an object's description, headers, metadata or name; its bytes stay. Rejects with `OBJECT_NOT_FOUND`, with
   * `OBJECT_EXISTS` if there is an object of the new name, with `OBJECT_CHANGED` if somebody else changes it while it is renamed, and
   * with `STORE_SEALED`.
   */
  async update(name: string, changes: ObjectChanges, options: WaitOptions = {}): Promise<ObjectInfo> {
    const limits = checkWait(options);
    return await this.#told(name, () => updateObject(this.#context, name, changes, limits));
  }

  // OBJ-13
  /**
   * Makes `name` a link to an object, or to a whole store if the target has no `object`. It replaces a link of that name. Rejects
   * with `OBJECT_EXISTS` if an object has that name, with `OBJECT_NOT_FOUND` or `STORE_NOT_FOUND` if there is no such target, and
   * with `BAD_LINK` if the target is itself a link.
   */
  async link(name: string, target: ObjectLink, options: WaitOptions = {}): Promise<ObjectInfo> {
    const limits = checkWait(options);
    return await this.#told(name, () => linkObject(this.#context, name, target, limits));
  }

  // OBJ-16
  /** Makes the store read-only, for good. */
  async seal(options: WaitOptions = {}): Promise<void> {
    const { js, stream } = this.#context;
    await this.#told(undefined, () => js.streams.update(stream.name, { sealed: true }, options));
  }

  // OBJ-02
  /** How much it holds, and its configuration. */
  async status(options: WaitOptions = {}): Promise<StoreStatus> {
    const limits = checkWait(options);
    return statusOf(this.name, await this.#told(undefined, () => this.#context.stream.info(limits)));
  }

  // A stack shows ten calls. Without `inWordsOf` between, the caller's line is still among them.
  async #told<T>(object: string | undefined, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (thrown) {
      throw storeError(thrown, this.name, object);
    }
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    return inspected("ObjectStore", { name: this.name }, depth, options, inspect);
  }
}
