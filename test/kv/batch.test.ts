import { describe, expect, it } from "vitest";
import { headers, json } from "../../src/index.ts";
import { base64Keys, type Bucket, type BucketConfig, kv } from "../../src/kv/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

const made = (config: BucketConfig = {}): Promise<Bucket> =>
  kv(access.nc).create(unique("batch"), { storage: "memory", allowAtomic: true, ...config });

const textOf = async (bucket: Bucket, key: string): Promise<string | undefined> =>
  (await bucket.get(key))?.string();

describe("a batch of a bucket", () => {
  it("[KV-37] writes several keys together", async () => {
    const bucket = await made();
    await bucket.put("old", "1");
    const last = await bucket.put("count", "1");
    const batch = bucket
      .batch()
      .put("a", "A", { headers: { by: "joe" } })
      .create("b", new Uint8Array([66]))
      .update("count", "2", last)
      .delete("old");
    expect(batch.size).toBe(4);
    const ack = await batch.commit();
    expect(ack).toMatchObject({ count: 4, seq: last + 4 });
    expect(await Promise.all(["a", "b", "count", "old"].map((key) => textOf(bucket, key)))).toEqual([
      "A",
      "B",
      "2",
      undefined,
    ]);
    expect((await bucket.get("a"))?.headers?.get("by")).toBe("joe");
    expect(thrown(() => batch.put("c", "C"))).toMatchObject({ code: "BATCH_FAILED" });
    expect(await failure(batch.commit())).toMatchObject({ code: "BATCH_FAILED" });
  });

  it("[KV-37] [KV-09] keeps what it was given, though the application changes its own", async () => {
    const bucket = await made();
    const own = headers({ by: "joe" });
    const value = new TextEncoder().encode("A");
    const batch = bucket.batch().put("a", value, { headers: own });
    own.set("by", "sue").set("more", "1");
    value[0] = 66;
    await batch.commit();
    const entry = await bucket.get("a");
    expect([entry?.string(), entry?.headers?.get("by"), entry?.headers?.has("more")]).toEqual([
      "A",
      "joe",
      false,
    ]);
  });

  it("[KV-37] writes nothing if a key is not at the revision that was expected, and names it", async () => {
    const bucket = await made();
    const first = await bucket.put("k", "1");
    const last = await bucket.put("k", "2");
    const batch = bucket.batch().put("a", "A").put("b", "B").update("k", "3", first).put("c", "C");
    const error = await failure(batch.commit());
    expect(error).toMatchObject({ code: "WRONG_REVISION", key: "k", revision: last, bucket: bucket.name });
    expect(error.stack).toContain("batch.test.ts");
    expect(await textOf(bucket, "a")).toBeUndefined();
    const removal = await failure(bucket.batch().put("a", "A").delete("k", { revision: first }).commit());
    expect(removal).toMatchObject({ code: "WRONG_REVISION", key: "k", revision: last });
    await bucket.batch().put("a", "A").delete("k", { revision: last }).commit();
    expect([await textOf(bucket, "a"), await textOf(bucket, "k")]).toEqual(["A", undefined]);
  });

  it("[KV-37] creates where a marker is, and not where a value is", async () => {
    const bucket = await made();
    for (const key of ["gone", "purged", "there"]) await bucket.put(key, key);
    await bucket.delete("gone");
    await bucket.purge("purged");
    await bucket.batch().create("gone", "1").create("purged", "2").create("new", "3").commit();
    expect(await textOf(bucket, "purged")).toBe("2");
    const error = await failure(bucket.batch().put("x", "X").create("there", "4").commit());
    expect(error).toMatchObject({ code: "KEY_EXISTS", key: "there", revision: 3 });
    expect(await textOf(bucket, "x")).toBeUndefined();
  });

  it("[KV-37] [KV-11] is refused a time to live that a server of a history would not keep", async () => {
    const bucket = await made({ limitMarkerTtl: 3000, history: 2 });
    const error = await failure(bucket.batch().put("a", "A").create("b", "B", { ttl: 1000 }).commit());
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "ttl" });
    expect(error.stack).toContain("batch.test.ts");
    expect(await textOf(bucket, "a")).toBeUndefined();
    await bucket.batch().put("a", "A").create("b", "B", { ttl: 3000 }).commit();
    expect((await bucket.get("b"))?.headers?.get("Nats-TTL")).toBe("3");
  });

  it("[KV-37] can be committed again after it was refused", async () => {
    const bucket = await made();
    await bucket.put("k", "1");
    const batch = bucket.batch().put("a", "A").create("k", "2");
    expect(await failure(batch.commit())).toMatchObject({ code: "KEY_EXISTS" });
    await bucket.delete("k");
    await batch.put("b", "B").commit();
    expect([await textOf(bucket, "k"), await textOf(bucket, "b")]).toEqual(["2", "B"]);
  });

  it("[KV-37] knows the bucket's schema, codec and views", async () => {
    const bucket = (await made({ limitMarkerTtl: 1000 })).keyed(base64Keys).typed(json<number>());
    await using view = await bucket.view();
    const written: number[] = [];
    bucket.context.writeListeners.add(({ revision }) => written.push(revision));
    const { seq } = await bucket
      .batch()
      .put("ä", 1)
      .create("ö", 2, { ttl: 60_000 })
      .put("ü", 3)
      .delete("ä")
      .commit();
    expect(Array.from(view, ({ key, value, revision }) => [key, value, revision])).toEqual([
      ["ö", 2, seq - 2],
      ["ü", 3, seq - 1],
    ]);
    expect(written).toEqual([seq - 3, seq - 2, seq - 1, seq]);
    await view.reached(seq);
    expect(view.get("ö")?.headers?.get("Nats-TTL")).toBe("60");
    expect(view.has("ä")).toBe(false);
  });

  it("[KV-37] says what is wrong with a write where that is made", async () => {
    const bucket = await made();
    const batch = bucket.batch();
    expect(thrown(() => batch.put("a b", "x"))).toMatchObject({ code: "INVALID_KEY", key: "a b" });
    expect(thrown(() => batch.put("a", 5 as never))).toMatchObject({ code: "INVALID_PAYLOAD" });
    expect(thrown(() => batch.update("a", "x", -1))).toMatchObject({ argument: "revision" });
    expect(thrown(() => batch.create("a", "x", { ttl: 5 }))).toMatchObject({ argument: "ttl" });
    expect(thrown(() => batch.put("a", "x", { ttl: 5000 } as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
    expect(thrown(() => batch.put("a", "x", { headers: { "KV-Operation": "DEL" } }))).toMatchObject({
      argument: "headers",
    });
    batch.put("a", "1");
    expect(thrown(() => batch.create("a", "2"))).toMatchObject({ code: "INVALID_OPTION" });
    expect(batch.size).toBe(1);
    expect(await failure(bucket.batch().commit())).toMatchObject({ code: "BATCH_FAILED" });
    expect(await failure(batch.commit({ timeout: -1 }))).toMatchObject({ argument: "timeout" });
  });

  it("[KV-37] needs a bucket that allows it", async () => {
    const plain = await made({ allowAtomic: false });
    const error = await failure(plain.batch().put("a", "1").put("b", "2").commit());
    expect(error.message).toContain("allowAtomic");
    await kv(access.nc).delete(plain.name);
    expect(await failure(plain.batch().put("a", "1").commit({ timeout: 3000 }))).toMatchObject({
      code: "BUCKET_NOT_FOUND",
    });
  });
});
