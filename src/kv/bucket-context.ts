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

/** What every part of a bucket stands on. `typed()` and `keyed()` make another one, with another schema or codec. */
export interface BucketContext {
  readonly jetstream: Context;
  readonly bucket: string;
  /** The bucket's own stream. */
  readonly stream: Stream;
  /** What takes the writes: of a mirror its origin, elsewhere the same. */
  readonly origin: Stream;
  /** What the subjects of the stored keys begin with: of a mirror that of its origin. */
  readonly prefix: string;
  /** What a key is published to. */
  readonly writePrefix: string;
  readonly schema: Schema | undefined;
  readonly codec: KeyCodec | undefined;
  readonly writeListeners: Set<WriteListener>;
}
