import { describe, expect, it } from "vitest";
import { connect, isNatsError, json } from "../../src/index.ts";
import { base64Keys, type Bucket, type BucketConfig, kv, type View } from "../../src/kv/index.ts";
import { Audit } from "../../src/kv/view/audit.ts";
import { Replica } from "../../src/kv/view/replica.ts";
import type { ViewReplica } from "../../src/kv/view/view-replica.ts";
import { eventually } from "../support/eventually.ts";
import { failure, thrown } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";

const access = useJetStream();

const made = (config: BucketConfig = {}): Promise<Bucket> =>
  kv(access.nc).create(unique("view"), { storage: "memory", ...config });

/** Another handle, whose writes the view hears of by its watch alone. */
const others = (bucket: Bucket): Promise<Bucket> => kv(access.nc).get(bucket.name);

const shown = (view: View): Record<string, string> =>
  Object.fromEntries(Array.from(view, (entry) => [entry.key, entry.string()]));

describe("a view", () => {
  it("[KV-16] has all that matches when it is there: no markers, nothing else", async () => {
    const bucket = await made({ history: 3 });
    for (const key of ["db.a", "db.b", "db.c", "web.a"]) await bucket.put(key, `first ${key}`);
    await bucket.put("db.a", "second", { headers: { by: "joe" } });
    await bucket.delete("db.b");
    await using view = await bucket.view("db.*");
    expect(shown(view)).toEqual({ "db.c": "first db.c", "db.a": "second" });
    const entry = view.get("db.a")!;
    const stored = (await bucket.get("db.a"))!;
    expect(entry).toMatchObject({ type: "put", bucket: bucket.name, revision: 5, size: 6 });
    expect(entry.created).toEqual(stored.created);
    expect(entry.headers?.get("by")).toBe("joe");
    expect([view.size, view.has("db.a"), view.has("db.b"), view.has("web.a")]).toEqual([
      2,
      true,
      false,
      false,
    ]);
    expect(view.get("db.x")).toBeUndefined();
    expect(thrown(() => view.get("a b"))).toMatchObject({ code: "INVALID_KEY", key: "a b" });
    entry.data.fill(0);
    expect(view.get("db.a")?.string()).toBe("second");
  });

  it("[KV-16] of an empty bucket is there at once", async () => {
    await using view = await (await made()).view();
    expect([...view]).toEqual([]);
    expect(view).toMatchObject({ size: 0, bytes: 0, revision: 0 });
  });

  it("[KV-16] has what its bucket's handles write before the write resolves", async () => {
    const bucket = await made({ allowAtomic: true });
    await using view = await bucket.view();
    const value = (): string | undefined => view.get("k")?.string();
    const revision = await bucket.create("k", "created");
    expect(value()).toBe("created");
    const updated = await bucket.update("k", "updated", revision);
    expect(view.get("k")).toMatchObject({ revision: updated });
    await bucket.put("k", new Uint8Array([104, 105]), { headers: { by: "joe" } });
    expect(value()).toBe("hi");
    await bucket.delete("k");
    expect(value()).toBeUndefined();
    await bucket.typed(json<number>()).put("k", 7);
    expect(value()).toBe("7");
    await bucket.purge("k");
    expect(view.has("k")).toBe(false);
    await bucket.keyed(base64Keys).put("ünïcode", "by a codec");
    expect(view.get(base64Keys.encode("ünïcode"))?.string()).toBe("by a codec");
    for (let i = 0; i < 200; i++) {
      await bucket.put("k", `${i}`);
      expect(value()).toBe(`${i}`);
      await bucket.delete("k");
      expect(view.has("k")).toBe(false);
    }
    await view.reached(await bucket.put("end", "end"));
    expect(shown(view)).toEqual({ [base64Keys.encode("ünïcode")]: "by a codec", end: "end" });
  });

  it("[KV-16] does not make an empty value of what is none", async () => {
    const bucket = await made({ allowAtomic: true });
    await using view = await bucket.view();
    const buffer = new ArrayBuffer(8);
    const detached = new Uint8Array(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    for (const wrong of [{ a: 1 }, null, [1], new Date(), new ArrayBuffer(3), detached] as never[]) {
      const refusal = { code: "INVALID_PAYLOAD" };
      expect(await failure(bucket.put("k", wrong))).toMatchObject(refusal);
      expect(await failure(bucket.create("k", wrong))).toMatchObject(refusal);
      expect(await failure(bucket.transact("k", () => wrong))).toMatchObject(refusal);
      expect(() => bucket.batch().put("k", wrong)).toThrow(expect.objectContaining(refusal));
    }
    expect(view.size).toBe(0);
    expect((await bucket.status()).values).toBe(0);
  });

  it("[KV-16] keeps its headers, whatever a reader does to those of an entry", async () => {
    const bucket = await made();
    await bucket.put("k", "v", { headers: { by: "joe" } });
    await using view = await bucket.view();
    const { bytes } = view;
    view.get("k")?.headers?.set("by", "sue").set("more", "x".repeat(100));
    expect(view.get("k")?.headers?.toJSON()).toEqual({ by: ["joe"] });
    await bucket.put("k", "v");
    expect(view.bytes).toBe(bytes - "by".length - "joe".length);
  });

  it("[KV-16] takes the server's time and headers for what it wrote itself", async () => {
    const bucket = await made();
    await using view = await bucket.view();
    const revision = await bucket.put("k", "v", { headers: { by: "joe" } });
    await view.reached(revision);
    const stored = (await bucket.get("k"))!;
    expect(view.get("k")?.created).toEqual(stored.created);
    expect(view.get("k")?.headers?.toJSON()).toEqual(stored.headers?.toJSON());
    expect(view.bytes).toBe(1 + 1 + 128 + 5);
  });

  it("[KV-34, KV-35] reads keys by the codec, values by the schema of its bucket", async () => {
    const bucket = (await made()).keyed(base64Keys).typed(json<{ on: boolean }>());
    await bucket.put("lamp.küche", { on: true });
    await using view = await bucket.view("lamp.*");
    expect(view.get("lamp.küche")?.value.on).toBe(true);
    expect(Array.from(view, ({ key }) => key)).toEqual(["lamp.küche"]);
    await bucket.put("lamp.flur", { on: false });
    expect(view.get("lamp.flur")?.value.on).toBe(false);
    await bucket.put("fan.bad", { on: true });
    expect(view.size).toBe(2);
  });

  it("[KV-16] waits for what others write, also of keys that it doesn't have", async () => {
    const bucket = await made();
    const other = await others(bucket);
    await using view = await bucket.view("mine.>");
    const revision = await other.put("mine.a", "by another");
    await view.reached(revision);
    expect(view.get("mine.a")?.string()).toBe("by another");
    await view.reached(await other.put("theirs.a", "not here"));
    expect(view.revision).toBe(revision + 1);
    await view.reached(revision);
    const late = await failure(view.reached(revision + 2, { timeout: 20 }));
    expect(late).toMatchObject({ code: "TIMEOUT" });
    expect(late.stack).toContain("view.test.ts");
    const aborted = failure(view.reached(revision + 2, { signal: AbortSignal.abort() }));
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    expect(await failure(view.reached(0))).toMatchObject({ code: "INVALID_OPTION", argument: "revision" });
  });

  it("[KV-16] tells what changes, with what was there before", async () => {
    const bucket = await made();
    const other = await others(bucket);
    await bucket.put("k", "old");
    await using view = await bucket.view();
    const changes = view.changes();
    const told = async (): Promise<unknown> => {
      const { value } = await changes.next();
      const { entry, before } = value!;
      return [entry.key, entry.type === "put" ? entry.string() : entry.type, before?.string()];
    };
    await bucket.put("k", "new");
    expect(await told()).toEqual(["k", "new", "old"]);
    await other.delete("k");
    expect(await told()).toEqual(["k", "delete", "new"]);
    await other.put("n", "1");
    expect(await told()).toEqual(["n", "1", undefined]);
    for (const value of ["2", "3", "4"]) await bucket.put("n", value);
    await bucket.put("gone", "x");
    await bucket.purge("gone");
    await view.reached(await other.put("last", "1"));
    expect(await told()).toEqual(["n", "4", "1"]);
    expect(await told()).toEqual(["last", "1", undefined]);
    const waiting = changes.next();
    await view[Symbol.asyncDispose]();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  it("[KV-16] tells each reader by itself, until it leaves", async () => {
    const bucket = await made();
    await using view = await bucket.view();
    const one = view.changes();
    const two = view.changes();
    await bucket.put("k", "v");
    expect((await one.next()).value?.entry.key).toBe("k");
    await one.return();
    expect(await one.next()).toEqual({ value: undefined, done: true });
    expect((await two.next()).value?.entry.key).toBe("k");
  });
});

describe("a view is bounded", () => {
  it("[KV-16] by maxBytes, when it is made", async () => {
    const bucket = await made();
    for (let i = 0; i < 10; i++) await bucket.put(`k${i}`, "x".repeat(1000));
    const error = await failure(bucket.view(">", { maxBytes: 5000 }));
    expect(error).toMatchObject({ code: "VIEW_TOO_LARGE", bucket: bucket.name });
    await using view = await bucket.view("*", { maxBytes: 10 * 1130 });
    expect(view.bytes).toBe(10 * (2 + 1000 + 128));
  });

  it("[KV-16] by maxBytes, later: it ends, and says so", async () => {
    const bucket = await made();
    await using view = await bucket.view(">", { maxBytes: 500 });
    const changes = view.changes();
    await bucket.put("small", "x");
    await bucket.put("big", "x".repeat(500));
    expect(await view.closed).toMatchObject({ code: "VIEW_TOO_LARGE" });
    expect(thrown(() => view.get("small"))).toMatchObject({ code: "VIEW_TOO_LARGE" });
    expect(thrown(() => [...view])).toMatchObject({ code: "VIEW_TOO_LARGE" });
    expect(await failure(view.reached(5))).toMatchObject({ code: "VIEW_TOO_LARGE" });
    await changes.next();
    await changes.next();
    expect(await failure(changes.next())).toMatchObject({ code: "VIEW_TOO_LARGE" });
  });

  it.each([
    ["maxBytes", { maxBytes: 0 }],
    ["maxBytes", { maxBytes: "1 MB" }],
    ["timeout", { timeout: -1 }],
    ["max_bytes", { max_bytes: 5 }],
  ])("[KV-16] refuses %s of %j", async (argument, options) => {
    const error = await failure((await made()).view(">", options as never));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument });
  });
});

describe("a view ends", () => {
  it.each([
    ["stopped", (view: View) => view.stop()],
    ["disposed", (view: View) => view[Symbol.asyncDispose]()],
  ])("[KV-16] when it is %s", async (_, end) => {
    const view = await (await made()).view();
    await end(view);
    expect(await view.closed).toBeUndefined();
    expect(thrown(() => view.get("k"))).toMatchObject({ code: "SUBSCRIPTION_CLOSED" });
    await end(view);
  });

  it("[KV-05] when its bucket is deleted", async () => {
    const bucket = await made();
    await using view = await bucket.view();
    await kv(access.nc).delete(bucket.name);
    expect(isNatsError(await view.closed, "BUCKET_NOT_FOUND")).toBe(true);
    expect(await failure(bucket.view())).toMatchObject({ code: "BUCKET_NOT_FOUND" });
  });

  it("[KV-16] with its connection", async () => {
    const nc = await connect({ servers: access.url });
    const view = await (await kv(nc).create(unique("view"), { storage: "memory" })).view();
    await nc.close();
    await view.closed;
    expect(thrown(() => view.get("k")).code).toMatch(/CLOSED/);
  });
});

describe("what goes without a word", () => {
  it("[KV-27] a view hears of keys that were too old by their markers", async () => {
    const bucket = await made({ limitMarkerTtl: 1000 });
    await using view = await bucket.view();
    const changes = view.changes();
    await bucket.create("session", "joe", { ttl: 1000 });
    await changes.next();
    const { entry } = (await changes.next()).value!;
    expect(entry).toMatchObject({ type: "purge", reason: "max-age", key: "session" });
    expect(view.has("session")).toBe(false);
  });

  it("[KV-16] a view finds out when values age away without a marker", async () => {
    const bucket = await made({ ttl: 1000 });
    await using view = await bucket.view();
    const changes = view.changes();
    await bucket.put("a", "1");
    await changes.next();
    const { entry, before } = (await changes.next()).value!;
    expect(entry).toMatchObject({ type: "purge", reason: "max-age", key: "a" });
    expect(before?.string()).toBe("1");
    expect(view.size).toBe(0);
  });

  it("[KV-23] what was overwritten is not told as gone, though the watch was taken to have told all", async () => {
    const bucket = await made();
    const old = await bucket.put("overwritten", "1");
    const gone = await bucket.put("gone", "1");
    const { seq: last } = await access.js.publish(`$KV.${bucket.name}.overwritten`, "2");
    await access.js.streams.bind(`KV_${bucket.name}`).purge({ filter: `$KV.${bucket.name}.gone` });
    const removed: string[] = [];
    const replica: ViewReplica = new Replica((key, before, removal) => {
      if (removal !== undefined) removed.push(`${key} ${before?.revision} ${removal.reason}`);
    });
    const facts = { created: 0, headers: undefined, data: new Uint8Array() };
    replica.put({ key: "overwritten", revision: old, ...facts });
    replica.put({ key: "gone", revision: gone, ...facts });
    await new Promise<void>((resolve) => {
      const reached = (revision: number): Promise<void> => {
        expect(revision).toBe(last);
        return Promise.resolve();
      };
      const audit = new Audit(bucket.context, [">"], replica, {
        reached,
        onDropped: () => {
          audit.stop();
          resolve();
        },
      });
      audit.start();
    });
    expect(removed).toEqual([`gone ${gone} purge`]);
  });

  it("[KV-23] a view finds out what was removed while the link was down, though its marker is gone", async () => {
    const bucket = await made({ limitMarkerTtl: 1000 });
    const stream = access.js.streams.bind(`KV_${bucket.name}`);
    const proxy = await Proxy.start(access.server.port);
    const nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    try {
      await bucket.put("kept", "1");
      await bucket.put("removed", "2");
      await bucket.put("purged", "3");
      await using view = await (await kv(nc).get(bucket.name)).view();
      expect(view.size).toBe(3);
      const back = nc.once("reconnected");
      proxy.refuse();
      proxy.cut();
      await bucket.purge("removed", { ttl: 1000 });
      await stream.purge({ filter: `$KV.${bucket.name}.purged` });
      await eventually(async () => expect((await stream.info()).state.messages).toBe(1));
      await bucket.put("new", "4");
      await proxy.accept();
      await back;
      await eventually(() => expect(shown(view)).toEqual({ kept: "1", new: "4" }));
    } finally {
      await nc.close();
      await proxy.stop();
    }
  });

  it("[KV-16] a loop over a view may write to what it reads, and ends", async () => {
    const bucket = await made();
    for (const key of ["a", "b", "c"]) await bucket.put(key, "1");
    await using view = await bucket.view();
    const read: string[] = [];
    for (const { key } of view) {
      read.push(key);
      if (read.length > 3) break;
      await bucket.put(key, "2");
      if (key === "a") await bucket.delete("b");
    }
    expect(read).toEqual(["a", "c"]);
  });

  it.each([
    ["close", "the connection was closed"],
    ["drain", "the connection was drained"],
  ] as const)("[KV-16] a view says that its end is the connection's: %s", async (method, why) => {
    const bucket = await made();
    const nc = await connect({ servers: access.url });
    const view = await (await kv(nc).get(bucket.name)).view();
    await nc[method]();
    expect(await view.closed).toBeUndefined();
    expect(thrown(() => view.get("a"))).toMatchObject({
      code: "SUBSCRIPTION_CLOSED",
      message: `the view of bucket "${bucket.name}" has ended: ${why}`,
    });
  });

  it("[KV-16] a view that has ended holds nothing, though nobody disposes it", async () => {
    const bucket = await made();
    const { writeListeners } = bucket.context;
    const view = await bucket.view();
    expect(writeListeners.size).toBe(1);
    await kv(access.nc).delete(bucket.name);
    expect(await view.closed).toMatchObject({ code: "BUCKET_NOT_FOUND" });
    expect(writeListeners.size).toBe(0);
  });
});
