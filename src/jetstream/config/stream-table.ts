import { duration, durationLimit } from "./durations.ts";
import { STRANGE } from "./kind.ts";
import { count, limit } from "./numbers.ts";
import { flag, listOf, metadata, text, word } from "./plain-kinds.ts";
import { consumerLimits, placement, republish, source, subjectTransform } from "./source-table.ts";
import type { StreamConfig } from "./stream-config.ts";
import { type Field, field, type Table } from "./table.ts";

const INT32_MAX = 2 ** 31 - 1;

const discardWord = word({ old: "old", new: "new" });

// JS-STR-13: one field of ours is two of the wire
const discard: Field = {
  wire: { discard: "", discard_new_per_subject: 'here it is discard: "new-per-subject"' },
  write: (value, at) =>
    value === "new-per-subject"
      ? { discard: "new", discard_new_per_subject: true }
      : { discard: word({ old: "old", new: "new", "new-per-subject": "" }).write(value, at) },
  read(json, within) {
    const policy =
      json["discard"] === undefined ? undefined : discardWord.read(json["discard"], `${within}discard`);
    const isPerSubject = json["discard_new_per_subject"] === true;
    if (!isPerSubject || policy === STRANGE) return policy;
    return policy === "new" ? "new-per-subject" : STRANGE;
  },
};

/** Each field of a stream's configuration, as it is here and as it travels. */
export const STREAM: Table<StreamConfig> = {
  name: field("name", text),
  description: field("description", text),
  subjects: field("subjects", listOf(text)),
  retention: field("retention", word({ limits: "limits", interest: "interest", workqueue: "workqueue" })),
  maxMsgs: field("max_msgs", limit(-1)),
  maxBytes: field("max_bytes", limit(-1)),
  maxAge: field("max_age", durationLimit(100)),
  maxMsgSize: field("max_msg_size", limit(-1, INT32_MAX)),
  maxMsgsPerSubject: field("max_msgs_per_subject", limit(-1)),
  maxConsumers: field("max_consumers", limit(-1)),
  discard,
  storage: field("storage", word({ file: "file", memory: "memory" })),
  replicas: field("num_replicas", count(1, 5)),
  compression: field("compression", word({ none: "none", s2: "s2" })),
  firstSeq: field("first_seq", count(1)),
  placement: field("placement", placement),
  sealed: field("sealed", flag),
  denyDelete: field("deny_delete", flag),
  denyPurge: field("deny_purge", flag),
  allowDirect: field("allow_direct", flag),
  mirrorDirect: field("mirror_direct", flag),
  mirror: field("mirror", source),
  sources: field("sources", listOf(source)),
  subjectTransform: field("subject_transform", subjectTransform),
  republish: field("republish", republish),
  consumerLimits: field("consumer_limits", consumerLimits),
  metadata: field("metadata", metadata),
  duplicateWindow: field("duplicate_window", duration(100)),
  noAck: field("no_ack", flag),
  allowMsgTtl: field("allow_msg_ttl", flag),
  subjectDeleteMarkerTtl: field("subject_delete_marker_ttl", duration(1000)),
  allowRollup: field("allow_rollup_hdrs", flag),
  allowAtomic: field("allow_atomic", flag),
  allowBatched: field("allow_batched", flag),
  allowMsgCounter: field("allow_msg_counter", flag),
  allowMsgSchedules: field("allow_msg_schedules", flag),
  persistMode: field("persist_mode", word({ default: "default", async: "async" })),
};
