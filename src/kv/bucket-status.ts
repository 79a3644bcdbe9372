import type { StreamInfo } from "../jetstream/config/stream-info.ts";
import { type BucketConfig, bucketConfig } from "./bucket-config.ts";

/** What a bucket holds, and its configuration. */
export interface BucketStatus {
  readonly bucket: string;
  /** How many revisions it holds: history and markers count too. */
  readonly values: number;
  /** Bytes that they take at the server, with headers and what the server adds. */
  readonly bytes: number;
  /** The configuration, as `create` takes it. */
  readonly config: BucketConfig;
  /** The stream that holds it. */
  readonly stream: StreamInfo;
}

// KV-28, KV-41
export function bucketStatus(bucket: string, stream: StreamInfo): BucketStatus {
  const { messages, bytes } = stream.state;
  return { bucket, values: messages, bytes, config: bucketConfig(bucket, stream.config), stream };
}
