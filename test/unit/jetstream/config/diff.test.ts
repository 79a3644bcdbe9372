import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConsumerConfig, PushConsumerConfig } from "../../../../src/jetstream/config/consumer-config.ts";
import { diffConsumerConfig, diffStreamConfig } from "../../../../src/jetstream/config/diff.ts";
import type { StreamConfig } from "../../../../src/jetstream/config/stream-config.ts";
import { consumerConfigs, streamConfigs } from "./arbitrary-configs.ts";

const names = (have: StreamConfig, want: StreamConfig) =>
  diffStreamConfig(have, want).map(({ name }) => name);
const consumerNames = (
  have: ConsumerConfig | PushConsumerConfig,
  want: ConsumerConfig | PushConsumerConfig,
  stream: Partial<StreamConfig> = {},
) => diffConsumerConfig(have, want, { replicas: 1, ...stream }).map(({ name }) => name);

describe("streams", () => {
  it("one is as itself", () => {
    fc.assert(
      fc.property(streamConfigs, (config) => {
        expect(diffStreamConfig(config, { ...config })).toEqual([]);
      }),
    );
  });

  it.each<[string, Omit<StreamConfig, "name">, Omit<StreamConfig, "name">]>([
    ["no limits", { maxMsgs: Infinity, maxAge: Infinity }, {}],
    ["its name as the subject", { subjects: ["S"] }, {}],
    ["subjects in another order", { subjects: ["a", "b"] }, { subjects: ["b", "a"] }],
    ["the usual window", { duplicateWindow: 120_000 }, {}],
    ["a window as long as the age", { maxAge: 1000, duplicateWindow: 1000 }, { maxAge: 1000 }],
    ["[JS-CTX-11] what the server writes itself", { metadata: { "_nats.level": "5" } }, {}],
    ["parts without anything in them", { placement: {}, consumerLimits: {}, metadata: {} }, {}],
    [
      "what markers turn on",
      { subjectDeleteMarkerTtl: 1000, allowMsgTtl: true, allowRollup: true },
      { subjectDeleteMarkerTtl: 1000 },
    ],
    ["what schedules turn on", { allowMsgSchedules: true, allowRollup: true }, { allowMsgSchedules: true }],
    [
      "what sealing turns on",
      { sealed: true, denyDelete: true, denyPurge: true, discard: "new", duplicateWindow: 5000 },
      { sealed: true, maxAge: 5000 },
    ],
    [
      "a domain and its prefix",
      { sources: [{ name: "O", external: { domain: "D" } }] },
      { sources: [{ name: "O", external: { api: "$JS.D.API" } }] },
    ],
    [
      "direct reads that a mirror has from its origin",
      { mirror: { name: "O" }, mirrorDirect: true },
      { mirror: { name: "O" } },
    ],
    ["a republish of all", { republish: { src: ">", dest: "x" } }, { republish: { dest: "x" } }],
    ["fields of a newer server", { unknown: { future: 1 } }, {}],
  ])("%s is no difference", (_title, have, want) => {
    expect(names({ name: "S", ...have } as StreamConfig, { name: "S", ...want } as StreamConfig)).toEqual([]);
  });

  it("what is left out shall have its default", () => {
    expect(diffStreamConfig({ name: "S", maxMsgs: 5, description: "d" }, { name: "S" })).toEqual([
      { name: "description", from: "d", to: "" },
      { name: "maxMsgs", from: 5, to: Infinity },
    ]);
  });

  it("each field that differs is named", () => {
    const have: StreamConfig = {
      name: "S",
      subjects: ["a"],
      maxAge: 1000,
      metadata: { a: "1" },
      sources: [{ name: "A" }],
    };
    const want: StreamConfig = {
      name: "S",
      subjects: ["b"],
      maxAge: 2000,
      metadata: { a: "2" },
      sources: [{ name: "B" }],
    };
    expect(names(have, want)).toEqual(["subjects", "maxAge", "sources", "metadata"]);
  });
});

describe("consumers", () => {
  it("one is as itself", () => {
    fc.assert(
      fc.property(consumerConfigs, (config) => {
        expect(diffConsumerConfig(config, { ...config }, { replicas: 3 })).toEqual([]);
      }),
    );
  });

  const push = { deliverSubject: "d", idleHeartbeat: 5000, flowControl: true };
  it.each<[string, ConsumerConfig | PushConsumerConfig, ConsumerConfig | PushConsumerConfig]>([
    [
      "the usual acks",
      { durable: "D", ackPolicy: "explicit", ackWait: 30_000, maxDeliver: Infinity, maxAckPending: 1000 },
      { durable: "D" },
    ],
    ["the usual pulls", { durable: "D", maxWaiting: 512, maxBatch: Infinity }, { durable: "D" }],
    ["a name with its threshold", { name: "N", inactiveThreshold: 5000 }, { name: "N" }],
    [
      "an ack wait that is the first delay",
      { durable: "D", backoff: [1, 2], ackWait: 1 },
      { durable: "D", backoff: [1, 2] },
    ],
    [
      "filters in another order",
      { durable: "D", filterSubjects: ["a", "b"] },
      { durable: "D", filterSubjects: ["b", "a"] },
    ],
    ["all subjects", { durable: "D", filterSubjects: [">"] }, { durable: "D" }],
    [
      "the usual pin",
      { durable: "D", priority: { policy: "pinned-client", groups: ["a"], timeout: 120_000 } },
      { durable: "D", priority: { policy: "pinned-client", groups: ["a"] } },
    ],
    ["a pause", { durable: "D", pauseUntil: new Date(Date.now() + 60_000) }, { durable: "D" }],
    ["a pause that is wanted", { durable: "D" }, { durable: "D", pauseUntil: new Date(Date.now() + 60_000) }],
    ["where it happens to push", { durable: "D", push }, { durable: "D", push: {} }],
    ["the stream's replicas", { durable: "D", replicas: 1 }, { durable: "D" }],
    ["no acks", { durable: "D", ackPolicy: "none" }, { durable: "D", ackPolicy: "none" }],
  ])("%s is no difference", (_title, have, want) => {
    expect(consumerNames(have, want)).toEqual([]);
  });

  it("[JS-STR-27] what the stream limits is the default", () => {
    const limits = { consumerLimits: { maxAckPending: 10, inactiveThreshold: 1000 } };
    expect(
      consumerNames({ durable: "D", maxAckPending: 10, inactiveThreshold: 1000 }, { durable: "D" }, limits),
    ).toEqual([]);
    expect(consumerNames({ durable: "D", maxAckPending: 10 }, { durable: "D" })).toEqual(["maxAckPending"]);
  });

  it("delays in another order are others", () => {
    expect(consumerNames({ durable: "D", backoff: [1, 2] }, { durable: "D", backoff: [2, 1] })).toContain(
      "backoff",
    );
  });

  it("parts of push and priority are named by their path", () => {
    expect(
      consumerNames(
        { durable: "D", push },
        { durable: "D", push: { ...push, deliverGroup: "g", rateLimitBps: 5 } },
      ),
    ).toEqual(["push.deliverGroup", "push.rateLimitBps"]);
    expect(consumerNames({ durable: "D" }, { durable: "D", push: {} })).toContain("push");
  });
});
