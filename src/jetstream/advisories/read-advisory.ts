import { isNatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { AnswerFields } from "../api/answer-fields.ts";
import { parseExactly } from "../../core/parse-exactly.ts";
import type { PeerInfo } from "../config/cluster-info.ts";
import type { Advisory, AdvisoryBody, AdvisoryHead, OfDelivery } from "./advisory.ts";

const NANOS_IN_MILLI = 1_000_000;
const ADVISORY = "io.nats.jetstream.advisory.v1.";
const METRIC = "io.nats.jetstream.metric.v1.";

/** The advisory in a message. What can't be read as what it says to be is of the type `other`, and nothing is left out. */
export function readAdvisory(message: Message): Advisory {
  const data = parse(message);
  const schema = schemaOf(data);
  try {
    const fields = new AnswerFields(message.subject, data);
    const body = READERS[schema.replace(ADVISORY, "").replace(METRIC, "")]?.(fields);
    return { ...readHead(fields), ...(body ?? { type: "other", schema, data }) };
  } catch (thrown) {
    if (!isNatsError(thrown, "INVALID_RESPONSE")) throw thrown;
    return { id: "", time: new Date(), type: "other", schema, data };
  }
}

function parse(message: Message): unknown {
  try {
    return parseExactly(message.string());
  } catch {
    return message.string();
  }
}

function schemaOf(data: unknown): string {
  const { type } = (data ?? {}) as { type?: unknown };
  return typeof type === "string" ? type : "";
}

function readHead(fields: AnswerFields): AdvisoryHead {
  return {
    id: fields.text("id"),
    time: fields.time("timestamp"),
    ...optional("domain", fields.optionalText("domain")),
    ...optional("account", fields.optionalText("account")),
  };
}

type Reader = (fields: AnswerFields) => AdvisoryBody;

/** Each by the last word of its type on the wire. */
const READERS: Readonly<Record<string, Reader | undefined>> = {
  stream_action: (fields) => ({ type: "streamAction", ...ofStream(fields), action: streamAction(fields) }),
  consumer_action: (fields) => ({
    type: "consumerAction",
    ...ofConsumer(fields),
    action: consumerAction(fields),
  }),
  consumer_pause: readPause,
  max_deliver: (fields) => ({ type: "maxDeliveries", ...ofDelivery(fields) }),
  terminated: (fields) => ({ type: "terminated", ...ofSettled(fields) }),
  nak: (fields) => ({ type: "nak", ...ofSettled(fields) }),
  consumer_ack: (fields) => ({
    type: "ack",
    ...ofSettled(fields),
    ackTime: fields.count("ack_time") / NANOS_IN_MILLI,
  }),
  consumer_group_pinned: (fields) => ({
    type: "pinned",
    ...ofConsumer(fields),
    group: fields.text("group"),
    clientId: fields.text("pinned_id"),
  }),
  consumer_group_unpinned: (fields) => ({
    type: "unpinned",
    ...ofConsumer(fields),
    group: fields.text("group"),
    ...optional("reason", fields.optionalText("reason")),
  }),
  stream_leader_elected: (fields) => ({ type: "leaderElected", ...ofStream(fields), ...ofGroup(fields) }),
  consumer_leader_elected: (fields) => ({ type: "leaderElected", ...ofConsumer(fields), ...ofGroup(fields) }),
  domain_leader_elected: (fields) => ({ type: "leaderElected", ...ofGroup(fields) }),
  stream_quorum_lost: (fields) => ({ type: "quorumLost", ...ofStream(fields), ...ofGroup(fields) }),
  consumer_quorum_lost: (fields) => ({ type: "quorumLost", ...ofConsumer(fields), ...ofGroup(fields) }),
  snapshot_create: (fields) => ({ type: "backupBegun", ...ofStream(fields) }),
  // JS-ADV-09
  snapshot_complete: (fields) => ({
    type: "backupEnded",
    ...ofStream(fields),
    ...optional("error", fields.optionalText("error")),
  }),
  restore_create: (fields) => ({ type: "restoreBegun", ...ofStream(fields) }),
  restore_complete: (fields) => ({ type: "restoreEnded", ...ofStream(fields) }),
  stream_batch_abandoned: (fields) => ({
    type: "batchAbandoned",
    ...ofStream(fields),
    batch: fields.text("batch"),
    reason: fields.text("reason"),
  }),
  server_out_of_space: (fields) => ({
    type: "serverOutOfStorage",
    server: fields.text("server"),
    ...optional("stream", fields.optionalText("stream")),
  }),
  server_removed: (fields) => ({ type: "serverRemoved", server: fields.text("server") }),
  api_limit_reached: (fields) => ({
    type: "apiLimitReached",
    server: fields.text("server"),
    dropped: fields.count("dropped"),
  }),
  api_audit: (fields) => ({
    type: "apiAudit",
    server: fields.text("server"),
    subject: fields.text("subject"),
    request: fields.optionalText("request") ?? "",
    response: fields.text("response"),
  }),
  meta_rescue: (fields) => ({
    type: "metaRescue",
    server: fields.text("server"),
    previousQuorum: fields.count("prev_quorum"),
    quorum: fields.count("new_quorum"),
  }),
};

function readPause(fields: AnswerFields): AdvisoryBody {
  const paused = fields.flag("paused");
  return {
    type: "consumerPaused",
    ...ofConsumer(fields),
    paused,
    // One that goes on has the zero time of the server's language.
    ...(paused ? { until: fields.time("pause_until") } : {}),
  };
}

function streamAction(fields: AnswerFields): "create" | "update" | "delete" {
  const action = fields.oneOf("action", ["create", "modify", "delete"]);
  return action === "modify" ? "update" : action;
}

function consumerAction(fields: AnswerFields): "create" | "delete" {
  return fields.oneOf("action", ["create", "delete"]);
}

function ofStream(fields: AnswerFields): { stream: string } {
  return { stream: fields.text("stream") };
}

function ofConsumer(fields: AnswerFields): { stream: string; consumer: string } {
  return { ...ofStream(fields), consumer: fields.text("consumer") };
}

function ofDelivery(fields: AnswerFields): OfDelivery {
  return { ...ofConsumer(fields), seq: fields.count("stream_seq"), deliveries: fields.count("deliveries") };
}

function ofSettled(fields: AnswerFields): OfDelivery & { deliverySeq: number; reason?: string } {
  const reason = fields.optionalText("reason");
  return { ...ofDelivery(fields), deliverySeq: fields.count("consumer_seq"), ...optional("reason", reason) };
}

function ofGroup(fields: AnswerFields): { leader?: string; replicas: readonly PeerInfo[] } {
  const leader = fields.optionalText("leader");
  return { ...optional("leader", leader), replicas: fields.objects("replicas").map(readPeer) };
}

function readPeer(fields: AnswerFields): PeerInfo {
  return {
    name: fields.optionalText("name") ?? "",
    peer: fields.optionalText("peer") ?? "",
    current: fields.flag("current"),
    offline: fields.flag("offline"),
    active: fields.count("active") / NANOS_IN_MILLI,
    lag: fields.count("lag"),
    pending: fields.flag("pending"),
  };
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]: V });
}
