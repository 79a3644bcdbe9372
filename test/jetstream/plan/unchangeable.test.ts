import { beforeAll, describe, expect, it } from "vitest";
import type { ConsumerConfig, PushConsumerConfig } from "../../../src/jetstream/config/consumer-config.ts";
import type { StreamConfig } from "../../../src/jetstream/config/stream-config.ts";
import { plan } from "../../../src/jetstream/plan/plan.ts";
import { failure } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const jetStream = useJetStream();

type OfStream = Omit<StreamConfig, "name">;
type OfConsumer = ConsumerConfig | PushConsumerConfig;

const push = { deliverSubject: "d", idleHeartbeat: 5000, flowControl: true };

describe("[JS-STR-02] what a plan takes for impossible, the server refuses", () => {
  it.each<[string, OfStream, OfStream]>([
    ["storage", {}, { storage: "memory" }],
    ["retention", { retention: "workqueue" }, {}],
    ["retention", {}, { retention: "workqueue" }],
    ["denyDelete", { denyDelete: true }, {}],
    ["denyPurge", { denyPurge: true }, {}],
    ["allowMsgTtl", { allowMsgTtl: true }, {}],
    ["allowMsgSchedules", { allowMsgSchedules: true }, { allowRollup: true }],
    ["allowMsgCounter", {}, { allowMsgCounter: true }],
    ["allowMsgCounter", { allowMsgCounter: true }, {}],
    ["persistMode", {}, { persistMode: "async" }],
    ["mirror", { mirror: { name: "A" } }, { mirror: { name: "B" } }],
    ["mirror", {}, { mirror: { name: "B" } }],
  ])("%s of %j to %j", async (field, have, want) => {
    const { js } = jetStream;
    const name = unique("U");
    await js.streams.create({ ...have, name } as StreamConfig);
    const wanted = { ...want, name } as StreamConfig;
    const { changes } = await plan(js, { streams: [wanted] });
    expect(changes[0]?.fields.find(({ reason }) => reason !== undefined)?.name).toBe(field);
    expect(await failure(js.streams.createOrUpdate(wanted))).toMatchObject({ name: "JetStreamError" });
  });

  it("sealed, which is more than denying", async () => {
    const { js } = jetStream;
    const name = unique("U");
    await js.streams.create({ name });
    const sealed = { streams: [{ name, sealed: true }] };
    await (await plan(js, sealed)).apply();
    expect((await plan(js, sealed)).changes).toEqual([]);
    expect((await plan(js, { streams: [{ name }] })).changes[0]?.action).toBe("impossible");
    expect(await failure(js.streams.createOrUpdate({ name }))).toMatchObject({ name: "JetStreamError" });
    expect(await failure(js.streams.create({ name: unique("U"), sealed: true }))).toMatchObject({
      name: "JetStreamError",
    });
  });
});

describe("[JS-STR-02] what a plan takes for possible, the server does", () => {
  it.each<[string, OfStream, OfStream]>([
    ["retention", {}, { retention: "interest" }],
    [
      "limits",
      { maxMsgs: 5, maxAge: 500_000 },
      { maxBytes: 5000, maxMsgSize: 10, maxMsgsPerSubject: 3, maxConsumers: 4 },
    ],
    ["discard", {}, { discard: "new" }],
    ["compression and first sequence", {}, { compression: "s2", firstSeq: 9 }],
    ["what it denies", {}, { denyDelete: true, denyPurge: true }],
    [
      "what it allows",
      {},
      { allowRollup: true, allowDirect: true, allowMsgTtl: true, allowAtomic: true, allowBatched: true },
    ],
    ["and no more", { allowRollup: true, allowDirect: true, allowAtomic: true, allowBatched: true }, {}],
    ["schedules and markers", {}, { allowMsgSchedules: true, subjectDeleteMarkerTtl: 5000 }],
    ["acks", {}, { noAck: true }],
    ["mirror", { mirror: { name: "A" } }, {}],
    ["sources", { sources: [{ name: "A" }] }, { sources: [{ name: "B", filterSubject: "b" }] }],
    ["placement", {}, { placement: { tags: ["ssd"] } }],
    ["transform", {}, { subjectTransform: { src: ">", dest: "x.>" } }],
    [
      "republish",
      { republish: { dest: "r.>" } },
      { republish: { src: "a", dest: "r.a", headersOnly: true } },
    ],
    [
      "limits of consumers",
      { consumerLimits: { maxAckPending: 5 } },
      { consumerLimits: { inactiveThreshold: 5000 } },
    ],
    ["texts", { description: "a", metadata: { a: "b" } }, { description: "b", metadata: { b: "c" } }],
    ["window", { duplicateWindow: 5000 }, { duplicateWindow: 60_000 }],
  ])("%s", async (_field, have, want) => {
    const { js } = jetStream;
    const name = unique("U");
    await js.streams.create({ ...have, name } as StreamConfig);
    const assets = { streams: [{ ...want, name } as StreamConfig] };
    const todo = await plan(js, assets);
    expect(todo.changes.map(({ action }) => action)).toEqual(["update"]);
    await todo.apply();
    expect((await plan(js, assets)).changes).toEqual([]);
  });
});

