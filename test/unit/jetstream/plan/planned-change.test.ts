import { describe, expect, it } from "vitest";
import type { ConsumerConfig, PushConsumerConfig } from "../../../../src/jetstream/config/consumer-config.ts";
import type { StreamConfig } from "../../../../src/jetstream/config/stream-config.ts";
import { checkAssets } from "../../../../src/jetstream/plan/assets.ts";
import { consumerChange, streamChange } from "../../../../src/jetstream/plan/planned-change.ts";
import { thrown } from "../../../support/failure.ts";

const stream = (more: object): StreamConfig => ({ name: "S", ...more });
const reasons = (change: ReturnType<typeof streamChange>) =>
  change?.fields.filter((field) => field.reason !== undefined).map((field) => field.name);

describe("streams", () => {
  it("one that is missing is created, with what is given", () => {
    expect(streamChange(undefined, stream({ maxMsgs: 5, description: undefined }))).toEqual({
      action: "create",
      stream: "S",
      fields: [
        { name: "name", from: undefined, to: "S" },
        { name: "maxMsgs", from: undefined, to: 5 },
      ],
    });
  });

  it("one that is as it shall be needs nothing", () => {
    expect(streamChange(stream({ maxMsgs: Infinity }), stream({}))).toBeUndefined();
  });

  it("what differs is updated", () => {
    expect(streamChange(stream({ maxAge: 1000 }), stream({ maxAge: 2000, duplicateWindow: 1000 }))).toEqual({
      action: "update",
      stream: "S",
      fields: [{ name: "maxAge", from: 1000, to: 2000 }],
    });
  });

  it.each<[string, object, object, readonly string[]]>([
    ["the storage", {}, { storage: "memory" }, ["storage"]],
    ["a work queue", { retention: "workqueue" }, {}, ["retention"]],
    ["to a work queue", {}, { retention: "workqueue" }, ["retention"]],
    ["a seal", { sealed: true, duplicateWindow: 120_000 }, {}, ["sealed", "denyDelete", "denyPurge"]],
    ["what denies deleting", { denyDelete: true }, {}, ["denyDelete"]],
    ["what denies purging", { denyPurge: true }, {}, ["denyPurge"]],
    [
      "[JS-STR-43] a mirror of another stream",
      { mirror: { name: "A" } },
      { mirror: { name: "B" } },
      ["mirror"],
    ],
    ["[JS-STR-43] a stream into a mirror", {}, { mirror: { name: "B" } }, ["mirror"]],
    ["expiry", { allowMsgTtl: true }, {}, ["allowMsgTtl"]],
    ["schedules", { allowMsgSchedules: true }, {}, ["allowMsgSchedules"]],
    ["counters", {}, { allowMsgCounter: true }, ["allowMsgCounter"]],
    ["persistence", {}, { persistMode: "async" }, ["persistMode"]],
  ])("[JS-STR-02] %s can't be changed", (_title, have, want, fields) => {
    const change = streamChange(stream(have), stream(want));
    expect(change?.action).toBe("impossible");
    expect(reasons(change)).toEqual(fields);
  });

  it.each<[string, object, object]>([
    ["[JS-STR-11] limits to interest", {}, { retention: "interest" }],
    ["[JS-STR-18] to sealed", { duplicateWindow: 120_000 }, { sealed: true }],
    ["[JS-STR-43] a mirror to a stream of its own", { mirror: { name: "A" } }, {}],
    ["what denies deleting", {}, { denyDelete: true }],
    ["replicas", {}, { replicas: 3 }],
  ])("%s can", (_title, have, want) => {
    expect(streamChange(stream(have), stream(want))?.action).toBe("update");
  });

  it("[JS-STR-18] none can be made sealed", () => {
    const change = streamChange(undefined, stream({ sealed: true }));
    expect(change?.action).toBe("impossible");
    expect(reasons(change)).toEqual(["sealed"]);
  });
});

describe("consumers", () => {
  const change = (have: ConsumerConfig | PushConsumerConfig, want: ConsumerConfig | PushConsumerConfig) =>
    consumerChange(have, { stream: "S", name: "D", config: { durable: "D", ...want } }, stream({}));

  it.each<[string, ConsumerConfig | PushConsumerConfig, readonly string[]]>([
    ["where it begins", { deliverPolicy: "new" }, ["deliverPolicy"]],
    ["how it is acked", { ackPolicy: "all" }, ["ackPolicy"]],
    ["its rhythm", { replayPolicy: "original" }, ["replayPolicy"]],
    ["how many pulls wait", { maxWaiting: 5 }, ["maxWaiting"]],
    ["where its state is", { storage: "memory" }, ["storage"]],
    ["whether it pushes", { push: { deliverSubject: "d" } }, ["push"]],
  ])("[JS-CON-31] %s can't be changed", (_title, want, fields) => {
    const planned = change({ durable: "D" }, want);
    expect(planned).toMatchObject({ action: "impossible", stream: "S", consumer: "D" });
    expect(reasons(planned)).toEqual(fields);
  });

  it("[JS-CON-31] nor how it pushes", () => {
    const have = { durable: "D", push: { deliverSubject: "d", idleHeartbeat: 5000, flowControl: true } };
    expect(reasons(change(have, { push: { idleHeartbeat: 1000 } }))).toEqual(["push.idleHeartbeat"]);
    expect(reasons(change(have, { push: { flowControl: false } }))).toEqual(["push.flowControl"]);
    expect(
      change(have, { push: { deliverGroup: "g", idleHeartbeat: 5000, flowControl: true } })?.action,
    ).toBe("update");
  });

  it("the rest can", () => {
    const planned = change({ durable: "D" }, { filterSubjects: ["a"], ackWait: 5, metadata: { a: "b" } });
    expect(planned?.action).toBe("update");
    expect(planned?.fields.map(({ name }) => name)).toEqual(["filterSubjects", "metadata", "ackWait"]);
  });
});

describe("assets", () => {
  it.each<[string, unknown, string, string]>([
    ["none", undefined, "INVALID_OPTION", "assets"],
    ["a list", [], "INVALID_OPTION", "assets"],
    ["another part", { stream: [] }, "INVALID_OPTION", "assets.stream"],
    ["streams by name", { streams: { S: {} } }, "INVALID_OPTION", "assets.streams"],
    [
      "a stream twice",
      { streams: [{ name: "S" }, { name: "S" }] },
      "INVALID_OPTION",
      "assets.streams[1].name",
    ],
    [
      "a stream that no server takes",
      { streams: [{ name: "S", replicas: 9 }] },
      "INVALID_CONFIG",
      "replicas",
    ],
    ["consumers of no stream", { consumers: { "a.b": [] } }, "INVALID_OPTION", "assets.consumers.a.b"],
    ["one consumer", { consumers: { S: { durable: "D" } } }, "INVALID_OPTION", "assets.consumers.S"],
    ["a consumer without a name", { consumers: { S: [{}] } }, "INVALID_OPTION", "assets.consumers.S[0]"],
    [
      "a consumer twice",
      { consumers: { S: [{ durable: "D" }, { name: "D" }] } },
      "INVALID_OPTION",
      "assets.consumers.S[1]",
    ],
    [
      "a consumer that no server takes",
      { consumers: { S: [{ durable: "D", maxDeliver: 0 }] } },
      "INVALID_CONFIG",
      "maxDeliver",
    ],
  ])("%s: refused", (_title, assets, code, argument) => {
    expect(thrown(() => checkAssets(assets as never))).toMatchObject({ code, argument });
  });
});
