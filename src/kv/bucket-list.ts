import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import type { StreamInfo } from "../jetstream/config/stream-info.ts";
import { isBucket } from "./is-bucket.ts";
import { bucketOf } from "./keys.ts";

// KV-04
/**
 * Those of all streams that are buckets. The server could list the streams of `$KV.*.>`, but a mirror has no subjects, and would
 * be left out.
 */
export class BucketList<E> implements AsyncSequence<E> {
  readonly #streams: AsyncSequence<StreamInfo>;
  readonly #read: (bucket: string, stream: StreamInfo) => E;

  constructor(streams: AsyncSequence<StreamInfo>, read: (bucket: string, stream: StreamInfo) => E) {
    this.#streams = streams;
    this.#read = read;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    for (;;) {
      const result = await this.#streams.next();
      if (result.done === true) return result;
      const { config } = result.value;
      const bucket = bucketOf(config.name);
      if (bucket !== undefined && isBucket(bucket, config))
        return { value: this.#read(bucket, result.value), done: false };
    }
  }

  async return(): Promise<IteratorResult<E, undefined>> {
    await this.#streams.return();
    return { value: undefined, done: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
