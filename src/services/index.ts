/// <reference lib="esnext.disposable" preserve="true" />
// What `natspeed/services` gives.
export { ServiceError } from "./errors.ts";
