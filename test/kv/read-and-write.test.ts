import { describe, expect, it } from "vitest";
import { z } from "zod";
import { json, text } from "../../src/index.ts";
import { base64Keys, type Bucket, kv, type ReadonlyBucket } from "../../src/kv/index.ts";
import { all } from "../support/fill.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const server = useJetStream();

function aBucket(config: Parameters<ReturnType<typeof kv>["create"]>[1] = {}): Promise<Bucket> {
  return kv(server.nc).create(unique("b"), { storage: "memory", ...config });
}

describe("a key", () => {
  it("[KV-08] [KV-09] [KV-26] [KV-36] [KV-06] is put and read", async () => {
    const bucket = await aBucket();
    expect(await bucket.get("db.host")).toBeUndefined();
    const before = Date.now();
    expect(await bucket.put("db.host", "10.0.0.1", { headers: { by: "joe" } })).toBe(1);
    expect(await bucket.put("db.port", new Uint8Array([1, 2]))).toBe(2);
    const entry = (await bucket.get("db.host"))!;
    expect(entry).toMatchObject({ type: "put", key: "db.host", revision: 1, delta: 0, bucket: bucket.name });
    expect(entry.string()).toBe("10.0.0.1");
    expect(entry.size).toBe(8);
    expect(new TextDecoder().decode(entry.value)).toBe("10.0.0.1");
    expect(entry.headers?.toJSON()).toEqual({ by: ["joe"] });
    expect(Math.abs(entry.created.getTime() - before)).toBeLessThan(60_000);
    expect((await bucket.get("db.port", { leader: true }))?.data).toEqual(new Uint8Array([1, 2]));
    await bucket.put("nothing", undefined);
    expect((await bucket.get("nothing"))?.size).toBe(0);
    expect((await bucket.put("json", '{"a":1}')) > 0).toBe(true);
    expect((await bucket.get("json"))?.json()).toEqual({ a: 1 });
  });

  it("[KV-08] is read as it was at a revision, which must be its own", async () => {
    const bucket = await aBucket({ history: 3 });
    await bucket.put("a", "one");
    await bucket.put("b", "other");
    await bucket.put("a", "two");
    expect((await bucket.get("a", { revision: 1 }))?.string()).toBe("one");
    expect(await bucket.get("a", { revision: 2 })).toBeUndefined();
    expect(await bucket.get("a", { revision: 99 })).toBeUndefined();
    const marker = await bucket.delete("a");
    expect(await bucket.get("a", { revision: marker })).toBeUndefined();
    expect((await bucket.get("a", { revision: 3 }))?.string()).toBe("two");
  });

  it("[KV-10] [KV-06] is created once, and again over its marker", async () => {
    const bucket = await aBucket({ history: 2 });
    const revision = await bucket.create("a", "one");
    const error = await failure(bucket.create("a", "two"));
    expect(error).toMatchObject({
      name: "KvError",
      code: "KEY_EXISTS",
      bucket: bucket.name,
      key: "a",
      revision,
    });
    await bucket.delete("a");
    await bucket.create("a", "three");
    await bucket.purge("a");
    await bucket.create("a", "four");
    expect((await bucket.get("a"))?.string()).toBe("four");
  });

  it("[KV-10] is created by one of many who try at once, each time it is removed", async () => {
    const bucket = await aBucket();
    for (let round = 0; round < 3; round++) {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => bucket.create("a", `${i}`)),
      );
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "KEY_EXISTS" });
      await bucket.delete("a");
    }
  });

  it("[KV-12] is updated at its last revision only, which a failure tells", async () => {
    const bucket = await aBucket();
    const first = await bucket.put("a", "one");
    const second = await bucket.update("a", "two", first);
    const error = await failure(bucket.update("a", "three", first));
    expect(error).toMatchObject({ code: "WRONG_REVISION", key: "a", revision: second });
    expect(await failure(bucket.update("new", "x", 7))).toMatchObject({
      code: "WRONG_REVISION",
      revision: 0,
    });
    expect(await bucket.update("new", "x", 0)).toBe(3);
    expect((await bucket.get("a"))?.string()).toBe("two");
  });

  it("[KV-13] [KV-07] is deleted: a marker, and its history stays", async () => {
    const bucket = await aBucket({ history: 5 });
    const one = await bucket.put("a", "one");
    expect(await failure(bucket.delete("a", { revision: one + 7 }))).toMatchObject({
      code: "WRONG_REVISION",
      revision: one,
    });
    const marker = await bucket.delete("a", { revision: one, headers: { by: "joe" } });
    expect(await bucket.get("a")).toBeUndefined();
    const history = await all(bucket.history("a"));
    expect(history.map(({ type, revision }) => [type, revision])).toEqual([
      ["put", one],
      ["delete", marker],
    ]);
    expect(history[1]).toMatchObject({ type: "delete", reason: undefined });
    expect(history[1]!.headers?.get("by")).toBe("joe");
    const stored = await (await server.js.streams.get(`KV_${bucket.name}`)).get({ seq: marker });
    expect(stored!.headers!.toJSON()).toMatchObject({ "KV-Operation": ["DEL"], by: ["joe"] });
    expect(stored!.size).toBe(0);
  });

  it("[KV-14] is purged: a marker alone is left, which may go by itself", async () => {
    const bucket = await aBucket({ history: 5, limitMarkerTtl: 1000 });
    await bucket.put("a", "one");
    const two = await bucket.put("a", "two");
    expect(await failure(bucket.purge("a", { revision: two + 1 }))).toMatchObject({ code: "WRONG_REVISION" });
    const marker = await bucket.purge("a", { revision: two, ttl: 1500 });
    expect((await all(bucket.history("a"))).map(({ type, revision }) => [type, revision])).toEqual([
      ["purge", marker],
    ]);
    const stored = await (await server.js.streams.get(`KV_${bucket.name}`)).get({ seq: marker });
    expect(stored!.headers!.toJSON()).toMatchObject({
      "KV-Operation": ["PURGE"],
      "Nats-Rollup": ["sub"],
      "Nats-TTL": ["2"],
    });
  });

  it("[KV-11] may have a time to live, in a bucket with limit markers", async () => {
    const bucket = await aBucket({ limitMarkerTtl: 60_000 });
    await bucket.create("a", "one", { ttl: 30_000 });
    expect((await bucket.get("a"))?.headers?.get("Nats-TTL")).toBe("30");
    const plain = await aBucket();
    for (const refused of [plain.create("a", "1", { ttl: 30_000 }), plain.purge("a", { ttl: 30_000 })]) {
      expect(await failure(refused)).toMatchObject({
        code: "INVALID_OPTION",
        argument: "ttl",
        message: expect.stringContaining("update it with limitMarkerTtl") as string,
        cause: { errCode: 10166 },
      });
    }
    const withRevision = await failure(bucket.put("a", "x", { previousSeq: 1 } as never));
    expect(withRevision.message).toContain("update(key, value, revision)");
    expect(await failure(bucket.put("a", "x", { ttl: 1000 } as never))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "ttl",
    });
  });

  it("[KV-11] is refused a time to live that is longer than the bucket's own", async () => {
    const bucket = await aBucket({ limitMarkerTtl: 1000, ttl: 60_000 });
    const error = await failure(bucket.create("a", "one", { ttl: 60_001 }));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "ttl" });
    expect(error.message).toContain("its own ttl of 60000 ms");
    await bucket.create("a", "one", { ttl: 60_000 });
    await kv(server.nc).update(bucket.name, { ttl: null });
    await bucket.create("b", "one", { ttl: 60_001 });
  });

  it.each(["file", "memory"] as const)(
    "[KV-11] is refused a time to live that a server of a history would not keep: %s",
    async (storage) => {
      const bucket = await aBucket({ limitMarkerTtl: 3000, history: 2, storage });
      const error = await failure(bucket.create("a", "one", { ttl: 1000 }));
      expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "ttl" });
      expect(error.message).toContain("history of 2");
      expect(error.message).toContain("limitMarkerTtl of 3000 ms");
      expect(error.stack).toContain("read-and-write.test.ts");
      expect(await bucket.get("a")).toBeUndefined();
      // What is refused is what the server lengthens.
      await server.nc.request(`$KV.${bucket.name}.raw`, "", { headers: { "Nats-TTL": "1" } });
      expect((await bucket.get("raw"))?.headers?.get("Nats-TTL")).toBe("3");
      await bucket.create("a", "one", { ttl: 3000 });
      expect((await bucket.get("a"))?.headers?.get("Nats-TTL")).toBe("3");
      await kv(server.nc).update(bucket.name, { history: 1 });
      await bucket.create("b", "one", { ttl: 1000 });
      expect((await bucket.get("b"))?.headers?.get("Nats-TTL")).toBe("1");
    },
  );

  it("[KV-38] is read with others, as of one moment", async () => {
    const bucket = await aBucket();
    for (const key of ["a", "b", "c.1", "c.2"]) await bucket.put(key, `value of ${key}`);
    await bucket.delete("b");
    const some = await bucket.getMany(["a", "b", "nothing", "c.*"]);
    expect([...some].map(([key, entry]) => [key, entry.string()])).toEqual([
      ["a", "value of a"],
      ["c.1", "value of c.1"],
      ["c.2", "value of c.2"],
    ]);
    expect((await bucket.getMany(">")).size).toBe(3);
    expect((await bucket.getMany([])).size).toBe(0);
  });
});

