/// <reference lib="esnext.disposable" preserve="true" />
// What `natspeed/object-store` gives.
export { type ObjectLink, ObjectStoreError, type ObjectStoreErrorCode } from "./errors.ts";
