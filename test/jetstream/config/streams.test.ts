import { describe, expect, it } from "vitest";
import type { StreamConfig } from "../../../src/jetstream/config/stream-config.ts";
import { diffStreamConfig } from "../../../src/jetstream/config/diff.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const jetStream = useJetStream();

/** The configuration as the server has it after it was made so. */
async function made(config: Omit<StreamConfig, "name">): Promise<StreamConfig> {
  const { js } = jetStream;
  const stream = await js.streams.create({ ...config, name: unique("S") } as StreamConfig);
  return (await stream.info()).config;
}

/** A subject that no other stream takes. */
const subject = () => `${unique("subject")}.>`;

describe("a stream is as it was made", () => {
  it("[JS-STR-11] [JS-STR-12] [JS-STR-13] [JS-STR-14] [JS-STR-15] [JS-STR-16] limits, storage and what is dropped", async () => {
    const config = {
      description: "all of them",
      subjects: [subject(), "another"],
      retention: "interest",
      maxMsgs: 1000,
      maxBytes: 100_000,
      maxAge: 3_600_000.5,
      maxMsgSize: 1024,
      maxMsgsPerSubject: 10,
      maxConsumers: 7,
      discard: "new-per-subject",
      storage: "file",
      replicas: 1,
      compression: "s2",
      firstSeq: 100,
      duplicateWindow: 60_000,
    } as const;
    expect(await made(config)).toMatchObject(config);
  });

  it("[JS-STR-12] no limits are Infinity, and the rest is the default", async () => {
    expect(await made({ subjects: [subject()] })).toMatchObject({
      maxMsgs: Infinity,
      maxBytes: Infinity,
      maxAge: Infinity,
      maxMsgSize: Infinity,
      maxMsgsPerSubject: Infinity,
      maxConsumers: Infinity,
      retention: "limits",
      discard: "old",
      storage: "file",
      duplicateWindow: 120_000,
    });
  });

  it("[JS-STR-12] a year is more nanoseconds than a number holds, and exact", async () => {
    expect(await made({ subjects: [subject()], maxAge: 365 * 86_400_000 + 1 })).toMatchObject({
      maxAge: 31_536_000_001,
    });
  });

  it("[JS-STR-18] [JS-STR-19] [JS-STR-27] [JS-STR-28] what it denies and allows, and tells consumers", async () => {
    const config = {
      subjects: [subject()],
      denyDelete: true,
      denyPurge: true,
      allowDirect: true,
      consumerLimits: { inactiveThreshold: 60_000, maxAckPending: 50 },
      metadata: { owner: "billing" },
    } as const;
    const read = await made(config);
    expect(read).toMatchObject(config);
    expect(Object.keys(read.metadata ?? {}).toSorted()).toEqual([
      "_nats.level",
      "_nats.req.level",
      "_nats.ver",
      "owner",
    ]);
  });

  it("[JS-STR-20] [JS-STR-21] transforms and republishes", async () => {
    const config = {
      subjects: ["in.*"],
      subjectTransform: { src: "in.*", dest: "stored.{{wildcard(1)}}" },
      republish: { src: "stored.*", dest: "out.{{wildcard(1)}}", headersOnly: true },
    } as const;
    expect(await made(config)).toMatchObject(config);
  });

  it("[JS-STR-22] [JS-STR-24] mirrors, of a domain too", async () => {
    const mirror = {
      name: "ORIGIN",
      startTime: new Date("2026-01-02T03:04:05.678Z"),
      subjectTransforms: [{ src: "a.>", dest: "b.>" }],
      external: { domain: "hub" },
    } as const;
    expect((await made({ mirror })).mirror).toEqual(mirror);
    expect((await made({ mirror: { name: "NOWHERE", startSeq: 5, filterSubject: "a" } })).mirror).toEqual({
      name: "NOWHERE",
      startSeq: 5,
      filterSubject: "a",
    });
  });

  it("[JS-STR-23] [JS-STR-24] [JS-STR-25] [JS-STR-26] sources", async () => {
    const sources = [
      { name: "A", startSeq: 7, filterSubject: "a.>" },
      {
        name: "B",
        subjectTransforms: [
          { src: "b.*", dest: "c.{{wildcard(1)}}" },
          { src: "d", dest: "e" },
        ],
      },
      { name: "C", external: { api: "other.api", deliver: "other.deliver" } },
      { name: "D", consumer: { name: "feed", deliverSubject: "feed.deliver" } },
    ];
    expect((await made({ sources })).sources).toEqual(sources);
  });

  it("[JS-STR-29] [JS-STR-30] what messages may do", async () => {
    const config = {
      subjects: [subject()],
      allowRollup: true,
      allowAtomic: true,
      allowBatched: true,
      allowMsgTtl: true,
    } as const;
    expect(await made(config)).toMatchObject(config);
    const marking = await made({ subjects: [subject()], subjectDeleteMarkerTtl: 60_000 });
    expect(marking).toMatchObject({ subjectDeleteMarkerTtl: 60_000, allowMsgTtl: true, allowRollup: true });
    expect(await made({ subjects: [subject()], allowMsgCounter: true })).toMatchObject({
      allowMsgCounter: true,
    });
    expect(await made({ subjects: [subject()], allowMsgSchedules: true })).toMatchObject({
      allowMsgSchedules: true,
    });
  });

  it("[JS-STR-14] [JS-STR-31] in memory, or on disk later", async () => {
    expect(await made({ subjects: [subject()], storage: "memory" })).toMatchObject({ storage: "memory" });
    expect(await made({ subjects: [subject()], persistMode: "async" })).toMatchObject({
      persistMode: "async",
    });
  });

  it("[JS-STR-17] placed by tags, where there are some", async () => {
    const { js } = jetStream;
    const create = js.streams.create({
      name: unique("S"),
      subjects: [subject()],
      placement: { tags: ["ssd"] },
    });
    // A single server has no tags to place by: it takes them, as what it was told.
    expect((await (await create).info()).config.placement).toEqual({ tags: ["ssd"] });
  });
});

