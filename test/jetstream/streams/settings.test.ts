import { describe, expect, it } from "vitest";
import type { Stream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

async function made(settings: object = {}): Promise<Stream> {
  const name = unique("SET");
  return await access.js.streams.create({ name, subjects: [`${name}.>`], allowDirect: true, ...settings });
}

async function texts(stream: Stream): Promise<string[]> {
  return (await all(stream.messages())).map((message) => message.string());
}

describe("limits", () => {
  it("[JS-STR-11] retention: what all consumers, or one, acked goes; it may change, but not to or from a work queue", async () => {
    const limits = await made();
    const changed = await access.js.streams.update(limits.name, { retention: "interest" });
    expect(changed.config.retention).toBe("interest");
    const change = access.js.streams.update(limits.name, { retention: "workqueue" });
    expect(await failure(change)).toMatchObject({
      code: "INVALID_CONFIG",
      stream: limits.name,
      errCode: 10_052,
    });
    const interest = await made({ retention: "interest" });
    await access.js.publish(`${interest.name}.a`, "nobody wants it");
    expect((await interest.info()).state.messages).toBe(0);
    const queue = await made({ retention: "workqueue" });
    await access.js.publish(`${queue.name}.a`, "work");
    expect((await queue.info()).config.retention).toBe("workqueue");
    expect((await queue.info()).state.messages).toBe(1);
  });

  it("[JS-STR-12] [JS-STR-13] a full stream drops the oldest", async () => {
    const stream = await made({ maxMsgs: 3 });
    await fill(access.nc, 5, (n) => ({ subject: `${stream.name}.a`, data: `${n}` }));
    expect(await texts(stream)).toEqual(["3", "4", "5"]);
  });

  it("[JS-STR-12] [JS-STR-13] or refuses what comes", async () => {
    const stream = await made({ maxMsgs: 1, discard: "new" });
    await access.js.publish(`${stream.name}.a`, "1");
    expect(await failure(access.js.publish(`${stream.name}.a`, "2"))).toMatchObject({ code: "STREAM_FULL" });
    expect(await texts(stream)).toEqual(["1"]);
  });

  it("[JS-STR-13] or refuses what is too much of one subject", async () => {
    const stream = await made({ maxMsgsPerSubject: 1, discard: "new-per-subject" });
    await access.js.publish(`${stream.name}.a`, "1");
    await access.js.publish(`${stream.name}.b`, "2");
    expect(await failure(access.js.publish(`${stream.name}.a`, "3"))).toMatchObject({ code: "STREAM_FULL" });
    expect((await stream.info()).config.discard).toBe("new-per-subject");
  });

  it("[JS-STR-12] messages have a size and an age", async () => {
    const stream = await made({ maxMsgSize: 100, maxAge: 150, maxBytes: 1_000_000, maxConsumers: 3 });
    expect((await stream.info()).config).toMatchObject({ maxMsgSize: 100, maxAge: 150, maxBytes: 1_000_000 });
    expect(await failure(access.js.publish(`${stream.name}.a`, new Uint8Array(101)))).toMatchObject({
      code: "MESSAGE_TOO_LARGE",
    });
    await access.js.publish(`${stream.name}.a`, "soon gone");
    await eventually(async () => expect((await stream.info()).state.messages).toBe(0));
  });

  it("[JS-STR-14] [JS-STR-15] [JS-STR-16] storage, compression and the first sequence are as they were asked for", async () => {
    const stream = await made({ storage: "memory", firstSeq: 1000 });
    expect((await access.js.publish(`${stream.name}.a`)).seq).toBe(1000);
    expect((await stream.info()).config).toMatchObject({ storage: "memory", firstSeq: 1000, replicas: 1 });
    expect((await (await made({ compression: "s2" })).info()).config.compression).toBe("s2");
  });

  it("[JS-STR-18] a sealed stream takes and gives nothing, for good", async () => {
    const stream = await made();
    await access.js.publish(`${stream.name}.a`, "1");
    await access.js.streams.update(stream.name, { sealed: true });
    const refused = await failure(access.js.publish(`${stream.name}.a`, "2"));
    expect(refused.code).toBe("API_ERROR");
    expect(await failure(stream.purge())).toMatchObject({ code: "API_ERROR" });
    expect(await failure(stream.deleteMessage(1))).toMatchObject({ code: "API_ERROR" });
    expect(await failure(access.js.streams.update(stream.name, { sealed: false }))).toMatchObject({
      stream: stream.name,
    });
    expect(await texts(stream)).toEqual(["1"]);
  });

  it("[JS-STR-27] [JS-STR-28] consumers' limits and metadata are kept", async () => {
    const settings = {
      consumerLimits: { inactiveThreshold: 60_000, maxAckPending: 10 },
      metadata: { team: "a", "x.y": "ä" },
    };
    const stream = await made(settings);
    const { config } = await stream.info();
    expect(config).toMatchObject(settings);
  });

  it("[JS-STR-29] messages have a life of their own, and leave a marker", async () => {
    // No message of such a stream lives for less than its markers.
    const stream = await made({ allowMsgTtl: true, subjectDeleteMarkerTtl: 2000 });
    await access.js.publish(`${stream.name}.a`, "soon gone", { ttl: 1000 });
    const marker = await eventually(async () => {
      const last = await stream.get({ lastBySubject: `${stream.name}.a` });
      expect(last?.headers?.get("Nats-Marker-Reason")).toBe("MaxAge");
      return last;
    });
    expect(marker?.size).toBe(0);
    expect((await stream.info()).config).toMatchObject({ allowMsgTtl: true, subjectDeleteMarkerTtl: 2000 });
  });

  it("[JS-STR-30] [JS-STR-31] what a stream allows, and how it keeps, is as it was asked for", async () => {
    const flags = { allowAtomic: true, allowBatched: true, allowRollup: true, allowMsgSchedules: true };
    expect((await (await made(flags)).info()).config).toMatchObject(flags);
    const counter = await made({ allowMsgCounter: true });
    expect((await counter.info()).config.allowMsgCounter).toBe(true);
    expect((await (await made({ persistMode: "async" })).info()).config.persistMode).toBe("async");
  });
});

describe("subjects", () => {
  it("[JS-STR-20] [JS-STR-46] are transformed as messages come", async () => {
    const name = unique("MOVED");
    const transforms = { src: `${name}.in.*`, dest: `${name}.out.{{partition(3)}}.{{wildcard(1)}}` };
    const stream = await access.js.streams.create({
      name,
      subjects: [`${name}.in.*`],
      allowDirect: true,
      subjectTransform: transforms,
    });
    await access.js.publish(`${name}.in.seven`, "7");
    const message = await stream.get({ seq: 1 });
    expect(message?.subject).toMatch(new RegExp(`^${name}\\.out\\.[012]\\.seven$`));
    expect((await stream.info()).config.subjectTransform).toEqual(transforms);
  });

  it("[JS-STR-21] are published again", async () => {
    const name = unique("AGAIN");
    const republish = { src: `${name}.>`, dest: `again.${name}.>`, headersOnly: true };
    await access.js.streams.create({ name, subjects: [`${name}.>`], republish });
    const sub = access.nc.subscribe(`again.${name}.>`, { max: 1 });
    await access.nc.flush();
    await access.js.publish(`${name}.a`, "12345");
    const message = await sub.next({ timeout: 5000 });
    expect(message.subject).toBe(`again.${name}.a`);
    expect(message.size).toBe(0);
    expect(message.headers?.get("Nats-Msg-Size")).toBe("5");
    expect(message.headers?.get("Nats-Stream")).toBe(name);
  });
});
