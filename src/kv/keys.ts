import { invalidOption, shown, wrongValue } from "../core/checks.ts";
import { encodeKey } from "./coded-keys.ts";
import { KvError } from "./errors.ts";
import type { KeyCodec } from "./key-codecs.ts";

const BUCKET = /^[a-zA-Z0-9_-]+$/;

const STREAM_PREFIX = "KV_";
const SUBJECT_PREFIX = "$KV.";

/** The server names a folder after the stream, and a folder's name has up to 255 bytes. */
const MAX_BUCKET = 252;

const KEY = /^[-/_=a-zA-Z0-9]+(?:\.[-/_=a-zA-Z0-9]+)*$/;

const FILTER = /^(?:>|(?:\*|[-/_=a-zA-Z0-9]+)(?:\.(?:\*|[-/_=a-zA-Z0-9]+))*(?:\.>)?)$/;

// KV-06
/** Throws `INVALID_OPTION` unless it can be the name of a bucket; returns it. */
export function checkBucketName(name: unknown, argument = "bucket"): string {
  if (typeof name !== "string") throw wrongValue(argument, "a string", name);
  if (!BUCKET.test(name))
    throw invalidOption(argument, `a bucket's name has letters, digits, "_" and "-", unlike ${shown(name)}`);
  if (name.length > MAX_BUCKET)
    throw invalidOption(argument, `it has ${name.length} characters, and may have ${MAX_BUCKET}`);
  return name;
}

export function streamOf(bucket: string): string {
  return STREAM_PREFIX + bucket;
}

/** The bucket that a stream of this name would hold; undefined if that can be none. */
export function bucketOf(stream: string): string | undefined {
  if (!stream.startsWith(STREAM_PREFIX)) return undefined;
  const bucket = stream.slice(STREAM_PREFIX.length);
  return BUCKET.test(bucket) ? bucket : undefined;
}

/** What the subjects of a bucket's keys begin with. */
export function subjectsOf(bucket: string): string {
  return `${SUBJECT_PREFIX}${bucket}.`;
}

/** How a handle names the keys of its bucket. */
export interface KeyNames {
  readonly bucket: string;
  readonly codec: KeyCodec | undefined;
}

// KV-06, KV-34
/** The key as the server takes it. Throws `INVALID_KEY`. */
export function checkKey({ bucket, codec }: KeyNames, key: unknown): string {
  const encoded = codec === undefined || typeof key !== "string" ? key : encodeKey(codec, bucket, key);
  if (typeof encoded === "string" && KEY.test(encoded)) return encoded;
  throw invalidKey(bucket, key, faultOf(encoded));
}

/** The filter as the server takes it: a key that may have wildcards. Throws `INVALID_KEY`. */
function checkFilter({ bucket, codec }: KeyNames, filter: unknown): string {
  const encoded =
    codec === undefined || typeof filter !== "string" ? filter : encodeKey(codec, bucket, filter);
  if (typeof encoded === "string" && FILTER.test(encoded)) return encoded;
  throw invalidKey(bucket, filter, faultOfFilter(encoded));
}

/** One filter, or several, as the server takes them; all keys by default. Throws `INVALID_KEY` or `INVALID_OPTION`. */
export function checkFilters(names: KeyNames, given: unknown = ">"): readonly string[] {
  if (!Array.isArray(given)) return [checkFilter(names, given)];
  if (given.length === 0) throw invalidOption("filter", "it must have a key, or a filter");
  return given.map((filter) => checkFilter(names, filter));
}

function faultOf(key: unknown): string {
  if (typeof key !== "string") return `it must be a string, not ${shown(key)}`;
  if (key === "") return "it must not be empty";
  if (key.startsWith(".") || key.endsWith(".") || key.includes(".."))
    return "dots stand between parts that are not empty";
  return 'a key has letters, digits and "-/_=." (see keyed() for others)';
}

function faultOfFilter(filter: unknown): string {
  if (typeof filter === "string") return 'a filter is a key in which a part may be "*", and the last one ">"';
  // As watch({ key }) of nats.js, or watch({ include: "updates" }).
  const isOptions = typeof filter === "object" && filter !== null;
  return isOptions ? 'a filter comes first, ">" for all keys, and options come behind it' : faultOf(filter);
}

function invalidKey(bucket: string, key: unknown, reason: string): KvError {
  const which = typeof key === "string" ? `invalid key ${shown(key)}` : "invalid key";
  const text = `${which} of bucket "${bucket}": ${reason}`;
  return new KvError("INVALID_KEY", text, { bucket, ...(typeof key === "string" ? { key } : {}) });
}
