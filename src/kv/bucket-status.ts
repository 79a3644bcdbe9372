import type { StreamInfo } from "../jetstream/config/stream-info.ts";
import { type BucketConfig, bucketConfig } from "./bucket-config.ts";

/** What a bucket has, and what it is like. */
export interface BucketStatus {
  readonly bucket: string;
  /** How many revisions it keeps: history and markers count too. */
  readonly values: number;
  /** Bytes that they take, headers and what the server adds included. */
  readonly bytes: number;
  /** As it could be made with. */
  readonly config: BucketConfig;
  /** The stream that it is. */
  readonly stream: StreamInfo;
}

// KV-28, KV-41
export function bucketStatus(bucket: string, stream: StreamInfo): BucketStatus {
  const { messages, bytes } = stream.state;
  return { bucket, values: messages, bytes, config: bucketConfig(bucket, stream.config), stream };
}
