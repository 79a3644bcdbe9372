import { describe, expect, it } from "vitest";
import type { Consumer } from "../../../src/jetstream/consumer/consumer.ts";
import type { ConsumerConfig, PushConsumerConfig } from "../../../src/jetstream/config/consumer-config.ts";
import { failure, thrown } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const server = useJetStream();

/** A stream of its own, with so many messages. */
async function aStream(messages = 0, config: object = {}): Promise<string> {
  const name = unique("S");
  await server.js.streams.create({ name, subjects: [`${name}.>`], storage: "memory", ...config });
  for (let i = 0; i < messages; i++)
    await server.js.publish(`${name}.${i % 2 === 0 ? "even" : "odd"}`, String(i));
  return name;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** What travels while `call` runs: subjects without the prefix, and bodies. */
async function requestsOf(call: (js: typeof server.js) => Promise<unknown>) {
  const { jetstream } = await import("../../../src/jetstream/index.ts");
  const calls: { readonly subject: string; readonly body: Record<string, unknown> | undefined }[] = [];
  const js = jetstream(server.nc, {
    trace: ({ subject, request }) => {
      const text = new TextDecoder().decode(request);
      calls.push({
        subject: subject.replace("$JS.API.", ""),
        body: text === "" ? undefined : JSON.parse(text),
      });
    },
  });
  await call(js);
  return calls;
}

describe("a consumer is made", () => {
  it("[JS-CON-01, JS-CON-18] with its name, and its filter if there is one, in the subject", async () => {
    const stream = await aStream();
    const subjects = async (config: ConsumerConfig): Promise<string[]> =>
      (await requestsOf((js) => js.consumers.create(stream, config)))
        .map(({ subject }) => subject)
        .filter((subject) => subject.startsWith("CONSUMER."));
    expect(await subjects({ durable: "a" })).toEqual([`CONSUMER.CREATE.${stream}.a`]);
    expect(await subjects({ durable: "b", filterSubjects: [`${stream}.even`] })).toEqual([
      `CONSUMER.CREATE.${stream}.b.${stream}.even`,
    ]);
    expect(await subjects({ durable: "c", filterSubjects: [`${stream}.*.x`] })).toEqual([
      `CONSUMER.CREATE.${stream}.c.${stream}.*.x`,
    ]);
    expect(await subjects({ durable: "d", filterSubjects: [`${stream}.a.>`] })).toEqual([
      `CONSUMER.CREATE.${stream}.d.${stream}.a.>`,
    ]);
    expect(await subjects({ name: "e", filterSubjects: [`${stream}.a`, `${stream}.b`] })).toEqual([
      `CONSUMER.CREATE.${stream}.e`,
    ]);
    const { config } = await (await server.js.consumers.get(stream, "d")).info();
    expect(config.filterSubjects).toEqual([`${stream}.a.>`]);
  });

  it("[JS-CON-18] with filters that match nothing of its stream, which is told: the server takes them", async () => {
    const [stream, full] = [await aStream(), await aStream(2)];
    const told: unknown[] = [];
    const off = server.nc.on("error", ({ error }) => void told.push(error));
    const filters = [`${stream}.a`, "oders.>", stream];
    await server.js.consumers.create(stream, { durable: "worker", filterSubjects: filters });
    const mirror = unique("M");
    await server.js.streams.create({ name: mirror, mirror: { name: full } });
    for (const [of, filter] of [
      [stream, `*.even`],
      [full, `${full}.even`],
      [mirror, "oders.new"],
    ] as const)
      await server.js.consumers.createOrUpdate(of, { durable: "right", filterSubjects: [filter] });
    await expect.poll(() => told).toHaveLength(1);
    off();
    expect(told[0]).toMatchObject({
      code: "INVALID_CONFIG",
      argument: "filterSubjects",
      stream,
      consumer: "worker",
    });
    expect(String(told[0])).toContain(`matches "oders.>", "${stream}":`);
  });

  it("[JS-CON-02] with a name that is made up, and gone when unused", async () => {
    const stream = await aStream();
    const first = await server.js.consumers.create(stream, { inactiveThreshold: 60_000 });
    const second = await server.js.consumers.create(stream, {});
    expect(first.name).not.toBe(second.name);
    expect(first.cachedInfo?.config).toMatchObject({ name: first.name, inactiveThreshold: 60_000 });
    expect(first.cachedInfo?.config.durable).toBeUndefined();
    expect(second.cachedInfo?.config.inactiveThreshold).toBe(5000);
  });

  it("[JS-CON-03] once; an equal one may exist, another one not", async () => {
    const stream = await aStream();
    const config = { durable: "worker", ackWait: 5000, metadata: { team: "a" } };
    await server.js.consumers.create(stream, config);
    const again = await server.js.consumers.create(stream, config);
    expect(again.name).toBe("worker");
    const error = await failure(server.js.consumers.create(stream, { ...config, ackWait: 6000 }));
    expect(error).toMatchObject({ code: "CONSUMER_EXISTS", stream, consumer: "worker", errCode: 10148 });
    expect(error).toMatchObject({ fields: ["ackWait"] });
    expect(error.message).toContain(
      `consumer "worker" of stream "${stream}": consumer already exists: ackWait differs;`,
    );
  });

  it("[JS-CON-04] or changed, if it is there", async () => {
    const stream = await aStream();
    const made = await server.js.consumers.createOrUpdate(stream, { durable: "worker", ackWait: 5000 });
    expect(made.cachedInfo?.config.ackWait).toBe(5000);
    const changed = await server.js.consumers.createOrUpdate(stream, { durable: "worker", ackWait: 6000 });
    expect(changed.cachedInfo?.config.ackWait).toBe(6000);
  });

  it("[JS-CON-04, JS-CON-31] but not into one of the other kind", async () => {
    const stream = await aStream();
    await server.js.consumers.create(stream, { durable: "pulls" });
    await server.js.consumers.create(stream, { durable: "pushes", push: {} });
    const kind = { code: "INVALID_CONFIG", argument: expect.stringMatching(/^push/) as string, stream };
    for (const config of [{ durable: "pushes" }, { durable: "pulls", push: {} }]) {
      const error = await failure(server.js.consumers.createOrUpdate(stream, config as ConsumerConfig));
      expect(error).toMatchObject(kind);
    }
    const replay = { durable: "pulls", replayPolicy: "original" } as const;
    expect(await failure(server.js.consumers.createOrUpdate(stream, replay))).toMatchObject({
      code: "INVALID_CONFIG",
      argument: "replayPolicy",
    });
  });

  it("[JS-CON-07..11, JS-CON-13..17, JS-CON-19] as its configuration says", async () => {
    const stream = await aStream(3);
    const startTime = new Date(Date.now() - 3_600_000);
    const configs: ConsumerConfig[] = [
      { durable: "c1", deliverPolicy: "last", replayPolicy: "original", headersOnly: true },
      { durable: "c2", deliverPolicy: { startSeq: 2 }, ackPolicy: "none", maxBatch: 10, maxBytes: 5000 },
      { durable: "c3", deliverPolicy: { startTime }, backoff: [1000, 2000], maxDeliver: 3, maxAckPending: 7 },
      { durable: "c4", deliverPolicy: "last-per-subject", ackPolicy: "all", maxWaiting: 4, maxExpires: 9000 },
      { name: "c5", deliverPolicy: "new", inactiveThreshold: 90_000, storage: "memory", replicas: 1 },
      { durable: "c6", metadata: { team: "a" }, description: "for tests", sampleFrequency: 50 },
    ];
    for (const config of configs) {
      const consumer = await server.js.consumers.create(stream, config);
      expect(consumer.cachedInfo!.config).toMatchObject(config);
      expect((await consumer.info()).config).toMatchObject(config);
    }
  });

  it("[JS-CON-03] in a stream that there is", async () => {
    const error = await failure(server.js.consumers.create("NOWHERE", { durable: "worker" }));
    expect(error).toMatchObject({ code: "STREAM_NOT_FOUND", stream: "NOWHERE", errCode: 10059 });
  });

  it("[JS-CON-09, JSM-03] by no configuration that can't work, before anything is sent", async () => {
    const stream = await aStream();
    const wrong: [unknown, string, string][] = [
      [{ durable: "a.b" }, "INVALID_CONFIG", "durable"],
      [{ name: "a b" }, "INVALID_CONFIG", "name"],
      [{ durable: "a", backoff: [1, 2, 3], maxDeliver: 2 }, "INVALID_CONFIG", "backoff"],
      [{ durable: "a", ack_wait: 5 }, "INVALID_CONFIG", "ack_wait"],
      [{ durable: "a", filterSubjects: ["a..b"] }, "INVALID_CONFIG", "filterSubjects[0]"],
      [{ durable: "a", maxWaiting: 5, push: {} }, "INVALID_CONFIG", "maxWaiting"],
      [{ durable: "a", ackWate: 5 }, "INVALID_CONFIG", "ackWate"],
      [undefined, "INVALID_CONFIG", ""],
    ];
    const calls = await requestsOf(async (js) => {
      for (const [config, code, argument] of wrong) {
        const error = await failure(js.consumers.create(stream, config as ConsumerConfig));
        expect([error.code, error.argument], JSON.stringify(config)).toEqual([code, argument]);
      }
      for (const name of ["a.b", "a b", "a*", "a>", "", undefined]) {
        const error = await failure(js.consumers.create(name as string, { durable: "a" }));
        expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "stream" });
      }
    });
    expect(calls).toEqual([]);
  });

  it("[JS-CTX-10] and nothing of it is changed in silence, if so asked", async () => {
    const stream = await aStream(0, { consumerLimits: { maxAckPending: 50 } });
    const config = { durable: "a", inactiveThreshold: 1 };
    const calls = await requestsOf((js) =>
      js.consumers.create(stream, config, { pedantic: true }).catch(() => 0),
    );
    expect(calls[0]!.body).toMatchObject({ pedantic: true, action: "create" });
    const error = await failure(server.js.consumers.create(stream, config, { pedanti: true } as object));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "pedanti" });
  });

  it("shows whoever awaits it in the stack of what it rejects with", async () => {
    const error = await failure(server.js.consumers.create("NOWHERE", { durable: "worker" }));
    expect(error.stack).toContain("consumers.test.ts");
  });
});

