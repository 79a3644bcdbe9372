import {
  aBoolean,
  asGiven,
  type Check,
  type Checks,
  checkOptions,
  invalidOption,
  limit,
  shown,
  wholeBetween,
  wrongValue,
} from "../core/checks.ts";
import { aDuration, STREAM_BACKED } from "../jetstream/config/stream-backed.ts";
import type { Changes } from "../jetstream/config/wire-format.ts";
import type { BucketConfig } from "./bucket-config.ts";
import type { BucketSource } from "./bucket-source.ts";
import { checkBucketName } from "./keys.ts";

const MAX_HISTORY = 64;

const aSource: Check<BucketSource> = (name, value) => {
  if (typeof value !== "object" || value === null) throw wrongValue(name, "an object with a bucket", value);
  checkBucketName((value as BucketSource).bucket, `${name}.bucket`);
  return { ...(value as BucketSource) };
};

const someSources: Check<readonly BucketSource[]> = (name, value) => {
  if (!Array.isArray(value)) throw wrongValue(name, "an array", value);
  return value.map((source, i) => aSource(`${name}[${i}]`, source));
};

const CONFIG: Checks<BucketConfig> = {
  ...STREAM_BACKED,
  // KV-07
  history: wholeBetween(1, MAX_HISTORY),
  limitMarkerTtl: aDuration(1000),
  maxValueSize: limit,
  // The stream's own check follows.
  republish: asGiven,
  allowAtomic: aBoolean,
  mirror: aSource,
  sources: someSources,
};

/** What nats.js calls these. */
const FORMER = {
  max_bytes: '"maxBytes"',
  maxAge: '"ttl"',
  max_age: '"ttl", in milliseconds',
  maxBucketSize: '"maxBytes"',
  markerTTL: '"limitMarkerTtl"',
  backingStore: '"storage"',
  allow_direct: "always so",
  codec: "keyed() and typed() of the bucket",
  bindOnly: "get() or bind() of what kv() gives",
  streamName: "always KV_ and the bucket's name",
  placementCluster: "placement: { cluster }",
};

/** Throws `INVALID_OPTION`. */
export function checkBucketConfig(given: BucketConfig): BucketConfig {
  const config = checkOptions(given, CONFIG, undefined, FORMER);
  if (config.mirror !== undefined && config.sources !== undefined)
    throw invalidOption("sources", "a mirror has none: it is the copy of one bucket");
  return config;
}

/** Parts the changes: new values, which are checked, and the names of the fields to take away. Throws `INVALID_OPTION`. */
export function checkBucketChanges(given: Changes<BucketConfig>): {
  readonly values: BucketConfig;
  readonly removed: readonly (keyof BucketConfig)[];
} {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw invalidOption("changes", `they must be an object, not ${shown(given)}`);
  const entries = Object.entries(given);
  const removed = entries.filter(([, value]) => value === null).map(([name]) => name as keyof BucketConfig);
  // An unknown name must fail even if its field is to be taken away.
  const names = Object.fromEntries(removed.map((name) => [name, undefined]));
  const values = checkBucketConfig({
    ...names,
    ...Object.fromEntries(entries.filter(([, value]) => value !== null)),
  });
  if (given.mirror !== undefined)
    throw invalidOption(
      "mirror",
      "what a bucket is a copy of can't be changed: its keys are those of the origin",
    );
  return { values, removed };
}
