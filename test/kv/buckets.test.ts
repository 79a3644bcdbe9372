import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { streamConfig } from "../../src/jetstream/index.ts";
import { bucketStream, type BucketConfig, kv } from "../../src/kv/index.ts";
import { eventually } from "../support/eventually.ts";
import { all } from "../support/fill.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const server = useJetStream();

it("what leads to buckets is shown with where they are", () => {
  const shown = `Kv { server: '${server.nc.server}', state: 'connected', prefix: '$JS.API' }`;
  expect(inspect(kv(server.nc), { breakLength: Infinity })).toBe(shown);
});

describe("a bucket", () => {
  it("[KV-01] [KV-03] is made as a stream with its subjects, and is there for who looks for it", async () => {
    const name = unique("b");
    const buckets = kv(server.nc);
    expect(await failure(buckets.get(name))).toMatchObject({ code: "BUCKET_NOT_FOUND", bucket: name });
    const bucket = await buckets.create(name);
    expect(bucket.name).toBe(name);
    const { config } = await (await server.js.streams.get(`KV_${name}`)).info();
    expect(config).toMatchObject({
      subjects: [`$KV.${name}.>`],
      maxMsgsPerSubject: 1,
      discard: "new",
      denyDelete: true,
      allowRollup: true,
      allowDirect: true,
      duplicateWindow: 120_000,
      replicas: 1,
      storage: "file",
    });
    await bucket.put("a", "x");
    expect((await (await buckets.get(name)).get("a"))?.string()).toBe("x");
  });

  it("[KV-01] has the shorter of its ttl and two minutes to know a write by its id", async () => {
    expect(bucketStream("b", { ttl: 5000 })).toMatchObject({ maxAge: 5000, duplicateWindow: 5000 });
    expect(bucketStream("b", { ttl: 500_000 })).toMatchObject({ duplicateWindow: 120_000 });
  });

  it("[KV-32] [KV-33] [KV-28] [KV-41] [KV-27] has all that it was made with, and tells it", async () => {
    const name = unique("b");
    const config: BucketConfig = {
      description: "all of it",
      history: 7,
      ttl: 3_600_000,
      limitMarkerTtl: 30_000,
      maxBytes: 1_000_000,
      maxValueSize: 2048,
      storage: "memory",
      replicas: 1,
      compression: true,
      republish: { src: `$KV.${name}.>`, dest: `seen.${name}.>`, headersOnly: true },
      metadata: { team: "blue" },
      allowAtomic: true,
    };
    const bucket = await kv(server.nc).create(name, config);
    await bucket.put("a", "x");
    await bucket.put("a", "y");
    const status = await bucket.status();
    expect(status).toMatchObject({ bucket: name, values: 2 });
    expect(status.bytes).toBeGreaterThan(10);
    expect(status.config).toEqual(config);
    expect(status.stream.config).toMatchObject({
      compression: "s2",
      allowMsgTtl: true,
      subjectDeleteMarkerTtl: 30_000,
    });
    expect(streamConfig.toWire(bucketStream(name, config))).toMatchObject({
      allow_rollup_hdrs: true,
      max_msgs_per_subject: 7,
    });
  });

  it("[KV-01] is given again if it is the same, and is another's otherwise", async () => {
    const name = unique("b");
    const buckets = kv(server.nc);
    await (await buckets.create(name, { history: 3 })).put("a", "x");
    expect((await (await buckets.create(name, { history: 3 })).get("a"))?.string()).toBe("x");
    const error = await failure(buckets.create(name, { history: 4 }));
    expect(error).toMatchObject({ name: "KvError", code: "BUCKET_EXISTS", bucket: name });
    expect(error.message).toContain(": history differs; createOrUpdate()");
  });

  it("[KV-01] [KV-03] made by another client is the same, and loses no value in silence", async () => {
    const name = unique("b");
    const wanted = bucketStream(name, { maxBytes: 10_000 });
    await server.js.streams.create({ ...wanted, denyDelete: false, discard: "old", allowDirect: false });
    const bucket = await kv(server.nc).create(name, { maxBytes: 10_000 });
    expect((await bucket.status()).stream.config.discard).toBe("new");
    await bucket.put("a", "x");
    expect((await bucket.get("a"))?.string()).toBe("x");
    expect(await failure(bucket.put("b", "x".repeat(20_000)))).toMatchObject({ code: "STREAM_FULL" });
  });

  it("[KV-02] is updated in part, or as a whole, or made", async () => {
    const name = unique("b");
    const buckets = kv(server.nc);
    expect(await failure(buckets.update(name, { history: 2 }))).toMatchObject({ code: "BUCKET_NOT_FOUND" });
    await buckets.createOrUpdate(name, { description: "one", ttl: 60_000, metadata: { a: "1" } });
    const status = await buckets.update(name, {
      history: 5,
      ttl: null,
      maxBytes: 5000,
      limitMarkerTtl: 2000,
    });
    expect(status.config).toMatchObject({
      description: "one",
      history: 5,
      maxBytes: 5000,
      limitMarkerTtl: 2000,
      metadata: { a: "1" },
    });
    expect(status.config.ttl).toBeUndefined();
    expect(status.stream.config.duplicateWindow).toBe(120_000);
    expect(
      (await buckets.update(name, { limitMarkerTtl: null, maxBytes: null })).config.maxBytes,
    ).toBeUndefined();
    const again = await buckets.createOrUpdate(name, { history: 2, limitMarkerTtl: 1000 });
    expect((await again.status()).config).toMatchObject({ history: 2 });
    expect((await again.status()).config.description).toBeUndefined();
    expect(await failure(buckets.update(name, { storage: "memory" }))).toMatchObject({
      code: "INVALID_CONFIG",
    });
    expect(await failure(buckets.update(name, { mirror: null }))).toMatchObject({ argument: "mirror" });
    expect(await failure(buckets.update(name, { histroy: null } as never))).toMatchObject({
      message: expect.stringContaining("history") as string,
    });
  });

  it("[KV-04] [KV-05] [KV-29] is listed with all others, mirrors too, while the loop removes them", async () => {
    const buckets = kv(server.nc);
    for (const name of await all(buckets.names())) await buckets.delete(name);
    await server.js.streams.create({ name: "KV_not_a_bucket", subjects: ["other.>"] });
    const origin = unique("origin");
    await buckets.create(origin, { storage: "memory" });
    const mirror = unique("mirror");
    await buckets.create(mirror, { storage: "memory", mirror: { bucket: origin } });
    const others = Array.from({ length: 30 }, () => unique("b"));
    await Promise.all(others.map((name) => buckets.create(name, { storage: "memory" })));
    expect(new Set(await all(buckets.names()))).toEqual(new Set([origin, mirror, ...others]));
    const removed: string[] = [];
    for await (const status of buckets.list()) {
      removed.push(status.bucket);
      await buckets.delete(status.bucket);
    }
    expect(removed).toHaveLength(32);
    expect(await all(buckets.names())).toEqual([]);
    expect(await failure(buckets.delete(origin))).toMatchObject({ code: "BUCKET_NOT_FOUND", bucket: origin });
    await server.js.streams.delete("KV_not_a_bucket");
  });

  it("[KV-03] is not what only has the name of one, and that is left alone", async () => {
    const buckets = kv(server.nc);
    const name = unique("b");
    await server.js.streams.create({ name: `KV_${name}`, subjects: [`data.${name}`] });
    const facts = { name: "KvError", code: "NOT_A_BUCKET", bucket: name };
    expect(await failure(buckets.get(name))).toMatchObject(facts);
    expect(await failure(buckets.create(name))).toMatchObject(facts);
    expect(await failure(buckets.createOrUpdate(name))).toMatchObject(facts);
    expect(await failure(buckets.update(name, { history: 2 }))).toMatchObject(facts);
    expect(await failure(buckets.delete(name))).toMatchObject(facts);
    const other = unique("b");
    await server.js.streams.create({ name: `KV_${other}`, subjects: [`x.${other}`], maxMsgsPerSubject: 1 });
    expect(await failure(buckets.get(other))).toMatchObject({ code: "NOT_A_BUCKET" });
  });
});