describe("what is wrong with a call", () => {
  it.each(["", ".a", "a.", "a..b", "a b", "a*", "a.>", "ä", "a\n", undefined, 7])(
    "[KV-06] the key %j",
    async (key) => {
      const bucket = await aBucket();
      const wrong = key as string;
      const facts = { code: "INVALID_KEY", bucket: bucket.name };
      for (const call of [
        () => bucket.get(wrong),
        () => bucket.put(wrong, "x"),
        () => bucket.create(wrong, "x"),
        () => bucket.update(wrong, "x", 1),
        () => bucket.delete(wrong),
        () => bucket.purge(wrong),
      ])
        expect(await failure(call())).toMatchObject(facts);
    },
  );

  it("is told by the option's name, and nothing is written", async () => {
    const bucket = await aBucket();
    expect(await failure(bucket.update("a", "x", -1))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "revision",
    });
    expect(await failure(bucket.get("a", { revision: 0 }))).toMatchObject({ argument: "revision" });
    expect(await failure(bucket.get("a", { leder: true } as never))).toMatchObject({
      message: expect.stringContaining("leader") as string,
    });
    expect(await failure(bucket.delete("a", { previousSeq: 1 } as never))).toMatchObject({
      message: expect.stringContaining('"revision"') as string,
    });
    for (const name of ["kv-operation", "Nats-Marker-Reason", "Nats-Rollup"]) {
      expect(await failure(bucket.put("a", "x", { headers: { [name]: "all" } }))).toMatchObject({
        code: "INVALID_OPTION",
        argument: "headers",
      });
    }
    expect(await failure(bucket.put("a", 7 as never))).toMatchObject({ code: "INVALID_PAYLOAD" });
    expect((await bucket.status()).values).toBe(0);
  });

  it("a value that is too large is refused", async () => {
    const bucket = await aBucket({ maxValueSize: 100 });
    expect(await failure(bucket.put("a", "x".repeat(200)))).toMatchObject({ code: "MESSAGE_TOO_LARGE" });
  });

  it("a bucket that has gone is told by name", async () => {
    const bucket = await aBucket();
    await kv(server.nc).delete(bucket.name);
    const facts = { code: "BUCKET_NOT_FOUND", bucket: bucket.name };
    expect(await failure(bucket.put("a", "x"))).toMatchObject(facts);
    expect(await failure(bucket.get("a"))).toMatchObject(facts);
    expect(await failure(bucket.status())).toMatchObject(facts);
    expect(await failure(bucket.purgeDeletes())).toMatchObject(facts);
    expect(await failure(all(bucket.keys()))).toMatchObject(facts);
    expect(await failure(bucket.getMany(["a"]))).toMatchObject(facts);
  });
});

