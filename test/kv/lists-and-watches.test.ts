import { describe, expect, it } from "vitest";
import { connect, json } from "../../src/index.ts";
import { type Bucket, type BucketConfig, kv, type KvEvent } from "../../src/kv/index.ts";
import { eventually } from "../support/eventually.ts";
import { all } from "../support/fill.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";

const server = useJetStream();

function aBucket(config: BucketConfig = {}): Promise<Bucket> {
  return kv(server.nc).create(unique("b"), { storage: "memory", ...config });
}

function told(event: KvEvent): string {
  if (event.type === "synced") return `synced ${event.revision}`;
  return event.type === "put" ? `${event.key}=${event.string()}` : `${event.type} ${event.key}`;
}

/** What a watch tells up to the event that `isLast` names. */
async function tell(
  events: AsyncIterable<KvEvent>,
  isLast: (text: string) => boolean | Promise<boolean>,
): Promise<string[]> {
  const texts: string[] = [];
  for await (const event of events) {
    texts.push(told(event));
    if (await isLast(texts.at(-1)!)) break;
  }
  return texts;
}

const isSynced = (text: string): boolean => text.startsWith("synced");

/** Some keys with history: a 1 and 2, b removed, c.x, c.y. */
async function someKeys(): Promise<Bucket> {
  const bucket = await aBucket({ history: 5 });
  await bucket.put("a", "1");
  await bucket.put("b", "1");
  await bucket.put("a", "2");
  await bucket.put("c.x", "1");
  await bucket.delete("b");
  await bucket.put("c.y", "1");
  return bucket;
}

