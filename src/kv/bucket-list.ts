import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { SelectedSequence } from "../core/delivery/selected-sequence.ts";
import type { StreamInfo } from "../jetstream/config/stream-info.ts";
import { isBucket } from "./is-bucket.ts";
import { bucketOf } from "./keys.ts";

// KV-04
/**
 * The streams that are buckets. The server could list the streams of `$KV.*.>` alone, but it would leave out mirrors, which have no
 * subjects.
 */
export function bucketsAmong<E>(
  streams: AsyncSequence<StreamInfo>,
  read: (bucket: string, stream: StreamInfo) => E,
): AsyncSequence<E> {
  return new SelectedSequence(streams, (stream) => {
    const bucket = bucketOf(stream.config.name);
    return bucket !== undefined && isBucket(bucket, stream.config) ? read(bucket, stream) : undefined;
  });
}