describe("a typed bucket", () => {
  const Flag = z.object({ on: z.boolean(), percent: z.number().default(0) });

  it("[KV-35] has values of its schema", async () => {
    const bucket = await aBucket({ history: 2 });
    const flags = bucket.typed(Flag);
    await flags.put("a", { on: true });
    expect((await flags.get("a"))?.value).toEqual({ on: true, percent: 0 });
    await bucket.put("b", "no json");
    const wrong = (await flags.get("b"))!;
    expect(() => wrong.value).toThrow(expect.objectContaining({ code: "INVALID_VALUE" }));
    expect(await failure(flags.put("a", { on: 1 } as never))).toMatchObject({ code: "INVALID_VALUE" });
    const words = bucket.typed(text);
    const revision = await words.create("c", "word");
    await words.update("c", "other", revision);
    expect((await words.getMany("c")).get("c")?.value).toBe("other");
    expect((await all(bucket.typed(json<{ on: boolean }>()).history("a"))).length).toBe(1);
    expect(() => bucket.typed({} as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  it("[KV-39] may be for reading alone", async () => {
    const bucket = await aBucket();
    await bucket.put("a", "x");
    const readonly: ReadonlyBucket = bucket;
    expect((await readonly.get("a"))?.string()).toBe("x");
    // @ts-expect-error nobody writes by it
    expect(readonly.put).toBeTypeOf("function");
  });

  it("[KV-34] has keys of any characters by a codec", async () => {
    const bucket = await aBucket();
    const people = bucket.keyed(base64Keys);
    const revision = await people.put("joe@example.com", "joe");
    expect(await people.get("joe@example.com")).toMatchObject({ key: "joe@example.com", revision });
    expect(await all(people.keys("*.com"))).toEqual(["joe@example.com"]);
    expect(await all(bucket.keys())).toEqual([base64Keys.encode("joe@example.com")]);
    expect([...(await people.getMany(["joe@example.com"])).keys()]).toEqual(["joe@example.com"]);
  });
});
