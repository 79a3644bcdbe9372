import { describe, expect, it } from "vitest";
import { connect, type Connection, TimeoutError } from "../../../src/index.ts";
import { askedBy } from "../../../src/jetstream/consume/consume.ts";
import { SyncMark } from "../../../src/jetstream/consume/sync-mark.ts";
import { WatchSource } from "../../../src/jetstream/consume/watch-source.ts";
import { OrderedSeries } from "../../../src/jetstream/consumer/ordered-series.ts";
import {
  type ConsumeEvent,
  type Consuming,
  jetstream,
  type JetStream,
} from "../../../src/jetstream/index.ts";
import { kv } from "../../../src/kv/index.ts";
import { objectStore } from "../../../src/object-store/index.ts";
import { useLeaf } from "../../support/domains.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { unique } from "../../support/jetstream.ts";
import { useServer } from "../../support/nats-server.ts";
import { NEVER } from "../../support/never.ts";

type Told<T extends ConsumeEvent["type"]> = Extract<ConsumeEvent, { readonly type: T }>;

/** The next event of a type. */
function told<T extends ConsumeEvent["type"]>(source: Consuming, type: T): Promise<Told<T>> {
  return new Promise((resolve) => {
    const stop = source.on(type, (event) => {
      stop();
      resolve(event);
    });
  });
}

/** The first that a loop gives, or what it throws. */
async function first<T>(loop: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of loop) return item;
  return undefined;
}

const server = useServer({
  jetstream: true,
  config: `accounts {
    FULL { jetstream: enabled, users: [{ user: full, password: x }] }
    WITHOUT { users: [
      { user: without, password: x }
    ] }
    DENIED { jetstream: enabled, users: [
      { user: denied, password: x, permissions: { publish: { deny: "$JS.API.CONSUMER.>" } } }
      { user: blind, password: x, permissions: { publish: { deny: "$JS.API.STREAM.INFO.>" } } }
    ] }
  }`,
});

const as = (user: string): Promise<Connection> => connect({ servers: server.url, user, password: "x" });

/** A bucket whose stream can have one consumer, which is there. */
async function fullBucket(js: JetStream, nc: Connection) {
  const name = unique("full");
  await js.streams.create({
    name: `KV_${name}`,
    subjects: [`$KV.${name}.>`],
    storage: "memory",
    maxMsgsPerSubject: 1,
    allowRollup: true,
    denyDelete: true,
    discard: "new",
    maxConsumers: 1,
  });
  await js.consumers.create(`KV_${name}`, { durable: "only" });
  const bucket = await kv(nc).get(name);
  await bucket.put("a", "1");
  return { bucket, free: () => js.consumers.delete(`KV_${name}`, "only") };
}

describe("what the server refuses and may take later", () => {
  it("[JS-PULL-09] [KV-23] is told by a watch, which goes on when it is over", async () => {
    await using nc = await as("full");
    const { bucket, free } = await fullBucket(jetstream(nc), nc);
    await using watch = bucket.watch();
    const entry = first(watch);
    const refused = await told(watch, "retrying");
    expect(refused).toMatchObject({ count: 1, duration: 0, error: { code: "API_ERROR", errCode: 10_026 } });
    expect(refused.delay).toBeGreaterThan(0);
    expect((await told(watch, "retrying")).count).toBe(2);
    const recovered = told(watch, "recovered");
    await free();
    expect((await recovered).count).toBeGreaterThanOrEqual(2);
    expect(await entry).toMatchObject({ type: "put", key: "a" });
  });

  it("[KV-23] [KV-24] [KV-25] is the cause of a time limit that is over, in words", async () => {
    await using nc = await as("full");
    const { bucket } = await fullBucket(jetstream(nc), nc);
    const timeout = 500;
    const limits = { timeout };
    const calls = [
      bucket.keys(">", limits).toArray(),
      bucket.history(">", limits).toArray(),
      bucket.view(">", limits),
    ];
    for (const error of await Promise.all(calls.map(failure))) {
      expect(error).toMatchObject({ code: "TIMEOUT", cause: { code: "API_ERROR", errCode: 10_026 } });
      expect(error.message).toMatch(
        /^timed out after 500 ms waiting for .*: .*maximum consumers limit reached$/,
      );
    }
  });

  it("[JS-PULL-09] is the cause of a wait for a message that is over", async () => {
    await using nc = await as("full");
    const js = jetstream(nc);
    const { bucket } = await fullBucket(js, nc);
    const reader = await js.consumers.ordered(`KV_${bucket.name}`);
    await using messages = reader.consume();
    await told(messages, "retrying");
    const error = await failure(messages.next({ timeout: 1 }));
    expect(error).toMatchObject({ code: "TIMEOUT", cause: { errCode: 10_026 } });
  });
});

