import type { MessageHeaders } from "../core/protocol/headers.ts";
import type { Payload } from "../core/message.ts";
import type { Schema } from "../core/values/schema.ts";
import type { Context } from "../jetstream/context.ts";
import type { Stream } from "../jetstream/stream/stream.ts";
import type { KeyCodec } from "./key-codecs.ts";

/** A write that the server has confirmed. */
export interface Written {
  /** As the server has it. */
  readonly key: string;
  readonly revision: number;
  readonly type: "put" | "delete" | "purge";
  /** With "put". */
  readonly data: Payload;
  readonly headers: MessageHeaders | undefined;
}

/** Hears of each write of a bucket's handles, before the write resolves. */
export type WriteListener = (written: Written) => void;

/** What all parts of a bucket share. `typed()` and `keyed()` make another context, with another schema or codec. */
export interface BucketContext {
  readonly jetstream: Context;
  readonly bucket: string;
  /** The bucket's own stream. */
  readonly stream: Stream;
  /** The stream that takes the writes: the origin of a mirror, or else the bucket's own. */
  readonly origin: Stream;
  /** The subject of a stored key is this and the key. A mirror has the subjects of its origin. */
  readonly prefix: string;
  /** A key is published to this and the key. */
  readonly writePrefix: string;
  readonly schema: Schema | undefined;
  readonly codec: KeyCodec | undefined;
  readonly writeListeners: Set<WriteListener>;
}
