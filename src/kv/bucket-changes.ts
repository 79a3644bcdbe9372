import type { StreamConfig, StreamSettings } from "../jetstream/config/stream-config.ts";
import type { Changes } from "../jetstream/config/wire-format.ts";
import type { BucketConfig } from "./bucket-config.ts";
import { streamSources } from "./bucket-source.ts";
import { checkBucketChanges } from "./check-bucket-config.ts";

type StreamChanges = Changes<StreamSettings & { readonly sources?: NonNullable<StreamConfig["sources"]> }>;
type Fields = {
  readonly [K in keyof BucketConfig]-?: (value: BucketConfig[K], bucket: string) => StreamChanges;
};

/** The changes of the stream for each field of a bucket. */
const FIELDS: Fields = {
  description: (description = "") => ({ description }),
  history: (history = 1) => ({ maxMsgsPerSubject: history }),
  ttl: (ttl) => ({ maxAge: ttl ?? null }),
  // A stream can't be forbidden again to have messages with a ttl.
  limitMarkerTtl: (ttl) =>
    ttl === undefined ? { subjectDeleteMarkerTtl: null } : { subjectDeleteMarkerTtl: ttl, allowMsgTtl: true },
  maxBytes: (maxBytes) => ({ maxBytes: maxBytes ?? null }),
  maxValueSize: (size) => ({ maxMsgSize: size ?? null }),
  storage: (storage = "file") => ({ storage }),
  replicas: (replicas = 1) => ({ replicas }),
  compression: (isOn = false) => ({ compression: isOn ? "s2" : "none" }),
  placement: (placement) => ({ placement: placement ?? null }),
  republish: (republish) => ({ republish: republish ?? null }),
  metadata: (metadata) => ({ metadata: metadata ?? null }),
  allowAtomic: (isOn = false) => ({ allowAtomic: isOn }),
  mirror: () => ({}),
  sources: (sources, bucket) => ({ sources: sources === undefined ? null : streamSources(bucket, sources) }),
  unknown: (unknown) => ({ unknown: unknown ?? null }),
};

// KV-02
/** Changes of a bucket as changes of its stream, whose other fields stay as they are. Throws `INVALID_OPTION`. */
export function streamChanges(bucket: string, changes: Changes<BucketConfig>): Changes<StreamConfig> {
  const { values, removed } = checkBucketChanges(changes);
  const parts = Object.entries(values).map(([name, value]) =>
    FIELDS[name as keyof BucketConfig](value as never, bucket),
  );
  const gone = removed.map((name) => FIELDS[name](undefined, bucket));
  return Object.assign({}, ...parts, ...gone) as Changes<StreamConfig>;
}
