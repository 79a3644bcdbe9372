import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ConsumerConfig,
  consumerConfig,
  type PushConsumerConfig,
} from "../../../../src/jetstream/config/consumer-config.ts";
import { thrown } from "../../../support/failure.ts";
import { REFUSED_CONSUMERS } from "./refused-consumers.ts";
import { consumerConfigs } from "./arbitrary-configs.ts";

/** What `toWire` says even where it is the default. */
const WRITTEN = { deliverPolicy: "all", ackPolicy: "explicit", replayPolicy: "instant" };

describe("both directions", () => {
  it("[JS-CON-07..23] what is written is read as it was", () => {
    fc.assert(
      fc.property(consumerConfigs, (config) => {
        const json: unknown = JSON.parse(JSON.stringify(consumerConfig.toWire(config)));
        expect(consumerConfig.fromWire(json)).toEqual({ ...WRITTEN, ...config });
      }),
    );
  });

  it("[JS-CON-07..23] what is read is written as it was", () => {
    fc.assert(
      fc.property(consumerConfigs, (config) => {
        const json = consumerConfig.toWire(config);
        expect(consumerConfig.toWire(consumerConfig.fromWire(json))).toEqual(json);
      }),
    );
  });
});

const time = new Date("2026-01-02T03:04:05.678Z");
const push = { deliverSubject: "d", idleHeartbeat: Infinity, flowControl: false };

describe("each field", () => {
  it.each<[string, ConsumerConfig | PushConsumerConfig, Record<string, unknown>]>([
    ["a name that stays", { durable: "D" }, { durable_name: "D" }],
    ["[JS-CON-07] from the beginning", {}, { deliver_policy: "all" }],
    [
      "[JS-CON-07] the last of each subject",
      { deliverPolicy: "last-per-subject" },
      { deliver_policy: "last_per_subject", filter_subject: ">" },
    ],
    [
      "[JS-CON-07] from a sequence",
      { deliverPolicy: { startSeq: 7 } },
      { deliver_policy: "by_start_sequence", opt_start_seq: 7 },
    ],
    [
      "[JS-CON-07] from a time",
      { deliverPolicy: { startTime: time } },
      { deliver_policy: "by_start_time", opt_start_time: time.toISOString() },
    ],
    ["[JS-CON-08] acks, said always", {}, { ack_policy: "explicit" }],
    ["[JS-CON-08] no acks", { ackPolicy: "none" }, { ack_policy: "none" }],
    [
      "[JS-CON-08] acks by flow control",
      { ackPolicy: "flow-control", maxAckPending: 5, push: { deliverSubject: "d" } },
      { ack_policy: "flow_control", max_ack_pending: 5, flow_control: true, idle_heartbeat: 1e9 },
    ],
    ["[JS-CON-09] redelivery", { ackWait: 500, maxDeliver: 3 }, { ack_wait: 5e8, max_deliver: 3 }],
    ["[JS-CON-09] redelivery without end", { maxDeliver: Infinity }, { max_deliver: -1 }],
    ["[JS-CON-09] back-off", { backoff: [0, 1, 2] }, { backoff: [0, 1e6, 2e6] }],
    [
      "[JS-CON-10] pending",
      { maxAckPending: Infinity, maxWaiting: 5 },
      { max_ack_pending: -1, max_waiting: 5 },
    ],
    ["[JS-CON-11] replay", { replayPolicy: "original" }, { replay_policy: "original" }],
    [
      "[JS-CON-12] a rate",
      { push: { ...push, rateLimitBps: 1000 } },
      { rate_limit_bps: 1000, deliver_subject: "d" },
    ],
    ["[JS-CON-13] samples", { sampleFrequency: 25 }, { sample_freq: "25" }],
    ["[JS-CON-14] no payload", { headersOnly: true }, { headers_only: true }],
    [
      "[JS-CON-15] limits of pulls",
      { maxBatch: 1, maxExpires: 2, maxBytes: 3 },
      { max_batch: 1, max_expires: 2e6, max_bytes: 3 },
    ],
    ["[JS-CON-16] unused", { inactiveThreshold: 1000 }, { inactive_threshold: 1e9 }],
    [
      "[JS-CON-17] replicas in memory",
      { replicas: 1, storage: "memory" },
      { num_replicas: 1, mem_storage: true },
    ],
    ["[JS-CON-01] one filter", { filterSubjects: ["a"] }, { filter_subject: "a" }],
    ["[JS-CON-18] some filters", { filterSubjects: ["a", "b"] }, { filter_subjects: ["a", "b"] }],
    ["[JS-CON-19] metadata", { metadata: { a: "b" } }, { metadata: { a: "b" } }],
    ["[JS-CON-20] a pause", { pauseUntil: time }, { pause_until: time.toISOString() }],
    [
      "[JS-CON-21] overflow",
      { priority: { policy: "overflow", groups: ["a"] } },
      { priority_policy: "overflow", priority_groups: ["a"] },
    ],
    [
      "[JS-CON-22] a pinned client",
      { priority: { policy: "pinned-client", groups: ["a"], timeout: 1 } },
      { priority_policy: "pinned_client", priority_groups: ["a"], priority_timeout: 1e6 },
    ],
    [
      "[JS-CON-23] priorities",
      { priority: { policy: "prioritized", groups: ["a"] } },
      { priority_policy: "prioritized" },
    ],
    [
      "[JS-PUSH-01] a push, with its defaults",
      { push: { deliverSubject: "d" } },
      { deliver_subject: "d", idle_heartbeat: 5e9, flow_control: true },
    ],
    [
      "[JS-CON-28] a group, whose members hear no signs",
      { push: { deliverSubject: "d", deliverGroup: "g" } },
      { deliver_group: "g", idle_heartbeat: 0, flow_control: false },
    ],
  ])("%s", (_title, config, expected) => {
    expect(consumerConfig.toWire(config)).toMatchObject(expected);
  });

  it("what servers say twice is read once", () => {
    const json = {
      durable_name: "D",
      name: "D",
      ack_policy: "explicit",
      ack_wait: 1e6,
      backoff: [1e6, 2e6],
      max_deliver: 5,
    };
    expect(consumerConfig.fromWire(json)).toEqual({
      durable: "D",
      ackPolicy: "explicit",
      backoff: [1, 2],
      maxDeliver: 5,
    });
  });

  it("[JS-CON-08] an ack policy that is left out on the wire is none", () => {
    expect(consumerConfig.fromWire({ durable_name: "D" })).toEqual({ durable: "D", ackPolicy: "none" });
  });

  it("[JS-PUSH-02] what a push leaves out on the wire is none", () => {
    expect(consumerConfig.fromWire({ deliver_subject: "d", ack_policy: "all" })).toEqual({
      ackPolicy: "all",
      push,
    });
  });

  it("[JS-CON-21] no priority has three spellings", () => {
    for (const priority_policy of ["none", "", undefined]) {
      expect(consumerConfig.fromWire({ ack_policy: "all", priority_policy })).toEqual({ ackPolicy: "all" });
    }
  });

  it("[JS-CON-31] a start is written as exactly as it was read", () => {
    const json = {
      ack_policy: "all",
      deliver_policy: "by_start_time",
      opt_start_time: "2026-01-02T03:04:05.123456789Z",
    };
    const config = { ...consumerConfig.fromWire(json), description: "changed" };
    expect(consumerConfig.toWire(config)).toMatchObject(json);
  });
});