describe("[JS-CON-31] consumers", () => {
  const STREAM = "UNCHANGEABLE";
  beforeAll(() => jetStream.js.streams.create({ name: STREAM, subjects: ["u.>"] }));

  it.each<[string, OfConsumer, OfConsumer]>([
    ["deliverPolicy", {}, { deliverPolicy: "new" }],
    ["deliverPolicy", { deliverPolicy: { startSeq: 5 } }, { deliverPolicy: { startSeq: 6 } }],
    ["ackPolicy", {}, { ackPolicy: "all" }],
    ["replayPolicy", {}, { replayPolicy: "original" }],
    ["maxWaiting", {}, { maxWaiting: 5 }],
    ["storage", {}, { storage: "memory" }],
    ["push", {}, { push }],
    ["push", { push }, {}],
    ["push.idleHeartbeat", { push }, { push: { ...push, idleHeartbeat: 1000 } }],
    ["push.flowControl", { push }, { push: { ...push, flowControl: false } }],
  ])("%s: what a plan takes for impossible, the server refuses", async (field, have, want) => {
    const { js } = jetStream;
    const durable = unique("D");
    await js.consumers.create(STREAM, { ...have, durable } as ConsumerConfig);
    const wanted = { ...want, durable } as ConsumerConfig;
    const { changes } = await plan(js, { consumers: { [STREAM]: [wanted] } });
    expect(changes[0]?.fields.find(({ reason }) => reason !== undefined)?.name).toBe(field);
    expect(await failure(js.consumers.createOrUpdate(STREAM, wanted))).toMatchObject({
      name: "JetStreamError",
    });
  });

  it.each<[string, OfConsumer, OfConsumer]>([
    ["redelivery", { maxDeliver: 5 }, { backoff: [10, 20], maxAckPending: 5 }],
    ["no back-off", { backoff: [10, 20] }, {}],
    ["filters", { filterSubjects: ["u.a"] }, { filterSubjects: ["u.b", "u.c"] }],
    ["no filters", { filterSubjects: ["u.b", "u.c"] }, {}],
    ["limits of pulls", { maxBatch: 5 }, { maxExpires: 5000, maxBytes: 10 }],
    ["what it tells", {}, { headersOnly: true, sampleFrequency: 50, description: "d", metadata: { a: "b" } }],
    ["threshold and replicas", { inactiveThreshold: 60_000 }, { replicas: 1 }],
    [
      "priority",
      { priority: { policy: "overflow", groups: ["a"] } },
      { priority: { policy: "pinned-client", groups: ["b"] } },
    ],
    [
      "where it pushes",
      { push },
      { push: { ...push, deliverSubject: "e", deliverGroup: "g", rateLimitBps: 9000 } },
    ],
  ])("%s: what a plan takes for possible, the server does", async (_field, have, want) => {
    const { js } = jetStream;
    const durable = unique("D");
    await js.consumers.create(STREAM, { ...have, durable } as ConsumerConfig);
    const assets = { consumers: { [STREAM]: [{ ...want, durable } as ConsumerConfig] } };
    const todo = await plan(js, assets);
    expect(todo.changes.every(({ action }) => action === "update")).toBe(true);
    await todo.apply();
    expect((await plan(js, assets)).changes).toEqual([]);
  });
});
