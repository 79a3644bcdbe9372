import { describe, expect, it } from "vitest";
import { connect, type NatsError } from "../../../src/index.ts";
import {
  jetstream,
  type JetStream,
  type OrderedConsumerConfig,
  type Watch,
} from "../../../src/jetstream/index.ts";
import { openWatch } from "../../../src/jetstream/consumer/open-watch.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { QUICK_RECONNECT } from "../../support/outage.ts";
import { Proxy } from "../../support/proxy.ts";

const server = useJetStream();

/** A stream that keeps the last message of each subject `<name>.<key>`. */
async function aStream(): Promise<{ name: string; put: (key: number, text?: string) => Promise<number> }> {
  const name = unique("W");
  await server.js.streams.create({
    name,
    subjects: [`${name}.>`],
    storage: "memory",
    maxMsgsPerSubject: 1,
    allowDirect: true,
  });
  const put = async (key: number, text = "x"): Promise<number> =>
    (await server.js.publish(`${name}.${key}`, text)).seq;
  return { name, put };
}

function watch(
  js: JetStream,
  stream: string,
  config: OrderedConsumerConfig = { deliverPolicy: "last-per-subject" },
  signal?: AbortSignal,
): Watch<string> {
  return openWatch<string>(js.context, {
    stream,
    config,
    read: (m) => (m.string() === "hidden" ? undefined : m.subject.slice(stream.length + 1)),
    synced: (seq) => `synced ${seq}`,
    signal,
  });
}