describe("[JS-CTX-12] what isn't known", () => {
  it("is kept as it travels, words of a newer server too", () => {
    const json = {
      ack_policy: "quorum",
      deliver_policy: "by_mood",
      priority_policy: "fair",
      priority_groups: ["a"],
      direct: true,
    };
    const config = consumerConfig.fromWire(json);
    expect(config).toEqual({ unknown: json });
    expect(consumerConfig.toWire(config)).toMatchObject(json);
  });
});

describe("configurations that no server takes are refused, naming the field", () => {
  it.each(REFUSED_CONSUMERS)("%s", (_title, config, argument) => {
    const error = thrown(() => consumerConfig.toWire(config));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", argument });
    expect(error.message).toContain(argument);
  });

  it.each([
    ["durable_name", 'here it is "durable"'],
    ["ack_wait", 'here it is "ackWait", in milliseconds'],
    ["opt_start_seq", "here it is deliverPolicy: { startSeq }"],
    ["opt_start_time", "here it is deliverPolicy: { startTime }"],
    ["filter_subject", 'here it is "filterSubjects", a list'],
    ["filterSubject", 'did you mean "filterSubjects"'],
    ["deliver_subject", 'here it is "push.deliverSubject"'],
    ["idle_heartbeat", 'here it is "push.idleHeartbeat"'],
    ["mem_storage", 'here it is storage: "memory"'],
    ["priority_policy", 'here it is "priority.policy"'],
    ["pause_until", 'here it is "pauseUntil", a Date'],
  ])("%s is no field: %s", (name, hint) => {
    const error = thrown(() => consumerConfig.toWire({ [name]: 1 }));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", argument: name });
    expect(error.message).toContain(hint);
  });
});