describe("a consumer is found", () => {
  it("[JS-CON-05] by its name, with what it is like", async () => {
    const stream = await aStream(4);
    await server.js.consumers.create(stream, { durable: "worker", filterSubjects: [`${stream}.even`] });
    const consumer = await server.js.consumers.get(stream, "worker");
    expect(consumer).toMatchObject({ stream, name: "worker" });
    expect(consumer.cachedInfo).toMatchObject({ stream, name: "worker", numPending: 2, numAckPending: 0 });
    const message = await consumer.next();
    expect(await consumer.info()).toMatchObject({
      numPending: 1,
      numAckPending: 1,
      delivered: { consumerSeq: 1, streamSeq: 1 },
      ackFloor: { consumerSeq: 0, streamSeq: 0 },
      paused: false,
      pushBound: false,
    });
    await message!.ackConfirmed();
    expect((await consumer.info()).ackFloor).toMatchObject({ consumerSeq: 1, streamSeq: 1 });
    expect(consumer.cachedInfo?.numAckPending).toBe(0);
  });

  it("[JS-CON-05] or is not there", async () => {
    const stream = await aStream();
    for (const call of [
      server.js.consumers.get(stream, "nobody"),
      server.js.consumers.getPush(stream, "nobody"),
      server.js.consumers.delete(stream, "nobody"),
      server.js.consumers.update(stream, "nobody", { ackWait: 5 }),
      server.js.consumers.bind(stream, "nobody").info(),
      server.js.consumers.bind(stream, "nobody").pause(new Date(Date.now() + 60_000)),
    ]) {
      expect(await failure(call)).toMatchObject({ code: "CONSUMER_NOT_FOUND", stream, consumer: "nobody" });
    }
  });

  it("[JSS-05] of the kind that was asked for", async () => {
    const stream = await aStream();
    await server.js.consumers.create(stream, { durable: "pulls" });
    await server.js.consumers.create(stream, { durable: "pushes", push: {} });
    const wrong = { code: "WRONG_CONSUMER_KIND", stream };
    expect(await failure(server.js.consumers.get(stream, "pushes"))).toMatchObject({
      ...wrong,
      consumer: "pushes",
    });
    expect(await failure(server.js.consumers.getPush(stream, "pulls"))).toMatchObject({
      ...wrong,
      consumer: "pulls",
    });
  });

  it("bound by its name, without a question to the server", async () => {
    const stream = await aStream(1);
    await server.js.consumers.create(stream, { durable: "worker" });
    let consumer!: Consumer;
    const calls = await requestsOf(async (js) => {
      consumer = js.consumers.bind(stream, "worker");
      await Promise.resolve();
    });
    expect(calls).toEqual([]);
    expect(consumer.cachedInfo).toBeUndefined();
    expect((await consumer.next())!.string()).toBe("0");
    for (const name of ["a.b", "", undefined]) {
      expect(thrown(() => server.js.consumers.bind(stream, name as string))).toMatchObject({
        code: "INVALID_OPTION",
        argument: "consumer",
      });
    }
  });

  it("[JS-CON-06, JSM-07] in lists of any length, and in none", async () => {
    const stream = await aStream();
    expect(await collect(server.js.consumers.names(stream))).toEqual([]);
    expect(await collect(server.js.consumers.list(stream))).toEqual([]);
    const names = Array.from({ length: 300 }, (_, i) => `c${i}`);
    await Promise.all(
      names.map((durable) => server.js.consumers.create(stream, { durable, storage: "memory" })),
    );
    const listed = await collect(server.js.consumers.list(stream));
    expect(listed.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect((await collect(server.js.consumers.names(stream))).toSorted()).toEqual(names.toSorted());
    expect(await failure(collect(server.js.consumers.list("NOWHERE")))).toMatchObject({
      code: "STREAM_NOT_FOUND",
    });
    expect(thrown(() => server.js.consumers.names("a.b"))).toMatchObject({ code: "INVALID_OPTION" });
  });

  it("[JS-CON-05] until it is deleted", async () => {
    const stream = await aStream();
    await server.js.consumers.create(stream, { durable: "worker" });
    await server.js.consumers.delete(stream, "worker");
    expect(await failure(server.js.consumers.get(stream, "worker"))).toMatchObject({
      code: "CONSUMER_NOT_FOUND",
    });
  });
});

describe("a consumer is changed", () => {
  it("[JS-CON-31] in what is named; the rest stays, null takes away", async () => {
    const stream = await aStream(4);
    await server.js.consumers.create(stream, {
      durable: "worker",
      description: "old",
      ackWait: 5000,
      filterSubjects: [`${stream}.even`],
    });
    const info = await server.js.consumers.update(stream, "worker", {
      description: null,
      ackWait: 6000,
      filterSubjects: [`${stream}.odd`, `${stream}.else`],
      maxDeliver: undefined as never,
    });
    expect(info.config).toMatchObject({
      durable: "worker",
      ackWait: 6000,
      filterSubjects: [`${stream}.odd`, `${stream}.else`],
    });
    expect(info.config.description).toBeUndefined();
    const back = await server.js.consumers.update(stream, "worker", { backoff: [100, 200], maxDeliver: 5 });
    expect(back.config).toMatchObject({ backoff: [100, 200], maxDeliver: 5 });
  });

  it("[JS-CON-31] but not in what stays as it was made, which the error names", async () => {
    const stream = await aStream();
    await server.js.consumers.create(stream, { durable: "pulls" });
    await server.js.consumers.create(stream, { durable: "pushes", push: {} });
    const cases: [string, object, string][] = [
      ["pulls", { deliverPolicy: "last" }, "deliverPolicy"],
      ["pulls", { deliverPolicy: { startSeq: 5 } }, "deliverPolicy"],
      ["pulls", { ackPolicy: "none" }, "ackPolicy"],
      ["pulls", { replayPolicy: "original" }, "replayPolicy"],
      ["pulls", { maxWaiting: 5 }, "maxWaiting"],
      ["pulls", { storage: "memory" }, "storage"],
      ["pulls", { push: {} }, "push"],
      ["pulls", { durable: "other" }, "durable"],
      ["pulls", { name: "other" }, "name"],
      ["pushes", { push: null }, "push"],
      ["pushes", { push: { idleHeartbeat: 1000 } }, "push.idleHeartbeat"],
      ["pushes", { push: { flowControl: false } }, "push.flowControl"],
      ["pulls", { ackWate: 5 }, "ackWate"],
    ];
    for (const [name, changes, argument] of cases) {
      const error = await failure(server.js.consumers.update(stream, name, changes));
      expect([error.code, error.argument], JSON.stringify(changes)).toEqual(["INVALID_CONFIG", argument]);
    }
    expect(await failure(server.js.consumers.update(stream, "pulls", null as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  it("[JS-CON-12, JS-CON-28, JS-PUSH-04] keeps its deliver subject where others of `push` change", async () => {
    const stream = await aStream();
    const made = await server.js.consumers.create(stream, {
      durable: "pushes",
      push: { rateLimitBps: 1_000_000 },
    });
    const { deliverSubject } = made.cachedInfo!.config.push!;
    const info = await server.js.consumers.update(stream, "pushes", { push: { rateLimitBps: 2_000_000 } });
    expect(info.config.push).toMatchObject({ deliverSubject, rateLimitBps: 2_000_000, idleHeartbeat: 5000 });
  });
});

describe("a push consumer is made", () => {
  it("[JS-PUSH-01, JSS-07] with an inbox, heartbeats and flow control", async () => {
    const stream = await aStream();
    const consumer = await server.js.consumers.create(stream, { push: {} });
    expect(consumer.cachedInfo!.config).toMatchObject({
      ackPolicy: "explicit",
      push: { idleHeartbeat: 5000, flowControl: true },
    });
    expect(consumer.cachedInfo!.config.push!.deliverSubject).toMatch(/^_INBOX\./);
    expect(consumer.cachedInfo!.pushBound).toBe(false);
  });

  it("[JS-CON-28, JSS-06] without either for a queue group", async () => {
    const stream = await aStream();
    const config: PushConsumerConfig = { durable: "shared", push: { deliverGroup: "workers" } };
    const consumer = await server.js.consumers.create(stream, config);
    expect(consumer.cachedInfo!.config.push).toMatchObject({
      deliverGroup: "workers",
      idleHeartbeat: Infinity,
      flowControl: false,
    });
  });

  it("[JS-CON-03, JSS-08] where it sent before, if its name is known", async () => {
    const stream = await aStream();
    const config: PushConsumerConfig = { durable: "pushes", push: {} };
    const first = await server.js.consumers.create(stream, config);
    const again = await server.js.consumers.create(stream, config);
    const changed = await server.js.consumers.createOrUpdate(stream, { ...config, description: "new" });
    const subjects = [first, again, changed].map(({ cachedInfo }) => cachedInfo!.config.push!.deliverSubject);
    expect(new Set(subjects).size).toBe(1);
    expect(changed.cachedInfo!.config.description).toBe("new");
    const error = await failure(server.js.consumers.create(stream, { ...config, description: "other" }));
    expect(error).toMatchObject({ code: "CONSUMER_EXISTS", consumer: "pushes" });
  });
});
