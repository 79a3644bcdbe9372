import {
  aBoolean,
  asGiven,
  aString,
  type Check,
  type Checks,
  limit,
  oneOf,
  wrongValue,
} from "../../core/checks.ts";
import { ownMetadata } from "./plain-kinds.ts";
import type { Placement, StreamConfig, StreamSettings } from "./stream-config.ts";
import type { UnknownFields } from "./wire-format.ts";

/** The configuration that buckets and object stores have in common, for a stream holds each. Without a field there is no such limit. */
export interface StreamBacked {
  /** Up to 4096 bytes. */
  readonly description?: string;
  /** Milliseconds that a value, or an object, stays; at least 100. @default none */
  readonly ttl?: number; // OBJ-18
  /** Bytes in all, with headers and what the server adds. When it is full it refuses writes. @default none */
  readonly maxBytes?: number;
  /** Where the server keeps its data. @default "file" */
  readonly storage?: "file" | "memory";
  /** How many servers keep a copy, 1 to 5. @default 1 */
  readonly replicas?: number;
  /** Whether the server compresses its data. @default false */
  readonly compression?: boolean;
  /** Which servers may hold it: those of a cluster, those that have all the tags. */
  readonly placement?: Placement;
  /** Texts by name, up to 128 KiB. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Fields of a newer server, as they travel. */
  readonly unknown?: UnknownFields;
}

interface Renamed {
  readonly ttl: number | undefined;
  readonly compression: boolean | undefined;
}

/** Milliseconds from `least` on. */
export function aDuration(least: number): Check<number> {
  return (name, value) => {
    if (typeof value === "number" && value >= least) return value;
    throw wrongValue(name, `milliseconds from ${least} on`, value);
  };
}

/** Fields that are as given are checked with the stream's configuration. */
export const STREAM_BACKED: Checks<StreamBacked> = {
  description: aString,
  ttl: aDuration(100),
  maxBytes: limit,
  storage: oneOf("file", "memory"),
  replicas: asGiven,
  compression: aBoolean,
  placement: asGiven,
  metadata: asGiven,
  unknown: asGiven,
};

/** The fields of the stream that have other names or other values than those here. */
export function backingFields({ ttl, compression }: Renamed): Pick<StreamSettings, "maxAge" | "compression"> {
  return {
    ...(ttl === undefined ? {} : { maxAge: ttl }),
    ...(compression === undefined ? {} : { compression: compression ? "s2" : "none" }),
  };
}

/** The configuration of the bucket or store that this stream holds, without fields that the server wrote. */
export function backedBy(stream: StreamConfig): StreamBacked {
  const { description, maxAge, maxBytes, storage = "file", replicas = 1 } = stream;
  const { compression, placement, metadata = {}, unknown } = stream;
  const own = ownMetadata(metadata);
  return present<StreamBacked>({
    description,
    ttl: finite(maxAge),
    maxBytes: finite(maxBytes),
    storage,
    replicas,
    compression: compression === "s2" ? true : undefined,
    placement,
    metadata: Object.keys(own).length === 0 ? undefined : own,
    unknown,
  });
}

/** Undefined for no limit. */
export function finite(limit: number | undefined): number | undefined {
  return limit === Infinity ? undefined : limit;
}

/** Without what is undefined. */
export function present<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
