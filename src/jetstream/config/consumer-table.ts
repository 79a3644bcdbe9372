import { invalidConfig } from "./invalid-config.ts";
import { shown } from "../../core/checks.ts";
import type { ConsumerConfig, PushConsumerConfig } from "./consumer-config.ts";
import { duration, durationLimit, durationOrZero } from "./durations.ts";
import { instant } from "./instant.ts";
import { count, limit, percent } from "./numbers.ts";
import { flag, listOf, metadata, text, word } from "./plain-kinds.ts";
import { priority } from "./priority-field.ts";
import { push } from "./push-fields.ts";
import { type Field, field, isPresent, type Table } from "./table.ts";

const policy = word({ all: "all", last: "last", new: "new", "last-per-subject": "last_per_subject" });
const startSeq = count(1);
const IN_DELIVER_POLICY = "here it is deliverPolicy:";

// JS-CON-07
/** Where reading begins: a word, or an object with the start. */
const deliverPolicy: Field = {
  wire: {
    deliver_policy: "",
    opt_start_seq: `${IN_DELIVER_POLICY} { startSeq }`,
    opt_start_time: `${IN_DELIVER_POLICY} { startTime }`,
  },
  write(value, at) {
    if (typeof value !== "object" || value === null) return { deliver_policy: policy.write(value, at) };
    const [name, ...others] = Object.keys(value).filter(
      (key) => value[key as keyof typeof value] !== undefined,
    );
    const start = value as { readonly startSeq?: unknown; readonly startTime?: unknown };
    if (others.length > 0) throw invalidConfig(at, "it has a startSeq or a startTime, and nothing else");
    if (name === "startSeq") {
      return {
        deliver_policy: "by_start_sequence",
        opt_start_seq: startSeq.write(start.startSeq, `${at}.startSeq`),
      };
    }
    if (name === "startTime") {
      return {
        deliver_policy: "by_start_time",
        opt_start_time: instant.write(start.startTime, `${at}.startTime`),
      };
    }
    throw invalidConfig(at, `it must be a word, { startSeq } or { startTime }, not ${shown(value)}`);
  },
  read(json, within) {
    const spelled = json["deliver_policy"];
    if (!isPresent(spelled) || spelled === "undefined") return undefined;
    if (spelled === "by_start_sequence") {
      return { startSeq: startSeq.read(json["opt_start_seq"], `${within}opt_start_seq`) };
    }
    if (spelled === "by_start_time") {
      return { startTime: instant.read(json["opt_start_time"], `${within}opt_start_time`) };
    }
    return policy.read(spelled, `${within}deliver_policy`);
  },
};

const subjects = listOf(text);

// JS-CON-01, JS-CON-18
/** A single filter travels as such: with it in the API's subject, permissions can be given by it. */
const filterSubjects: Field = {
  wire: { filter_subjects: "", filter_subject: 'here it is "filterSubjects", a list' },
  write(value, at) {
    const filters = subjects.write(value, at) as readonly string[];
    return filters.length === 1 ? { filter_subject: filters[0] } : { filter_subjects: filters };
  },
  read(json, within) {
    if (isPresent(json["filter_subjects"]))
      return subjects.read(json["filter_subjects"], `${within}filter_subjects`);
    if (!isPresent(json["filter_subject"])) return undefined;
    const one = text.read(json["filter_subject"], `${within}filter_subject`);
    return typeof one === "string" ? [one] : undefined;
  },
};

// JS-CON-17
const storage: Field = {
  wire: { mem_storage: 'here it is storage: "memory"' },
  write: (value, at) => ({ mem_storage: word({ memory: "memory" }).write(value, at) === "memory" }),
  read: (json) => (json["mem_storage"] === true ? "memory" : undefined),
};

/** On the wire an ack policy that is left out is none, here it is the default. */
const ackWords = word({ explicit: "explicit", all: "all", none: "none", "flow-control": "flow_control" });
const ackPolicy: Field = {
  ...field("ack_policy", ackWords),
  read: (json, within) =>
    isPresent(json["ack_policy"]) ? ackWords.read(json["ack_policy"], `${within}ack_policy`) : "none",
};

/** Each field of a consumer's configuration, as it is here and as it travels. */
export const CONSUMER: Table<ConsumerConfig | PushConsumerConfig> = {
  durable: field("durable_name", text),
  name: field("name", text),
  description: field("description", text),
  deliverPolicy,
  filterSubjects,
  replayPolicy: field("replay_policy", word({ instant: "instant", original: "original" })),
  headersOnly: field("headers_only", flag),
  inactiveThreshold: field("inactive_threshold", duration()),
  replicas: field("num_replicas", count(1, 5)),
  storage,
  sampleFrequency: field("sample_freq", percent),
  pauseUntil: field("pause_until", instant),
  metadata: field("metadata", metadata),
  ackPolicy,
  ackWait: field("ack_wait", duration()),
  backoff: field("backoff", listOf(durationOrZero)),
  maxDeliver: field("max_deliver", limit(-1)),
  maxAckPending: field("max_ack_pending", limit(-1)),
  maxWaiting: field("max_waiting", count(1)),
  maxBatch: field("max_batch", limit(0)),
  maxExpires: field("max_expires", durationLimit(1)),
  maxBytes: field("max_bytes", limit(0)),
  priority,
  push,
};