describe("a watch", () => {
  it("[KV-16] [KV-22] tells the last of each key, that this is all, and what follows", async () => {
    const bucket = await someKeys();
    const texts = await tell(bucket.watch(), async (text) => {
      if (isSynced(text)) await bucket.put("d", "1");
      return text === "d=1";
    });
    expect(texts).toEqual(["a=2", "c.x=1", "delete b", "c.y=1", "synced 6", "d=1"]);
  });

  it("[KV-16] tells of one key, of a filter, of several", async () => {
    const bucket = await someKeys();
    expect(await tell(bucket.watch("a"), isSynced)).toEqual(["a=2", "synced 3"]);
    expect(await tell(bucket.watch("c.*"), isSynced)).toEqual(["c.x=1", "c.y=1", "synced 6"]);
    expect(await tell(bucket.watch(["a", "c.y", "c.>"]), isSynced)).toEqual([
      "a=2",
      "c.x=1",
      "c.y=1",
      "synced 6",
    ]);
  });

  it("[KV-17] tells all that is kept", async () => {
    const bucket = await someKeys();
    const texts = await tell(bucket.watch(">", { include: "history" }), isSynced);
    expect(texts).toEqual(["a=1", "b=1", "a=2", "c.x=1", "delete b", "c.y=1", "synced 6"]);
  });

  it("[KV-18] [KV-22] tells what follows alone, and that nothing comes before it", async () => {
    const bucket = await someKeys();
    const texts = await tell(bucket.watch(">", { include: "updates" }), async (text) => {
      if (isSynced(text)) await bucket.put("e", "1");
      return text === "e=1";
    });
    expect(texts).toEqual(["synced 6", "e=1"]);
  });

  it("[KV-19] tells of no marker without deletes", async () => {
    const bucket = await someKeys();
    await bucket.purge("c.x");
    const texts = await tell(bucket.watch(">", { deletes: false }), isSynced);
    expect(texts).toEqual(["a=2", "c.y=1", "synced 7"]);
  });

  it("[KV-20] tells sizes without values", async () => {
    const bucket = await aBucket();
    await bucket.put("a", "12345", { headers: { by: "joe" } });
    for await (const event of bucket.watch("a", { values: false })) {
      if (event.type !== "put") throw new Error(`it is ${event.type}`);
      expect(event.size).toBe(5);
      expect(event.data.length).toBe(0);
      expect(event.headers?.get("by")).toBe("joe");
      break;
    }
  });

  it("[KV-21] tells all from a revision on", async () => {
    const bucket = await someKeys();
    const texts = await tell(bucket.watch(">", { include: { revision: 3 } }), isSynced);
    expect(texts).toEqual(["a=2", "c.x=1", "delete b", "c.y=1", "synced 6"]);
    expect(await tell(bucket.watch(">", { include: { revision: 7 } }), isSynced)).toEqual(["synced 6"]);
  });

  it("[KV-22] of an empty bucket is synced at once, by event and promise", async () => {
    const bucket = await aBucket();
    const watch = bucket.watch();
    await watch.synced;
    expect(await tell(watch, isSynced)).toEqual(["synced 0"]);
    const none = (await someKeys()).watch("nothing.>");
    await none.synced;
    expect(await tell(none, isSynced)).toHaveLength(1);
  });

  it("[KV-26] tells how many follow, and what was when", async () => {
    const bucket = await someKeys();
    const deltas: number[] = [];
    for await (const event of bucket.watch()) {
      if (event.type === "synced") break;
      deltas.push(event.delta);
      expect(event.bucket).toBe(bucket.name);
      expect(event.created.getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
    }
    expect(deltas).toEqual([3, 2, 1, 0]);
  });

  it("[KV-27] tells what the server removes, and why", async () => {
    const bucket = await aBucket({ limitMarkerTtl: 60_000 });
    await bucket.create("short", "x", { ttl: 1000 });
    await bucket.put("purged", "x");
    await bucket.put("deleted", "x");
    const markers: unknown[] = [];
    for await (const event of bucket.watch()) {
      if (event.type === "synced")
        await (
          await server.js.streams.get(`KV_${bucket.name}`)
        ).purge({ filter: `$KV.${bucket.name}.purged` });
      else if (event.type !== "put") {
        markers.push([event.key, event.type, event.reason]);
        if (event.key === "short") break;
      }
    }
    expect(markers).toContainEqual(["short", "purge", "max-age"]);
    expect(await bucket.get("short")).toBeUndefined();
    expect(await all(bucket.keys())).not.toContain("short");
    await bucket.create("short", "again");
    expect((await bucket.get("short"))?.string()).toBe("again");
  });

  it("[KV-23] goes on after its server was away, without a gap or a repeat", async () => {
    const bucket = await aBucket();
    const proxy = await Proxy.start(server.server.port);
    const nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    try {
      for (let i = 0; i < 50; i++) await bucket.put(`k${i}`, "0");
      const watched = (await kv(nc).get(bucket.name)).watch();
      const texts = await tell(watched, async (text) => {
        if (text === "k10=0") proxy.cut();
        if (isSynced(text)) {
          proxy.cut();
          for (let i = 0; i < 50; i++) await bucket.put(`k${i}`, "1");
        }
        return text === "k49=1";
      });
      const of = (value: number): string[] => Array.from({ length: 50 }, (_, i) => `k${i}=${value}`);
      expect(texts).toEqual([...of(0), "synced 50", ...of(1)]);
    } finally {
      await nc.close();
      await proxy.stop();
    }
  });

  it("is stopped by leaving it, by its signal, and by the end of the bucket", async () => {
    const bucket = await aBucket();
    const controller = new AbortController();
    const watch = bucket.watch(">", { signal: controller.signal });
    const texts = await tell(watch, (text) => {
      if (isSynced(text)) controller.abort();
      return false;
    });
    expect(texts).toEqual(["synced 0"]);
    const consumers = (): Promise<string[]> => all(server.js.consumers.names(`KV_${bucket.name}`));
    await eventually(async () => expect(await consumers()).toEqual([]));
    const ended = tell(bucket.watch(), async (text) => {
      if (isSynced(text)) await kv(server.nc).delete(bucket.name);
      return false;
    });
    expect(await failure(ended)).toMatchObject({ code: "BUCKET_NOT_FOUND", bucket: bucket.name });
  });

  it("is drained from within its own loop, by what that has in hand", async () => {
    const bucket = await someKeys();
    const watch = bucket.watch();
    for await (const event of watch) {
      expect(told(event)).toBe("a=2");
      expect(await watch.drain({ handling: event })).toMatchObject({ handled: 1, timedOut: false });
      break;
    }
    expect((await watch.closed).reason).toBe("drained");
  });

  it("refuses what is no filter or option", async () => {
    const bucket = await aBucket();
    for (const filter of ["", "a..b", "a.>.b", "a*", ">a", "*b", 7 as never])
      expect(() => bucket.watch(filter)).toThrow(expect.objectContaining({ code: "INVALID_KEY" }));
    expect(() => bucket.watch([])).toThrow(expect.objectContaining({ argument: "filter" }));
    expect(() => bucket.watch(">", { include: "all" as never })).toThrow(
      expect.objectContaining({ argument: "include" }),
    );
    expect(() => bucket.watch(">", { include: { revision: 0 } })).toThrow(
      expect.objectContaining({ argument: "include.revision" }),
    );
    expect(() => bucket.watch(">", { ignoreDeletes: true } as never)).toThrow(
      expect.objectContaining({ message: expect.stringContaining("deletes: false") as string }),
    );
  });

  it("has values of a typed bucket", async () => {
    const bucket = await aBucket();
    const numbers = bucket.typed(json<number>());
    await numbers.put("a", 7);
    for await (const event of numbers.watch()) {
      if (event.type === "put") expect(event.value + 1).toBe(8);
      else break;
    }
  });
});

describe("a list", () => {
  it("[KV-24] of keys has those with a value, filtered, and ends; of nothing too", async () => {
    const bucket = await someKeys();
    await bucket.put("c.z", "1");
    await bucket.purge("c.z");
    expect(await all(bucket.keys())).toEqual(["a", "c.x", "c.y"]);
    expect(await all(bucket.keys("c.*"))).toEqual(["c.x", "c.y"]);
    expect(await all(bucket.keys(["c.x", "a"]))).toEqual(["a", "c.x"]);
    expect(await all(bucket.keys("nothing"))).toEqual([]);
    expect(await all((await aBucket()).keys())).toEqual([]);
  });

  it("[KV-25] of history has all that is kept, and ends; of nothing too", async () => {
    const bucket = await someKeys();
    const history = await all(bucket.history("a"));
    expect(history.map(told)).toEqual(["a=1", "a=2"]);
    expect((await all(bucket.history())).length).toBe(6);
    expect(await all(bucket.history("nothing"))).toEqual([]);
  });

  it("[KV-24] leaves nothing out and repeats nothing when the loop changes what it lists", async () => {
    const bucket = await aBucket({ history: 2 });
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => bucket.put(key, "x")));
    const listed: string[] = [];
    for await (const key of bucket.keys()) {
      listed.push(key);
      if (listed.length % 2 === 0) await bucket.purge(key);
      else await bucket.put(key, "new");
    }
    expect(listed.length).toBe(300);
    expect(new Set(listed)).toEqual(new Set(keys));
    const removed: string[] = [];
    for await (const revision of bucket.history()) {
      if (revision.type !== "put") continue;
      removed.push(revision.key);
      await bucket.purge(revision.key);
    }
    expect(new Set(removed).size).toBe(150);
    expect(await all(bucket.keys())).toEqual([]);
  });

  it("ends by its limits", async () => {
    const bucket = await someKeys();
    const reason = new Error("enough");
    const aborted = await failure(all(bucket.keys(">", { signal: AbortSignal.abort(reason) })));
    expect(aborted).toMatchObject({ code: "ABORTED", cause: reason });
    const proxy = await Proxy.start(server.server.port);
    const nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const far = await kv(nc).get(bucket.name);
    await proxy.stop();
    expect(await failure(all(far.keys(">", { timeout: 100 })))).toMatchObject({ code: "TIMEOUT" });
    const controller = new AbortController();
    const ended = failure(all(far.history(">", { signal: controller.signal })));
    controller.abort();
    expect(await ended).toMatchObject({ code: "ABORTED" });
    await nc.close();
    expect(() => bucket.keys("a..b")).toThrow(expect.objectContaining({ code: "INVALID_KEY" }));
  });

  it("[KV-24] [KV-25] does not take for all what came before the connection was closed", async () => {
    const bucket = await someKeys();
    const nc = await connect({ servers: server.url });
    const theirs = await kv(nc).get(bucket.name);
    const lists = [theirs.keys(), theirs.history()].map((list) => failure(all<unknown>(list)));
    const closed = nc.close();
    for (const list of lists) expect(await list).toMatchObject({ code: "CONNECTION_CLOSED" });
    await closed;
    // Nothing is left that would be rejected later, when nobody hears it.
    const unheard: unknown[] = [];
    const onUnheard = (reason: unknown): void => void unheard.push(reason);
    process.on("unhandledRejection", onUnheard);
    const later = failure(all(theirs.keys(">", { timeout: 1 })));
    expect(await later).toMatchObject({ code: "CONNECTION_CLOSED" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", onUnheard);
    expect(unheard).toEqual([]);
  });

  it("[KV-24] says of a request that no server takes that it can't be made", async () => {
    const bucket = await someKeys();
    const long = "a".repeat(4000);
    await bucket.put(long, "x");
    expect(await failure(all(bucket.keys(long)))).toMatchObject({ code: "CONTROL_LINE_TOO_LONG" });
    const many = Array.from({ length: 20_000 }, (_, i) => `${"b".repeat(60)}.${i}`);
    expect(await failure(all(bucket.keys(many)))).toMatchObject({ code: "MAX_PAYLOAD_EXCEEDED" });
  });

  it("is left early", async () => {
    const bucket = await someKeys();
    for await (const key of bucket.keys()) {
      expect(key).toBe("a");
      break;
    }
    const list = bucket.keys();
    expect((await list.next()).value).toBe("a");
    await list.return();
    expect((await list.next()).done).toBe(true);
  });
});

describe("the markers of removed keys", () => {
  it("[KV-15] go with what is behind them, unless they are young", async () => {
    const bucket = await aBucket({ history: 5 });
    for (const key of ["a", "b", "c"]) {
      await bucket.put(key, "1");
      await bucket.put(key, "2");
    }
    await bucket.delete("a");
    await bucket.delete("b");
    await bucket.create("b", "again");
    expect(await bucket.purgeDeletes()).toBe(2);
    expect((await all(bucket.history("a"))).map(told)).toEqual(["delete a"]);
    expect((await all(bucket.history("b"))).length).toBe(4);
    expect(await bucket.purgeDeletes({ olderThan: 0 })).toBe(1);
    expect(await all(bucket.history("a"))).toEqual([]);
    expect(await bucket.purgeDeletes({ olderThan: 0 })).toBe(0);
    expect(await failure(bucket.purgeDeletes({ olderThan: -1 }))).toMatchObject({ argument: "olderThan" });
    expect(await failure(bucket.purgeDeletes({ olderMillis: 1 } as never))).toMatchObject({
      message: expect.stringContaining("olderThan") as string,
    });
  });
});
