import type { Either } from "./either.ts";
import type { Start } from "./start.ts";
import type { UnknownFields } from "./wire-format.ts";

/** A limit that is absent, or `Infinity`, is none (-1 on the wire). */
export interface StreamSettings {
  /** Without white space, dots, wildcards and slashes. */
  readonly name: string;
  readonly description?: string;
  /** When messages go: by the limits; or also once all consumers (interest) or one (workqueue) acked. @default "limits" */
  readonly retention?: "limits" | "interest" | "workqueue"; // JS-STR-11
  /** `maxAge` in milliseconds. @default no limits */
  readonly maxMsgs?: number;
  readonly maxBytes?: number;
  readonly maxAge?: number; // JS-STR-12
  readonly maxMsgSize?: number;
  readonly maxMsgsPerSubject?: number;
  readonly maxConsumers?: number;
  /** What a full stream drops: the oldest, or what comes; the last one also for `maxMsgsPerSubject`. @default "old" */
  readonly discard?: "old" | "new" | "new-per-subject"; // JS-STR-13
  /** @default "file" */ readonly storage?: "file" | "memory"; // JS-STR-14
  /** 1 to 5. @default 1 */ readonly replicas?: number;
  /** @default "none" */ readonly compression?: "none" | "s2"; // JS-STR-15
  /** @default 1 */ readonly firstSeq?: number; // JS-STR-16
  readonly placement?: Placement; // JS-STR-17
  /** Nothing comes in, nothing goes; for good, as the next two. */
  readonly sealed?: boolean; // JS-STR-18
  readonly denyDelete?: boolean;
  readonly denyPurge?: boolean;
  /** Lets every replica answer reads: faster, and maybe behind. @default false */
  readonly allowDirect?: boolean; // JS-STR-19
  readonly subjectTransform?: SubjectTransform; // JS-STR-20, 46
  readonly republish?: { readonly src?: string; readonly dest: string; readonly headersOnly?: boolean }; // JS-STR-21
  readonly consumerLimits?: { readonly inactiveThreshold?: number; readonly maxAckPending?: number }; // JS-STR-27
  /** Names that begin with `_nats` are the server's. */
  readonly metadata?: Readonly<Record<string, string>>; // JS-STR-28, JS-CTX-11
  /** Milliseconds for which message ids are known. @default 120000 */
  readonly duplicateWindow?: number;
  /** No publish is acked: use `nc.publish`. */
  readonly noAck?: boolean; // JS-PUB-12
  /** Milliseconds for which a marker stays where the last message of a subject aged away, at least 1000; needs `allowMsgTtl`. */
  readonly subjectDeleteMarkerTtl?: number;
  readonly allowMsgTtl?: boolean; // JS-STR-29
  readonly allowRollup?: boolean;
  readonly allowAtomic?: boolean;
  readonly allowBatched?: boolean; // JS-STR-30
  readonly allowMsgCounter?: boolean;
  readonly allowMsgSchedules?: boolean;
  /** async: an ack may come before the disk has the message. @default "default" */
  readonly persistMode?: "default" | "async"; // JS-STR-31
  readonly unknown?: UnknownFields; // JS-STR-39: `template_owner` of old servers ends here
}
/** A stream has subjects or sources, or is a mirror. */
export type StreamConfig = StreamSettings &
  Either<
    { readonly subjects?: readonly string[]; readonly sources?: readonly StreamSource[] },
    { readonly mirror: StreamSource; readonly mirrorDirect?: boolean }
  >;
export type StreamSource = Partial<Start> & {
  // JS-STR-22, 23
  readonly name: string;
  /** Excludes {@link subjectTransforms}, whose `src` filter too. */
  readonly filterSubject?: string;
  readonly subjectTransforms?: readonly SubjectTransform[]; // JS-STR-26
  readonly external?: Either<
    { readonly domain: string },
    { readonly api: string; readonly deliver?: string }
  >; // JS-STR-24
  /** An existing consumer with `ackPolicy: "flow-control"`. */
  readonly consumer?: { readonly name: string; readonly deliverSubject: string }; // JS-STR-25
};
export interface SubjectTransform {
  readonly src: string;
  readonly dest: string;
}
export interface Placement {
  readonly cluster?: string;
  readonly tags?: readonly string[];
}
