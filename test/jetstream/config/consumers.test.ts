import { beforeAll, describe, expect, it } from "vitest";
import { diffConsumerConfig } from "../../../src/jetstream/config/diff.ts";
import type { ConsumerConfig, PushConsumerConfig } from "../../../src/jetstream/config/consumer-config.ts";
import { failure } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const jetStream = useJetStream();
const STREAM = "CONSUMED";

beforeAll(async () => {
  await jetStream.js.streams.create({ name: STREAM, subjects: ["c.>"] });
});

/** The configuration as the server has it after it was made so. */
async function made(
  config: ConsumerConfig | PushConsumerConfig,
): Promise<ConsumerConfig | PushConsumerConfig> {
  const { js } = jetStream;
  const consumer = await js.consumers.create(STREAM, config as ConsumerConfig);
  return (await js.consumers.bind(STREAM, consumer.name).info()).config;
}

describe("a consumer is as it was made", () => {
  it("[JS-CON-09] [JS-CON-10] [JS-CON-13..17] [JS-CON-19] all that a pull consumer has", async () => {
    const config = {
      durable: unique("D"),
      description: "all of them",
      deliverPolicy: "all",
      ackPolicy: "all",
      ackWait: 12_345.678,
      maxDeliver: 5,
      maxAckPending: 77,
      filterSubjects: ["c.a", "c.b.*"],
      replayPolicy: "original",
      headersOnly: true,
      inactiveThreshold: 600_000,
      replicas: 1,
      storage: "memory",
      sampleFrequency: 30,
      metadata: { owner: "billing" },
      maxWaiting: 9,
      maxBatch: 100,
      maxExpires: 30_000,
      maxBytes: 65_536,
    } as const;
    expect(await made(config)).toMatchObject(config);
  });

  it("[JS-CON-09] a back-off", async () => {
    const config = { durable: unique("D"), backoff: [100, 2000, 0, 30_000], maxDeliver: 6 };
    const read = await made(config);
    expect(read).toMatchObject(config);
    expect(read.ackWait).toBeUndefined();
  });

  it.each<NonNullable<ConsumerConfig["deliverPolicy"]>>([
    "last",
    "new",
    "last-per-subject",
    { startSeq: 7 },
    { startTime: new Date("2026-01-02T03:04:05.678Z") },
  ])("[JS-CON-07] beginning at %j", async (deliverPolicy) => {
    const read = await made({ durable: unique("D"), deliverPolicy });
    expect(read.deliverPolicy).toEqual(deliverPolicy);
    expect(read.filterSubjects).toBeUndefined();
  });

  it("[JS-CON-08] [JS-CON-20] without acks, and paused", async () => {
    const pauseUntil = new Date(Date.now() + 3_600_000);
    expect(await made({ durable: unique("D"), ackPolicy: "none", pauseUntil })).toMatchObject({
      ackPolicy: "none",
      pauseUntil,
    });
  });

  it.each<NonNullable<ConsumerConfig["priority"]>>([
    { policy: "overflow", groups: ["a"] },
    { policy: "prioritized", groups: ["a", "b"] },
    { policy: "pinned-client", groups: ["a"], timeout: 5000 },
  ])("[JS-CON-21] [JS-CON-22] [JS-CON-23] by %j", async (priority) => {
    expect(await made({ durable: unique("D"), priority })).toMatchObject({ priority });
  });

  it("[JS-CON-12] [JS-CON-28] [JS-PUSH-01..04] one that pushes", async () => {
    const push = { deliverSubject: "d.1", idleHeartbeat: 2000, flowControl: true, rateLimitBps: 1_000_000 };
    expect((await made({ durable: unique("D"), push })).push).toEqual(push);
    const shared = { deliverSubject: "d.2", deliverGroup: "g" };
    expect((await made({ durable: unique("D"), push: shared })).push).toEqual({
      ...shared,
      idleHeartbeat: Infinity,
      flowControl: false,
    });
  });

  it("[JS-CON-08] acks by flow control", async () => {
    const config = {
      durable: unique("D"),
      ackPolicy: "flow-control",
      maxAckPending: 10,
      push: { deliverSubject: "d.3" },
    } as const;
    expect(await made(config)).toMatchObject({
      ackPolicy: "flow-control",
      maxAckPending: 10,
      push: { deliverSubject: "d.3", idleHeartbeat: 1000, flowControl: true },
    });
  });
});

