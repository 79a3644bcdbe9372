import { readApiError } from "../api/read-error.ts";
import type { JetStreamError } from "../errors.ts";
import { type ClusterInfo, clusterInfo } from "./cluster-info.ts";
import { durationOrZero } from "./durations.ts";
import { factsOf, readFacts } from "./facts.ts";
import { instant } from "./instant.ts";
import type { Kind } from "./kind.ts";
import { count } from "./numbers.ts";
import { listOf, text } from "./plain-kinds.ts";
import { external, subjectTransform } from "./source-table.ts";
import {
  type StreamConfig,
  streamConfig,
  type StreamSource,
  type SubjectTransform,
} from "./stream-config.ts";
import { field, type Table } from "./table.ts";

/** A stream as its server has it. */
export interface StreamInfo {
  readonly config: StreamConfig;
  readonly created: Date;
  /** When the server answered. */
  readonly ts: Date;
  readonly state: StreamState;
  readonly domain?: string;
  readonly cluster?: ClusterInfo;
  readonly mirror?: SourceInfo;
  readonly sources?: readonly SourceInfo[];
  /** Where it can be read too, the nearest first. */
  readonly alternates?: readonly StreamAlternate[]; // JS-STR-32
}

/** What a stream holds. */
export interface StreamState {
  readonly messages: number;
  readonly bytes: number;
  readonly firstSeq: number;
  /** Undefined while it has no messages. */
  readonly firstTime?: Date;
  readonly lastSeq: number;
  readonly lastTime?: Date;
  readonly consumerCount: number;
  readonly numSubjects: number;
  /** Sequences between the first and the last that are gone. */
  readonly numDeleted: number;
  /** These sequences, if `deletedDetails` was asked for. */
  readonly deleted?: readonly number[];
  /** Messages that a fault of the storage took. */
  readonly lost?: { readonly msgs: readonly number[]; readonly bytes: number };
}

/** A mirror, or the stream itself, that may be read in its place. */
export interface StreamAlternate {
  readonly name: string;
  readonly domain?: string;
  readonly cluster: string;
}

/** How far a mirror or source is. */
export interface SourceInfo {
  readonly name: string; // JS-STR-45
  readonly external?: StreamSource["external"];
  readonly filterSubject?: string;
  readonly subjectTransforms?: readonly SubjectTransform[];
  /** How many messages it is behind. */
  readonly lag: number;
  /** The sequence that was copied last, if the server tells. */
  readonly seq?: number;
  /** Milliseconds since it was heard of; undefined for never. */
  readonly active?: number;
  readonly error?: JetStreamError;
}

export const LOST: Table<NonNullable<StreamState["lost"]>> = {
  msgs: field("msgs", listOf(count(0))),
  bytes: field("bytes", count(0)),
};

export const STATE: Table<StreamState> = {
  messages: field("messages", count(0)),
  bytes: field("bytes", count(0)),
  firstSeq: field("first_seq", count(0)),
  firstTime: field("first_ts", instant),
  lastSeq: field("last_seq", count(0)),
  lastTime: field("last_ts", instant),
  consumerCount: field("consumer_count", count(0)),
  numSubjects: field("num_subjects", count(0)),
  numDeleted: field("num_deleted", count(0)),
  deleted: field("deleted", listOf(count(0))),
  lost: field("lost", factsOf(LOST, { msgs: [], bytes: 0 })),
};

const EMPTY: StreamState = {
  messages: 0,
  bytes: 0,
  firstSeq: 0,
  lastSeq: 0,
  consumerCount: 0,
  numSubjects: 0,
  numDeleted: 0,
};

const sourceError: Kind<JetStreamError> = { write: (value) => value, read: (json) => readApiError(json) };

export const SOURCE_INFO: Table<SourceInfo> = {
  name: field("name", text),
  external: field("external", external),
  filterSubject: field("filter_subject", text),
  subjectTransforms: field("subject_transforms", listOf(subjectTransform)),
  lag: field("lag", count(0)),
  seq: field("seq", count(1)),
  active: field("active", durationOrZero),
  error: field("error", sourceError),
};
const sourceInfo = factsOf(SOURCE_INFO, { name: "", lag: 0 });

export const ALTERNATE: Table<StreamAlternate> = {
  name: field("name", text),
  domain: field("domain", text),
  cluster: field("cluster", text),
};

const config: Kind<StreamConfig> = { write: (value) => value, read: (json) => streamConfig.fromWire(json) };

/** Each field of what servers tell of a stream. */
export const STREAM_INFO: Table<StreamInfo> = {
  config: field("config", config),
  created: field("created", instant),
  ts: field("ts", instant),
  state: field("state", factsOf(STATE, EMPTY)),
  domain: field("domain", text),
  cluster: field("cluster", clusterInfo),
  mirror: field("mirror", sourceInfo),
  sources: field("sources", listOf(sourceInfo)),
  alternates: field("alternates", listOf(factsOf(ALTERNATE))),
};

/** Throws `INVALID_RESPONSE`. */
export function readStreamInfo(json: unknown): StreamInfo {
  const info = readFacts(factsOf(STREAM_INFO), json, ["config", "created", "state"], "a stream");
  // Servers before 2.10 don't say when they answered: now, then.
  return info.ts === undefined ? { ...info, ts: new Date() } : info;
}