describe("a part of a reader that fails alone", () => {
  it("[OBJ-07] is told as the cause when the chunks of an object don't come in time", async () => {
    await using nc = await as("full");
    const js = jetstream(nc);
    const name = unique("full");
    await js.streams.create({
      name: `OBJ_${name}`,
      subjects: [`$O.${name}.C.>`, `$O.${name}.M.>`],
      storage: "memory",
      allowRollup: true,
      discard: "new",
      maxConsumers: 1,
    });
    await js.consumers.create(`OBJ_${name}`, { durable: "only" });
    const store = await objectStore(nc).get(name);
    await store.put("file", new Uint8Array(4096), { chunkSize: 1024 });
    const error = await failure((await store.get("file", { timeout: 600 })).bytes());
    expect(error).toMatchObject({ code: "TIMEOUT", cause: { errCode: 10_026 } });
    expect(error.message).toMatch(/a chunk of the object "file": .*maximum consumers limit reached$/);
  });

  it("[KV-23] is told as the cause when a view does not get to a revision in time", async () => {
    await using owner = await as("denied");
    await using nc = await as("blind");
    nc.on("error", () => undefined);
    const { name } = await kv(owner).create(unique("blind"), { storage: "memory" });
    await using view = await kv(nc).bind(name).view();
    const error = await failure(view.reached(100, { timeout: 500 }));
    expect(error).toMatchObject({ code: "TIMEOUT", cause: { code: "PUBLISH_DENIED" } });
  });

  it("[JS-PULL-09] [KV-22] is told if nobody can say whether a watch is complete, until its last value comes", async () => {
    await using nc = await as("full");
    const { context } = jetstream(nc);
    const { bucket, free } = await fullBucket(jetstream(nc), nc);
    const series = new OrderedSeries(context, `KV_${bucket.name}`, {});
    const silent = new TimeoutError("no answer");
    const reader = { context, schema: undefined, series };
    const source = new WatchSource(reader, askedBy({}), () => Promise.reject(silent));
    const events: ConsumeEvent[] = [];
    let isComplete = false;
    source.start({
      onMessage: (item) => {
        isComplete ||= item instanceof SyncMark;
      },
      onEnd: () => undefined,
      onEvent: (event) => events.push(event),
    });
    await eventually(() => {
      const unanswered = events.find((event) => event.type === "retrying" && event.error === silent);
      expect(unanswered).toMatchObject({ count: 1, duration: 0, delay: 1000 });
    });
    await free();
    await eventually(() => expect(isComplete).toBe(true));
    await source.stop();
    // Two rows: nobody could make the consumer, and nobody could say.
    expect(events.filter((event) => event.type === "retrying" && event.count === 1)).toHaveLength(2);
    expect(events.filter(({ type }) => type === "recovered")).toHaveLength(2);
  });
});