describe("[JS-CTX-11] what the server fills in is no difference", () => {
  it.each<[string, () => ConsumerConfig | PushConsumerConfig]>([
    ["of one with nothing but a name", () => ({ durable: unique("D") })],
    ["of one that goes", () => ({ name: unique("D") })],
    ["of one with a back-off", () => ({ durable: unique("D"), backoff: [5, 10] })],
    ["of one without acks", () => ({ durable: unique("D"), ackPolicy: "none" })],
    [
      "of one for the last of each subject",
      () => ({ durable: unique("D"), deliverPolicy: "last-per-subject" }),
    ],
    [
      "of a pinned one",
      () => ({ durable: unique("D"), priority: { policy: "pinned-client", groups: ["a"] } }),
    ],
    ["of one that pushes", () => ({ durable: unique("D"), push: {} })],
    ["of one that pushes to a group", () => ({ durable: unique("D"), push: { deliverGroup: "g" } })],
    [
      "of one that is acked by flow control",
      () => ({ durable: unique("D"), ackPolicy: "flow-control", maxAckPending: 5, push: {} }),
    ],
    ["of one with metadata", () => ({ durable: unique("D"), metadata: { a: "b" } })],
  ])("%s", async (_title, config) => {
    const { js } = jetStream;
    const wanted = config();
    const consumer = await js.consumers.create(STREAM, wanted as ConsumerConfig);
    const { config: have } = await js.consumers.bind(STREAM, consumer.name).info();
    expect(diffConsumerConfig(have, wanted, { replicas: 1 })).toEqual([]);
  });
});

describe("changes", () => {
  it("[JS-CON-09] a back-off takes the place of the ack wait that the server filled in", async () => {
    const { js } = jetStream;
    const durable = unique("D");
    await js.consumers.create(STREAM, { durable });
    expect((await js.consumers.update(STREAM, durable, { backoff: [500, 1000] })).config.backoff).toEqual([
      500, 1000,
    ]);
    expect((await js.consumers.update(STREAM, durable, { backoff: null })).config).toMatchObject({
      ackWait: 30_000,
    });
  });

  it("[JS-CON-20] a pause is none that servers would make by an update", async () => {
    const { js } = jetStream;
    const durable = unique("D");
    await js.consumers.create(STREAM, { durable });
    const error = await failure(js.consumers.update(STREAM, durable, { pauseUntil: new Date() }));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", argument: "pauseUntil", consumer: durable });
  });

  it("[JS-CON-31] a start that is finer than milliseconds is no change", async () => {
    const { js, nc } = jetStream;
    const durable = unique("D");
    const config = {
      durable_name: durable,
      ack_policy: "explicit",
      deliver_policy: "by_start_time",
      opt_start_time: "2026-01-02T03:04:05.123456789Z",
    };
    const body = JSON.stringify({ stream_name: STREAM, config });
    await nc.request(`$JS.API.CONSUMER.CREATE.${STREAM}.${durable}`, body);
    const info = await js.consumers.update(STREAM, durable, { description: "changed" });
    expect(info.config).toMatchObject({
      description: "changed",
      deliverPolicy: { startTime: new Date("2026-01-02T03:04:05.123Z") },
    });
  });
});

describe("[JS-CTX-12] unknown fields", () => {
  it("are refused before anything is sent", async () => {
    const { js } = jetStream;
    const error = await failure(
      js.consumers.create(STREAM, { durable: unique("D"), unknown: { future: 1 } }),
    );
    expect(error).toMatchObject({ code: "UNKNOWN_FIELD", argument: "unknown" });
    expect(error).not.toHaveProperty("errCode");
    expect(await failure(js.consumers.create(STREAM, { durable_name: "D" } as ConsumerConfig))).toMatchObject(
      {
        code: "INVALID_CONFIG",
        argument: "durable_name",
      },
    );
  });

  it("those that servers keep to themselves go back to them", async () => {
    const { js, nc } = jetStream;
    const name = unique("DIRECT");
    const config = { name, ack_policy: "none", direct: true, deliver_subject: "direct.d", mem_storage: true };
    await nc.request(
      `$JS.API.CONSUMER.CREATE.${STREAM}.${name}`,
      JSON.stringify({ stream_name: STREAM, config }),
    );
    const info = await js.consumers.update(STREAM, name, { description: "changed" });
    expect(info.config).toMatchObject({ description: "changed", unknown: { direct: true } });
  });
});
