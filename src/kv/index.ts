/// <reference lib="esnext.disposable" preserve="true" />
// What `natspeed/kv` gives.
export { type Kv, kv } from "./kv.ts";
export { KvError, type KvErrorCode, type KvErrorFacts } from "./errors.ts";
export type { Bucket, ReadonlyBucket } from "./bucket.ts";
export { type BucketConfig, bucketStream } from "./bucket-config.ts";
export type { BucketSource } from "./bucket-source.ts";
export type { BucketStatus } from "./bucket-status.ts";
export type { Entry, Marker, Revision } from "./entry.ts";
export type { PurgeDeletesOptions } from "./purge-deletes.ts";
export type { GetOptions } from "./read.ts";
export type { KvEvent, WatchOptions } from "./watch.ts";
export type { CreateOptions, DeleteOptions, PurgeKeyOptions, WriteOptions } from "./write.ts";
export { base64Keys, chainKeys, type KeyCodec, pathKeys } from "./key-codecs.ts";
export type { Lock } from "./lock/lock.ts";
export type { ElectionOptions, LockOptions } from "./lock/lock-options.ts";
export type { Election } from "./lock/election.ts";
export type { View } from "./view/view.ts";
export type { ViewChange } from "./view/view-changes.ts";
export type { ViewOptions } from "./view/view-options.ts";
export type { BatchCreateOptions, BatchDeleteOptions, BatchWriteOptions, BucketBatch } from "./batch.ts";
export type { Change, TransactOptions } from "./transact.ts";
