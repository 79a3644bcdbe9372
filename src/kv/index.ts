/// <reference lib="esnext.disposable" preserve="true" />
// What `natspeed/kv` gives.
export { KvError, type KvErrorCode } from "./errors.ts";
export { base64Keys, chainKeys, type KeyCodec, pathKeys } from "./key-codecs.ts";