describe("what a bucket can't be", () => {
  it.each(["", "a.b", "a b", "a/b", "ä", "x".repeat(253), undefined, 7])("[KV-06] named %j", async (name) => {
    const buckets = kv(server.nc);
    const wrong = name as string;
    const facts = { code: "INVALID_OPTION", argument: "bucket" };
    for (const call of [
      () => buckets.create(wrong),
      () => buckets.createOrUpdate(wrong),
      () => buckets.update(wrong, {}),
      () => buckets.get(wrong),
      () => buckets.delete(wrong),
    ])
      expect(await failure(call())).toMatchObject(facts);
  });

  it.each([
    ["history", 0],
    ["history", 65],
    ["history", 1.5],
    ["ttl", 10],
    ["limitMarkerTtl", 999],
    ["maxBytes", 0],
    ["maxValueSize", -1],
    ["storage", "disk"],
    ["compression", "s2"],
    ["mirror", {}],
    ["sources", { bucket: "a" }],
    ["max_bytes", 7],
    ["histry", 7],
  ])("[KV-07] [KV-33] made with %s of %j", async (option, value) => {
    const error = await failure(kv(server.nc).create(unique("b"), { [option]: value }));
    expect(error).toMatchObject({
      code: "INVALID_OPTION",
      argument: expect.stringMatching(new RegExp(`^${option}`)) as string,
    });
  });

  it("asked of what is no connection", () => {
    expect(() => kv({} as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", argument: "nc" }),
    );
  });
});

describe("copies", () => {
  it("[KV-29] a mirror answers for itself with its origin's keys, and writes there", async () => {
    const buckets = kv(server.nc);
    const origin = await buckets.create(unique("origin"), {
      storage: "memory",
      limitMarkerTtl: 60_000,
      history: 4,
    });
    await origin.put("a", "one");
    const mirror = await buckets.create(unique("mirror"), {
      storage: "memory",
      limitMarkerTtl: 60_000,
      history: 4,
      mirror: { bucket: origin.name },
    });
    await eventually(async () => expect((await mirror.get("a"))?.string()).toBe("one"));
    expect(await mirror.get("a")).toMatchObject({ key: "a", bucket: mirror.name, revision: 1 });
    expect((await mirror.get("a", { leader: true }))?.string()).toBe("one");
    expect(await mirror.put("b", "two")).toBe(2);
    expect((await origin.get("b"))?.string()).toBe("two");
    await eventually(async () => expect(await all(mirror.keys())).toEqual(["a", "b"]));
    expect((await mirror.getMany([">"])).size).toBe(2);
    // What is there is told by the origin, however far the mirror is behind.
    expect(await failure(mirror.create("b", "x"))).toMatchObject({ code: "KEY_EXISTS", revision: 2 });
    expect(await failure(mirror.update("b", "x", 1))).toMatchObject({ code: "WRONG_REVISION", revision: 2 });
    await mirror.delete("a");
    await mirror.create("a", "again");
    await mirror.purge("b");
    await eventually(async () => expect(await all(mirror.keys())).toEqual(["a"]));
    expect(await mirror.purgeDeletes({ olderThan: 0 })).toBe(1);
    const bound = await buckets.get(mirror.name);
    expect((await bound.get("a"))?.string()).toBe("again");
    const { config } = await bound.status();
    expect(config.mirror).toEqual({ bucket: origin.name });
    expect(
      await failure(buckets.create(unique("m"), { mirror: { bucket: "a" }, sources: [] })),
    ).toMatchObject({
      argument: "sources",
    });
  });

  it("[KV-30] sources come in under the bucket's own keys, or as the application says", async () => {
    const buckets = kv(server.nc);
    const one = await buckets.create(unique("one"), { storage: "memory" });
    const two = await buckets.create(unique("two"), { storage: "memory" });
    await one.put("a", "1");
    await one.put("x.b", "2");
    await two.put("c", "3");
    const name = unique("both");
    const subjectTransforms = [{ src: `$KV.${two.name}.>`, dest: `$KV.${name}.two.>` }];
    const sources = [{ bucket: one.name }, { bucket: two.name, subjectTransforms }];
    const both = await buckets.create(name, { storage: "memory", sources });
    await eventually(async () => expect((await all(both.keys())).sort()).toEqual(["a", "two.c", "x.b"]));
    expect((await both.get("two.c"))?.string()).toBe("3");
    expect((await both.status()).config.sources).toEqual(sources);
    await both.put("own", "4");
    expect((await both.get("own"))?.string()).toBe("4");
    const filtered = await buckets.create(unique("some"), {
      storage: "memory",
      sources: [{ bucket: one.name, filterSubject: `$KV.${one.name}.x.*` }],
    });
    await eventually(async () => expect(await all(filtered.keys())).toEqual(["x.b"]));
  });
});
