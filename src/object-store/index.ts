/// <reference lib="esnext.disposable" preserve="true" />
// What `natspeed/object-store` gives.
export {
  type ObjectLink,
  ObjectStoreError,
  type ObjectStoreErrorCode,
  type ObjectStoreErrorFacts,
} from "./errors.ts";
export { objectStore, type ObjectStores } from "./object-stores.ts";
export type { ObjectStore } from "./object-store.ts";
export { type StoreConfig, type StoreStatus, storeStream } from "./store-config.ts";
export type { ObjectInfo } from "./meta/object-info.ts";
export type { ObjectMeta } from "./meta/object-meta.ts";
export type { PutOptions } from "./put/put-options.ts";
export type { ObjectSource } from "./put/source.ts";
export type { ByteRange, GetOptions } from "./get/get-options.ts";
export type { StoredObject } from "./get/stored-object.ts";
export type { ObjectChanges } from "./change/update.ts";
export type { ObjectListOptions } from "./watch/list-objects.ts";
export type { ObjectEvent, ObjectWatchOptions } from "./watch/watch-objects.ts";
