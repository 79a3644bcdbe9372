import type { BucketSource } from "./bucket-source.ts";
import type { StreamConfig, StreamSettings } from "../jetstream/config/stream-config.ts";
import {
  backedBy,
  backingFields,
  finite,
  present,
  type StreamBacked,
} from "../jetstream/config/stream-backed.ts";
import { checkBucketConfig } from "./check-bucket-config.ts";
import { sourcesOf, streamSource, streamSources, bucketSource } from "./bucket-source.ts";
import { checkBucketName, streamOf, subjectsOf } from "./keys.ts";

/** The configuration of a bucket. Without a field for a limit there is no such limit. */
export interface BucketConfig extends StreamBacked {
  /** Revisions that are kept of each key, 1 to 64. @default 1 */
  readonly history?: number;
  /**
   * Milliseconds that the marker stays of a key that the server removed, at least 1000. Lets keys have a `ttl`. Needs
   * nats-server 2.11. @default no marker, and no `ttl` of keys
   */
  readonly limitMarkerTtl?: number;
  /** Bytes of a value with its headers, at most. @default what the server takes */
  readonly maxValueSize?: number;
  /** Publishes each stored entry once more, to other subjects. */
  readonly republish?: NonNullable<StreamConfig["republish"]>;
  /** Allows writes to several keys together. Needs nats-server 2.12. @default false */
  readonly allowAtomic?: boolean;
  /** The bucket of which this one is a copy: it answers reads itself, and writes go to the other one. Excludes {@link sources}. */
  readonly mirror?: BucketSource;
  /** Buckets whose entries come in, as keys of this one unless their `subjectTransforms` say otherwise. */
  readonly sources?: readonly BucketSource[];
}

const DUPLICATE_WINDOW = 120_000;

type Fields = Omit<StreamSettings, "name">;

// KV-01, KV-07, KV-27, KV-32, KV-33
/**
 * The configuration of the stream that holds such a bucket: for `plan` of natspeed/jetstream, and for other tools. Throws
 * `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { streamConfig } from "natspeed/jetstream";
 * import { bucketStream } from "natspeed/kv";
 *
 * console.log(JSON.stringify(streamConfig.toWire(bucketStream("config", { history: 5 }))));
 * ```
 */
export function bucketStream(bucket: string, config: BucketConfig = {}): StreamConfig {
  const name = checkBucketName(bucket);
  const checked = checkBucketConfig(config);
  const { mirror, sources } = checked;
  const settings = {
    name: streamOf(name),
    maxMsgsPerSubject: checked.history ?? 1,
    discard: "new",
    denyDelete: true,
    allowRollup: true,
    allowDirect: true,
    ...streamFields(checked, mirror === undefined),
  } as const;
  // KV-29: a mirror also answers reads of its origin.
  if (mirror !== undefined) return { ...settings, mirror: streamSource(mirror), mirrorDirect: true };
  const subjects = [`${subjectsOf(name)}>`];
  if (sources === undefined) return { ...settings, subjects };
  return { ...settings, subjects, sources: streamSources(name, sources) };
}

/** The fields of the bucket as fields of its stream. */
function streamFields(config: BucketConfig, isOrigin: boolean): Partial<Fields> {
  const {
    history: _,
    mirror: _mirror,
    sources,
    ttl,
    limitMarkerTtl,
    maxValueSize,
    compression,
    ...same
  } = config;
  const isPlain = isOrigin && sources === undefined;
  return {
    ...same,
    ...backingFields({ ttl, compression }),
    // A stream that copies others takes no duplicate window.
    ...(isPlain ? { duplicateWindow: Math.min(DUPLICATE_WINDOW, ttl ?? Infinity) } : {}),
    ...(limitMarkerTtl === undefined ? {} : { allowMsgTtl: true }),
    // The markers of a mirror are those of its origin.
    ...(limitMarkerTtl === undefined || !isOrigin ? {} : { subjectDeleteMarkerTtl: limitMarkerTtl }),
    ...(maxValueSize === undefined ? {} : { maxMsgSize: maxValueSize }),
  };
}

// KV-41
/** The configuration of the bucket that a stream holds. */
export function bucketConfig(bucket: string, stream: StreamConfig): BucketConfig {
  const { maxMsgsPerSubject, subjectDeleteMarkerTtl, maxMsgSize } = stream;
  const { republish, allowAtomic, mirror, sources } = stream;
  return {
    ...backedBy(stream),
    ...present<Omit<BucketConfig, keyof StreamBacked>>({
      history: maxMsgsPerSubject,
      limitMarkerTtl: subjectDeleteMarkerTtl,
      maxValueSize: finite(maxMsgSize),
      republish,
      allowAtomic: allowAtomic === true ? true : undefined,
      mirror: mirror === undefined ? undefined : bucketSource(mirror),
      sources: sources === undefined || sources.length === 0 ? undefined : sourcesOf(bucket, sources),
    }),
  };
}
