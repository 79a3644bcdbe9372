import type { Either } from "./either.ts";
import type { Start } from "./start.ts";
import { checkStreamRules } from "./stream-rules.ts";
import { STREAM } from "./stream-table.ts";
import { readFields, writeFields } from "./table.ts";
import type { UnknownFields, WireFormat } from "./wire-format.ts";

/** The configuration that all streams have in common. A limit that is left out, or `Infinity`, is none. */
export interface StreamSettings {
  /** Up to 255 bytes, without white space, dots, wildcards and slashes. */
  readonly name: string;
  /** Up to 4096 bytes. */
  readonly description?: string;
  /** When messages go: by the limits; or also once all consumers (interest) or one (workqueue) have acked them. @default "limits" */
  readonly retention?: "limits" | "interest" | "workqueue"; // JS-STR-11
  /** Messages. @default none */
  readonly maxMsgs?: number; // JS-STR-12
  /** Bytes, with headers and what the server adds. @default none */
  readonly maxBytes?: number;
  /** Milliseconds that a message stays, at least 100. @default none */
  readonly maxAge?: number;
  /** Bytes of one message. @default what the server takes */
  readonly maxMsgSize?: number;
  /** @default none */
  readonly maxMsgsPerSubject?: number;
  /** @default none */
  readonly maxConsumers?: number;
  /** What a full stream drops: the oldest message, or the new one; `new-per-subject` also by `maxMsgsPerSubject`. @default "old" */
  readonly discard?: "old" | "new" | "new-per-subject"; // JS-STR-13
  /** @default "file" */
  readonly storage?: "file" | "memory"; // JS-STR-14
  /** 1 to 5. @default 1 */
  readonly replicas?: number;
  /** @default "none" */
  readonly compression?: "none" | "s2"; // JS-STR-15
  /** @default 1 */
  readonly firstSeq?: number; // JS-STR-16
  readonly placement?: Placement; // JS-STR-17
  /** Makes the stream read-only, for good. A stream can't be created so, only updated. */
  readonly sealed?: boolean; // JS-STR-18
  /** Messages can't be deleted; for good. */
  readonly denyDelete?: boolean;
  /** The stream can't be purged; for good. */
  readonly denyPurge?: boolean;
  /** Lets every replica answer reads, which is faster; a replica may lag. @default false */
  readonly allowDirect?: boolean; // JS-STR-19
  /** Renames subjects as messages come. */
  readonly subjectTransform?: SubjectTransform; // JS-STR-20, 46
  /** Publishes each stored message once more, to other subjects. */
  readonly republish?: {
    /** @default all subjects */
    readonly src?: string;
    readonly dest: string;
    readonly headersOnly?: boolean;
    readonly unknown?: UnknownFields;
  }; // JS-STR-21
  /** Upper limits for consumers, which are their defaults, too. */
  readonly consumerLimits?: {
    /** Milliseconds. */
    readonly inactiveThreshold?: number;
    readonly maxAckPending?: number;
    readonly unknown?: UnknownFields;
  }; // JS-STR-27
  /** Texts by name, up to 128 KiB. Names that begin with `_nats` are the server's. */
  readonly metadata?: Readonly<Record<string, string>>; // JS-STR-28, JS-CTX-11
  /** Milliseconds for which message ids are known, from 100 to `maxAge`. @default 120000, or `maxAge` if that is less */
  readonly duplicateWindow?: number;
  /** No publish is acked: use `nc.publish`. */
  readonly noAck?: boolean; // JS-PUB-12
  /** Lets messages have a `ttl`; for good. */
  readonly allowMsgTtl?: boolean; // JS-STR-29
  /** Milliseconds that a marker stays where the time of a subject's last message was up, at least 1000; sets `allowMsgTtl`. */
  readonly subjectDeleteMarkerTtl?: number;
  readonly allowRollup?: boolean; // JS-STR-30
  readonly allowAtomic?: boolean;
  readonly allowBatched?: boolean;
  /** All messages are counters; can't be changed. */
  readonly allowMsgCounter?: boolean;
  /** For good; sets `allowRollup`. */
  readonly allowMsgSchedules?: boolean;
  /** async: an ack may come before the disk has the message. Can't be changed. @default "default" */
  readonly persistMode?: "default" | "async"; // JS-STR-31
  readonly unknown?: UnknownFields; // JS-STR-39: `template_owner` of old servers ends here
}

/** A stream has subjects or sources, or is a mirror. */
export type StreamConfig = StreamSettings &
  Either<
    {
      /** @default the stream's name, unless it has sources */
      readonly subjects?: readonly string[];
      readonly sources?: readonly StreamSource[];
    },
    {
      readonly mirror: StreamSource;
      /** Lets the mirror answer reads of its origin. @default the origin's `allowDirect` */
      readonly mirrorDirect?: boolean;
    }
  >;

/** A stream to copy from, and where to begin. @default at its first message */
export type StreamSource = Partial<Start> & {
  readonly name: string;
  /** Excludes {@link subjectTransforms}, which filter by their `src`. */
  readonly filterSubject?: string;
  readonly subjectTransforms?: readonly SubjectTransform[]; // JS-STR-26
  /** Where the stream is, if not here: a domain, or the prefixes that an account imports. */
  readonly external?: Either<
    { readonly domain: string },
    { readonly api: string; readonly deliver?: string }
  > & { readonly unknown?: UnknownFields }; // JS-STR-24
  /** An existing consumer with `ackPolicy: "flow-control"`. */
  readonly consumer?: {
    readonly name: string;
    readonly deliverSubject: string;
    readonly unknown?: UnknownFields;
  }; // JS-STR-25
  readonly unknown?: UnknownFields;
}; // JS-STR-22, 23

/** Subjects that match `src` become `dest`. In `dest`, `{{wildcard(1)}}` stands for the token that the first wildcard matched. */
export interface SubjectTransform {
  readonly src: string;
  readonly dest: string;
  readonly unknown?: UnknownFields;
}

/** Which servers may hold a stream: those of a cluster, those that have all the tags. */
export interface Placement {
  readonly cluster?: string;
  readonly tags?: readonly string[];
  readonly unknown?: UnknownFields;
}

/** Fields that the JSON of a stream always has, even with their defaults. */
const WRITTEN = {
  retention: "limits",
  max_consumers: -1,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  discard: "old",
  storage: "file",
  num_replicas: 1,
} as const;

/**
 * The configuration of a stream as JSON: what `nats stream info --json` shows as its `config`, and what
 * `nats stream add --config` takes.
 *
 * @example
 * ```ts
 * import { streamConfig } from "natspeed/jetstream";
 *
 * console.log(JSON.stringify(streamConfig.toWire({ name: "ORDERS", subjects: ["orders.>"], maxAge: 3_600_000 })));
 * console.log(streamConfig.fromWire({ name: "ORDERS", max_age: 3_600_000_000_000 }).maxAge);
 * ```
 */
export const streamConfig: WireFormat<StreamConfig> = {
  toWire: (config) => ({ ...WRITTEN, ...checkedFields(config) }),
  fromWire: (json) => readFields<StreamConfig>(STREAM, json),
};

/** Throws `INVALID_CONFIG`, naming the field, for what no server takes. */
export function checkStreamConfig(config: StreamConfig): void {
  checkedFields(config);
}

function checkedFields(config: StreamConfig): Record<string, unknown> {
  const fields = writeFields(STREAM, config);
  checkStreamRules(config);
  return fields;
}