describe("a watch of a stream", () => {
  it("[KV-22] tells at once that there is nothing", async () => {
    const { name, put } = await aStream();
    const watched = watch(server.js, name);
    await watched.synced;
    const told: string[] = [];
    for await (const event of watched) {
      told.push(event);
      if (told.length === 1) await put(1);
      else break;
    }
    expect(told).toEqual(["synced 0", "1"]);
    expect((await watched.closed).reason).toBe("stopped");
  });

  it("[KV-16] [KV-22] tells what is there, that this is all, and what follows", async () => {
    const { name, put } = await aStream();
    for (let i = 1; i <= 30; i++) await put(i % 10);
    await put(3, "hidden");
    const told: string[] = [];
    const watched = watch(server.js, name);
    let isSynced = false;
    void watched.synced.then(() => (isSynced = true));
    for await (const event of watched) {
      told.push(event);
      if (event === "4") expect(isSynced).toBe(false);
      if (event.startsWith("synced")) await put(7);
      if (told.length === 11) break;
    }
    await watched.synced;
    expect(told).toEqual(["1", "2", "4", "5", "6", "7", "8", "9", "0", "synced 31", "7"]);
  });

  it("[KV-22] tells the only message before it tells that this is all", async () => {
    const { name, put } = await aStream();
    await put(1);
    const told: string[] = [];
    for await (const event of watch(server.js, name)) {
      told.push(event);
      if (told.length === 2) break;
    }
    expect(told).toEqual(["1", "synced 1"]);
  });

  it("[KV-22] is synced when all that was there was read, not when it has come", async () => {
    const { name, put } = await aStream();
    for (let i = 1; i <= 3; i++) await put(i);
    const watched = watch(server.js, name);
    let isSynced = false;
    void watched.synced.then(() => (isSynced = true));
    // Three messages, and the mark behind them.
    await eventually(() => expect(watched.pending.messages).toBe(4));
    const told: string[] = [];
    for await (const event of watched) {
      told.push(event);
      if (event.startsWith("synced")) break;
      expect(isSynced).toBe(false);
    }
    await watched.synced;
    expect(told).toEqual(["1", "2", "3", "synced 3"]);
  });

  it("[KV-22] tells of its end once, though the last that was to come is removed meanwhile", async () => {
    const { name, put } = await aStream();
    // More than wait here at a time.
    const count = 16_500;
    for (let i = 1; i <= count; i++) server.nc.publish(`${name}.${i}`, "x");
    const stream = await server.js.streams.get(name);
    await eventually(async () => expect((await stream.info()).state.lastSeq).toBe(count));
    const told: string[] = [];
    for await (const event of watch(server.js, name)) {
      told.push(event);
      if (told.length === 1) await stream.purge({ seq: count + 1, filter: `${name}.${count - 1}` });
      if (told.length === 1) await stream.purge({ filter: `${name}.${count}` });
      if (event.startsWith("synced")) break;
    }
    expect(told.length).toBe(count - 1);
    await put(1);
  });

  it("[KV-22] tells of its end though all that was to come is removed meanwhile, unread or delivered", async () => {
    const { name } = await aStream();
    const stream = await server.js.streams.get(name);
    for (let i = 1; i <= 20_000; i++) server.nc.publish(`${name}.${i}`, "x");
    await eventually(async () => expect((await stream.info()).state.lastSeq).toBe(20_000));
    const told: string[] = [];
    for await (const event of watch(server.js, name)) {
      told.push(event);
      if (told.length === 1) await stream.purge();
      if (event.startsWith("synced")) break;
    }
    expect(told.length).toBeLessThan(20_000);
    expect(told.filter((event) => event.startsWith("synced"))).toHaveLength(1);
  });

  it("[KV-23] neither loses nor repeats a key when its consumer goes in the middle of what is there", async () => {
    const { name, put } = await aStream();
    for (let i = 1; i <= 40; i++) await put(i);
    const told: string[] = [];
    const watched = openWatch<string>(server.js.context, {
      stream: name,
      config: { deliverPolicy: "last-per-subject", namePrefix: `c_${name}` },
      read: (m) => m.subject.slice(name.length + 1),
      synced: () => "synced",
    });
    for await (const event of watched) {
      told.push(event);
      if (told.length === 10) {
        await server.js.consumers.delete(name, `c_${name}_1`);
        await put(5);
        await put(41);
      }
      if (event === "41") void put(42);
      if (event === "42") break;
    }
    const keys = told.filter((event) => event !== "synced");
    expect(told.filter((event) => event === "synced")).toHaveLength(1);
    // 5 was told before, and changed after that.
    expect(keys).toHaveLength(43);
    expect(new Set(keys).size).toBe(42);
  });

  it("[KV-23] goes on after a lost link, before and after it is complete", async () => {
    const { name, put } = await aStream();
    for (let i = 1; i <= 20; i++) await put(i);
    const proxy = await Proxy.start(server.server.port);
    const nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    try {
      const told: string[] = [];
      const watched = watch(jetstream(nc), name);
      for await (const event of watched) {
        told.push(event);
        if (told.length === 5) proxy.cut();
        if (event === "synced 20") {
          proxy.cut();
          for (let i = 21; i <= 25; i++) await put(i);
        }
        if (event === "25") break;
      }
      const keys = told.filter((event) => !event.startsWith("synced"));
      expect(keys).toEqual(Array.from({ length: 25 }, (_, i) => `${i + 1}`));
      expect(told).toHaveLength(26);
    } finally {
      await nc.close();
      await proxy.stop();
    }
  });

  it("ends with an error when the stream goes, also if there is another of its name", async () => {
    const { name, put } = await aStream();
    await put(1);
    const watched = watch(server.js, name);
    const told: string[] = [];
    const error = await failure(
      (async () => {
        for await (const event of watched) {
          told.push(event);
          if (!event.startsWith("synced")) continue;
          await server.js.streams.delete(name);
          await server.js.streams.create({ name, subjects: [`${name}.>`], storage: "memory" });
        }
      })(),
    );
    expect(error).toMatchObject({ code: "STREAM_NOT_FOUND", stream: name });
    expect(told).toEqual(["1", "synced 1"]);
  });

  it("rejects synced with what ends it before", async () => {
    const { name, put } = await aStream();
    await put(1);
    const aborted = watch(server.js, name, undefined, AbortSignal.abort());
    expect(await failure(aborted.synced)).toMatchObject({ code: "SUBSCRIPTION_CLOSED" });
    const missing = watch(server.js, "NONE");
    expect(await failure(missing.synced)).toMatchObject({ code: "STREAM_NOT_FOUND" });
  });

  it("hands its events to a callback", async () => {
    const { name, put } = await aStream();
    await put(1);
    await put(2);
    const told: string[] = [];
    const watched = openWatch<string>(server.js.context, {
      stream: name,
      config: { deliverPolicy: "all" },
      read: (m) => m.subject.slice(name.length + 1),
      synced: () => "synced",
      callback: (event) => void told.push(event),
    });
    await watched.synced;
    expect(told).toEqual(["1", "2", "synced"]);
    expect(() => watched[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: "SUBSCRIPTION_HAS_CALLBACK" } satisfies Partial<NatsError>),
    );
    await watched.stop();
  });
});