describe("what will not be taken later", () => {
  it("[JS-CTX-05] a domain that has never answered ends whatever begins to read there", async () => {
    await using nc = await as("full");
    const domain = "moon";
    const wanted = { code: "JETSTREAM_NOT_ENABLED", retryable: true };
    const bucket = kv(nc, { domain }).bind("nowhere");
    const consumer = jetstream(nc, { domain }).consumers.bind("S", "c");
    const started: readonly Promise<unknown>[] = [
      first(bucket.watch()),
      bucket.keys(">", { timeout: NEVER }).toArray(),
      bucket.view(">", { timeout: NEVER }),
      first(consumer.consume()),
      first(consumer.fetch({ expires: NEVER })),
      consumer.next({ expires: NEVER }),
      consumer.work(() => undefined).closed.then(({ error }) => Promise.reject(error!)),
    ];
    for (const [i, error] of (await Promise.all(started.map(failure))).entries()) {
      expect(error, `call ${i}`).toMatchObject(wanted);
      expect(error.message).toContain("$JS.moon.API");
    }
  });

  it("[JS-CTX-05] [OBJ-14] [OBJ-15] so does an account without JetStream, at once", async () => {
    await using nc = await as("without");
    const bucket = kv(nc).bind("nowhere");
    const wanted = { code: "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT" };
    const started = [
      first(bucket.watch()),
      bucket.keys().toArray(),
      first(jetstream(nc).consumers.bind("S", "c").consume()),
      objectStore(nc).get("nowhere"),
    ];
    for (const error of await Promise.all(started.map(failure))) expect(error).toMatchObject(wanted);
  });

  it("[KV-16] so does what the user may not ask for", async () => {
    await using nc = await as("denied");
    nc.on("error", () => undefined);
    const bucket = await kv(nc).create(unique("denied"), { storage: "memory" });
    const started = [first(bucket.watch()), bucket.keys().toArray(), bucket.view()];
    for (const error of await Promise.all(started.map(failure)))
      expect(error).toMatchObject({ code: "PUBLISH_DENIED" });
  });
});

describe("a domain behind a link that is lost", () => {
  const access = useLeaf();

  it("[JS-CTX-05] [JS-PULL-09] [KV-23] [OBJ-15] is waited for, and told, until it is back", async () => {
    const { nc, hub } = access;
    const [js, buckets, stores] = [
      jetstream(nc, { domain: "hub" }),
      kv(nc, { domain: "hub" }),
      objectStore(nc, { domain: "hub" }),
    ];
    const [bucket, store] = [await buckets.create("far"), await stores.create("far")];
    await bucket.put("a", "1");
    await store.put("file", "text");
    await js.streams.create({ name: "FAR", subjects: ["far"] });
    await js.publish("far", "1");
    const pulled = await js.consumers.create("FAR", { durable: "pulled" });
    const pushed = await js.consumers.create("FAR", {
      durable: "pushed",
      push: { deliverSubject: "to.far" },
    });
    await hub.kill();
    // The leaf node knows that the link is lost.
    let gone = await failure(js.accountInfo({ timeout: 1000 }));
    while (gone.code !== "JETSTREAM_NOT_ENABLED") gone = await failure(js.accountInfo({ timeout: 1000 }));

    const reading = [bucket.watch(), store.watch(), pulled.consume(), pushed.consume()] as const;
    const got = Promise.all(reading.map((each) => first<unknown>(each)));
    const retries = Promise.all(reading.map((each) => told(each, "retrying")));
    const limits = { timeout: 500 };
    for (const late of await Promise.all([
      failure(bucket.keys(">", limits).toArray()),
      failure(store.list(limits).toArray()),
      failure(bucket.view(">", limits)),
    ])) {
      expect(late).toMatchObject({ code: "TIMEOUT", cause: { code: "JETSTREAM_NOT_ENABLED" } });
    }
    for (const { error } of await retries) {
      expect(error).toMatchObject({ code: "JETSTREAM_NOT_ENABLED", retryable: true });
    }
    const recovered = Promise.all(reading.map((each) => told(each, "recovered")));
    await hub.restart();
    await recovered;
    const [entry, info, ...messages] = await got;
    expect(entry).toMatchObject({ type: "put", key: "a" });
    expect(info).toMatchObject({ type: "put", name: "file" });
    expect(messages.map((message) => (message as { string(): string }).string())).toEqual(["1", "1"]);
  });
});
