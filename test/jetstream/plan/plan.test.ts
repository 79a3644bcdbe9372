import { describe, expect, it } from "vitest";
import type { Assets } from "../../../src/jetstream/plan/assets.ts";
import { plan } from "../../../src/jetstream/plan/plan.ts";
import { failure } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const jetStream = useJetStream();

const shown = (changes: Awaited<ReturnType<typeof plan>>["changes"]) =>
  changes.map(({ action, stream, consumer, fields }) => [
    action,
    consumer ?? stream,
    ...fields.map(({ name }) => name),
  ]);

describe("a plan", () => {
  it("is empty once it was applied, of all that there can be", async () => {
    const { js } = jetStream;
    const [a, b, c] = [unique("PLAN"), unique("PLAN"), unique("PLAN")];
    const assets: Assets = {
      streams: [
        {
          name: a,
          subjects: [`${a}.>`],
          maxAge: 30_000,
          metadata: { app: "shop" },
          consumerLimits: { maxAckPending: 20 },
        },
        { name: b, mirror: { name: a, filterSubject: `${a}.x` } },
        {
          name: c,
          sources: [{ name: a, external: { domain: "hub" } }],
          republish: { dest: "plan.out.>" },
          subjectDeleteMarkerTtl: 1000,
        },
      ],
      consumers: {
        [a]: [
          { durable: "worker", filterSubjects: [`${a}.x`, `${a}.y`], backoff: [1000, 2000], maxDeliver: 3 },
          { durable: "pusher", push: { deliverGroup: "g" }, ackPolicy: "all" },
          { name: "short", deliverPolicy: "last-per-subject" },
          {
            durable: "pinned",
            priority: { policy: "pinned-client", groups: ["g"] },
            pauseUntil: new Date(0),
          },
        ],
        [c]: [{ durable: "reader", deliverPolicy: { startTime: new Date("2026-01-02T03:04:05.678Z") } }],
      },
    };
    const todo = await plan(js, assets);
    expect(todo.changes.map(({ action }) => action)).toEqual(Array.from({ length: 8 }, () => "create"));
    expect(todo.changes.map(({ consumer, stream }) => consumer ?? stream)).toEqual([
      a,
      b,
      c,
      "worker",
      "pusher",
      "short",
      "pinned",
      "reader",
    ]);
    await todo.apply();
    expect((await plan(js, assets)).changes).toEqual([]);
    await todo.apply();
    expect((await plan(js, assets)).changes).toEqual([]);
  });

  it("names what differs, and changes that alone", async () => {
    const { js } = jetStream;
    const name = unique("PLAN");
    await js.streams.create({ name, subjects: [`${name}.a`], maxMsgs: 10, description: "old", replicas: 1 });
    await js.consumers.create(name, {
      durable: "D",
      maxDeliver: 5,
      push: { deliverSubject: "p", rateLimitBps: 8000 },
    });
    const assets: Assets = {
      streams: [{ name, subjects: [`${name}.a`, `${name}.b`], maxMsgs: 20 }],
      consumers: { [name]: [{ durable: "D", headersOnly: true, push: { deliverSubject: "p" } }] },
    };
    const todo = await plan(js, assets);
    expect(shown(todo.changes)).toEqual([
      ["update", name, "description", "subjects", "maxMsgs"],
      ["update", "D", "headersOnly", "maxDeliver", "push.rateLimitBps"],
    ]);
    expect(todo.changes[0]?.fields).toContainEqual({ name: "maxMsgs", from: 10, to: 20 });
    await todo.apply();
    expect((await plan(js, assets)).changes).toEqual([]);
    const { config } = await js.streams.bind(name).info();
    expect(config).toMatchObject({ maxMsgs: 20, subjects: [`${name}.a`, `${name}.b`] });
    const consumer = await js.consumers.bind(name, "D").info();
    expect(consumer.config.push).toEqual({ deliverSubject: "p", idleHeartbeat: 5000, flowControl: true });
  });

  it("leaves alone what it doesn't name: streams, consumers, pauses", async () => {
    const { js } = jetStream;
    const name = unique("PLAN");
    const pauseUntil = new Date(Date.now() + 3_600_000);
    await js.streams.create({ name, subjects: [name] });
    await js.consumers.create(name, { durable: "other" });
    await js.consumers.create(name, { durable: "D", pauseUntil });
    const todo = await plan(js, { consumers: { [name]: [{ durable: "D", ackWait: 5000 }] } });
    expect(shown(todo.changes)).toEqual([["update", "D", "ackWait"]]);
    await todo.apply();
    expect((await js.consumers.bind(name, "D").info()).config).toMatchObject({ ackWait: 5000, pauseUntil });
    await js.consumers.bind(name, "other").info();
  });

  it("that is impossible tells why, and does nothing", async () => {
    const { js } = jetStream;
    const [fixed, fresh] = [unique("PLAN"), unique("PLAN")];
    await js.streams.create({ name: fixed, subjects: [fixed] });
    await js.consumers.create(fixed, { durable: "D" });
    const assets: Assets = {
      streams: [
        { name: fresh, subjects: [fresh] },
        { name: fixed, storage: "memory", maxMsgs: 5 },
      ],
      consumers: { [fixed]: [{ durable: "D", deliverPolicy: "new" }] },
    };
    const todo = await plan(js, assets);
    expect(shown(todo.changes)).toEqual([
      ["impossible", fixed, "maxMsgs", "storage"],
      ["create", fresh, "name", "subjects"],
      ["impossible", "D", "deliverPolicy"],
    ]);
    expect(todo.changes[0]?.fields[1]).toEqual({
      name: "storage",
      from: "file",
      to: "memory",
      reason: "it is fixed when the stream is made",
    });
    const error = await failure(todo.apply());
    expect(error).toMatchObject({ code: "PLAN_IMPOSSIBLE", stream: fixed, argument: "storage" });
    expect(await failure(js.streams.get(fresh))).toMatchObject({ code: "STREAM_NOT_FOUND" });
  });

  it("compares anew when it is applied", async () => {
    const { js } = jetStream;
    const name = unique("PLAN");
    const todo = await plan(js, { streams: [{ name, subjects: [name], maxMsgs: 5 }] });
    await js.streams.create({ name, subjects: [name], maxMsgs: 7 });
    await todo.apply();
    expect((await js.streams.bind(name).info()).config.maxMsgs).toBe(5);
  });

  it("lets a subject go from one stream to a new one", async () => {
    const { js } = jetStream;
    const [from, to] = [unique("PLAN"), unique("PLAN")];
    await js.streams.create({ name: from, subjects: [`${from}.a`, `${from}.b`] });
    const todo = await plan(js, {
      streams: [
        { name: to, subjects: [`${from}.b`] },
        { name: from, subjects: [`${from}.a`] },
      ],
    });
    await todo.apply();
    expect((await js.streams.bind(to).info()).config.subjects).toEqual([`${from}.b`]);
  });

  it("of consumers needs their stream", async () => {
    const { js } = jetStream;
    const error = await failure(plan(js, { consumers: { NOWHERE: [{ durable: "D" }] } }));
    expect(error).toMatchObject({ code: "STREAM_NOT_FOUND", stream: "NOWHERE", consumer: "D" });
  });

  it("rejects wrong options, and ends with its signal", async () => {
    const { js } = jetStream;
    expect(await failure(plan(js, {}, { timout: 5 } as object))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "timout",
    });
    expect(await failure(plan(js, null as never))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "assets",
    });
    const aborted = { signal: AbortSignal.abort() };
    expect(await failure(plan(js, { streams: [{ name: "S" }] }, aborted))).toMatchObject({ code: "ABORTED" });
    const todo = await plan(js, { streams: [{ name: unique("PLAN") }] });
    expect(await failure(todo.apply(aborted))).toMatchObject({ code: "ABORTED" });
    expect(await failure(todo.apply({ pedantic: "yes" } as object))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "pedantic",
    });
  });

  it("[JS-CTX-10] applied to the letter, refuses what the server would change in silence", async () => {
    const { js } = jetStream;
    const todo = await plan(js, { streams: [{ name: unique("PLAN"), subjectDeleteMarkerTtl: 1000 }] });
    expect(await failure(todo.apply({ pedantic: true }))).toMatchObject({ code: "INVALID_CONFIG" });
  });
});