describe("[JS-CTX-11] what the server fills in is no difference", () => {
  it.each<[string, () => Omit<StreamConfig, "name">]>([
    ["of one with nothing but a name", () => ({})],
    ["of one with a short age", () => ({ subjects: [subject()], maxAge: 5000 })],
    ["of a mirror", () => ({ mirror: { name: "NOWHERE" } })],
    ["of one with sources", () => ({ sources: [{ name: "NOWHERE", external: { domain: "hub" } }] })],
    ["of one with markers", () => ({ subjects: [subject()], subjectDeleteMarkerTtl: 1000 })],
    ["of one with schedules", () => ({ subjects: [subject()], allowMsgSchedules: true })],
    ["of one with a republish", () => ({ subjects: [subject()], republish: { dest: "out.>" } })],
    ["of one with counters", () => ({ subjects: [subject()], allowMsgCounter: true, metadata: { a: "b" } })],
  ])("%s", async (_title, config) => {
    const { js } = jetStream;
    const wanted = { ...config(), name: unique("D") } as StreamConfig;
    const stream = await js.streams.create(wanted);
    expect(diffStreamConfig((await stream.info()).config, wanted)).toEqual([]);
  });
});

describe("changes", () => {
  it("[JS-STR-02] a shorter age takes the window along that nobody chose", async () => {
    const { js } = jetStream;
    const name = unique("S");
    await js.streams.create({ name, subjects: [subject()], maxAge: 600_000 });
    const { config } = await js.streams.update(name, { maxAge: 30_000 });
    expect(config).toMatchObject({ maxAge: 30_000, duplicateWindow: 30_000 });
    expect((await js.streams.update(name, { maxAge: null })).config).toMatchObject({
      maxAge: Infinity,
      duplicateWindow: 120_000,
    });
  });

  it("[JS-STR-43] a mirror becomes a stream of its own", async () => {
    const { js } = jetStream;
    const name = unique("S");
    await js.streams.create({ name, mirror: { name: "NOWHERE" }, mirrorDirect: false });
    const { config } = await js.streams.update(name, { mirror: null, subjects: ["promoted"] });
    expect(config).toMatchObject({ subjects: ["promoted"] });
    expect(config.mirror).toBeUndefined();
  });

  it("[JS-STR-13] null takes a field away", async () => {
    const { js } = jetStream;
    const name = unique("S");
    await js.streams.create({
      name,
      subjects: [subject()],
      description: "d",
      maxMsgs: 5,
      republish: { dest: "o.>" },
    });
    const { config } = await js.streams.update(name, { description: null, maxMsgs: null, republish: null });
    expect(config).toMatchObject({ maxMsgs: Infinity });
    expect(config).not.toHaveProperty("description");
    expect(config).not.toHaveProperty("republish");
  });
});
