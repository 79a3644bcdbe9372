import { type ClusterInfo, clusterInfo } from "./cluster-info.ts";
import { type ConsumerConfig, consumerConfig, type PushConsumerConfig } from "./consumer-config.ts";
import { duration } from "./durations.ts";
import { factsOf, readFacts } from "./facts.ts";
import { instant } from "./instant.ts";
import type { Kind } from "./kind.ts";
import { count } from "./numbers.ts";
import { flag, listOf, text } from "./plain-kinds.ts";
import { field, type Table } from "./table.ts";

/** A consumer as its server has it. */
export interface ConsumerInfo {
  readonly stream: string; // JS-CON-05
  readonly name: string;
  readonly created: Date;
  /** When the server answered. */
  readonly ts: Date;
  readonly config: ConsumerConfig | PushConsumerConfig;
  /** What was delivered last. */
  readonly delivered: SequenceInfo;
  /** Everything up to here is acked. */
  readonly ackFloor: SequenceInfo;
  /** Messages that were not delivered yet. */
  readonly numPending: number;
  /** Messages that were delivered and are not acked. */
  readonly numAckPending: number;
  readonly numRedelivered: number;
  /** Pulls that wait. */
  readonly numWaiting: number;
  readonly paused: boolean;
  /** Milliseconds. */
  readonly pauseRemaining?: number;
  /** Whether somebody subscribes to where it pushes. */
  readonly pushBound: boolean;
  readonly cluster?: ClusterInfo;
  readonly priorityGroups: readonly PriorityGroupInfo[];
}

/** A message by its number in the consumer, and in the stream. */
export interface SequenceInfo {
  readonly consumerSeq: number;
  readonly streamSeq: number;
  readonly lastActive?: Date;
}

/** A group of clients that a consumer serves by priority, and who has the pin. */
export interface PriorityGroupInfo {
  readonly group: string;
  readonly pinnedClientId?: string;
  readonly pinnedSince?: Date;
}

export const SEQUENCES: Table<SequenceInfo> = {
  consumerSeq: field("consumer_seq", count(0)),
  streamSeq: field("stream_seq", count(0)),
  lastActive: field("last_active", instant),
};
const NOTHING: SequenceInfo = { consumerSeq: 0, streamSeq: 0 };
const sequences = factsOf(SEQUENCES, NOTHING);

export const PRIORITY_GROUP: Table<PriorityGroupInfo> = {
  group: field("group", text),
  pinnedClientId: field("pinned_client_id", text),
  pinnedSince: field("pinned_ts", instant),
};

const config: Kind<ConsumerConfig | PushConsumerConfig> = {
  write: (value) => value,
  read: (json) => consumerConfig.fromWire(json),
};

/** Each field of what servers tell of a consumer. */
export const CONSUMER_INFO: Table<ConsumerInfo> = {
  stream: field("stream_name", text),
  name: field("name", text),
  created: field("created", instant),
  ts: field("ts", instant),
  config: field("config", config),
  delivered: field("delivered", sequences),
  ackFloor: field("ack_floor", sequences),
  numPending: field("num_pending", count(0)),
  numAckPending: field("num_ack_pending", count(0)),
  numRedelivered: field("num_redelivered", count(0)),
  numWaiting: field("num_waiting", count(0)),
  paused: field("paused", flag),
  pauseRemaining: field("pause_remaining", duration()),
  pushBound: field("push_bound", flag),
  cluster: field("cluster", clusterInfo),
  priorityGroups: field("priority_groups", listOf(factsOf(PRIORITY_GROUP))),
};

const UNSAID = {
  delivered: NOTHING,
  ackFloor: NOTHING,
  numPending: 0,
  numAckPending: 0,
  numRedelivered: 0,
  numWaiting: 0,
  paused: false,
  pushBound: false,
  priorityGroups: [],
};

/** Throws `INVALID_RESPONSE`. */
export function readConsumerInfo(json: unknown): ConsumerInfo {
  const kind = factsOf(CONSUMER_INFO, UNSAID);
  const info = readFacts(kind, json, ["stream", "name", "created", "config"], "a consumer");
  return info.ts === undefined ? { ...info, ts: new Date() } : info;
}
