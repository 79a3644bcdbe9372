import { describe, expect, it } from "vitest";
import { connect, type Connection, isNatsError } from "../../src/index.ts";
import { type Bucket, kv } from "../../src/kv/index.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

const lockBucket = (nc: Connection = access.nc): Promise<Bucket> =>
  kv(nc).create(unique("locks"), { limitMarkerTtl: 1000, storage: "memory" });

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason));
  });

/** Whether a lock is held for about twice its time, by six renewals. */
async function outlivesItself(bucket: Bucket, ttl: number): Promise<boolean> {
  await using lock = await bucket.lock(`held-for-${ttl}`, { ttl });
  const { fence } = lock;
  let last = fence;
  let renewals = 0;
  for await (const event of bucket.watch(lock.key, { include: "updates" })) {
    if (event.type === "synced") continue;
    if (event.type !== "put") return false;
    expect(event.revision).toBeGreaterThan(last);
    last = event.revision;
    if (++renewals === 6) break;
  }
  expect(lock.fence).toBe(fence);
  return lock.isHeld;
}

describe("a lock", () => {
  it("[KV-40] has one holder, named to others, until it is released", async () => {
    const bucket = await lockBucket();
    const lock = await bucket.lock("nightly", { holder: "host-1" });
    expect(lock).toMatchObject({ bucket: bucket.name, key: "nightly", holder: "host-1", isHeld: true });
    const error = await failure(bucket.lock("nightly", { timeout: 0 }));
    expect(error).toMatchObject({
      code: "LOCK_HELD",
      key: "nightly",
      holder: "host-1",
      revision: lock.fence,
    });
    await lock.release();
    expect(lock.isHeld).toBe(false);
    expect(lock.signal.reason).toMatchObject({ code: "LOCK_LOST" });
    const next = await bucket.lock("nightly", { timeout: 0 });
    expect(next.fence).toBeGreaterThan(lock.fence);
    await next.release();
    await next.release();
  });

  it("[KV-40] goes to whoever waits as soon as it is released, each with a larger fence", async () => {
    const bucket = await lockBucket();
    const order: number[] = [];
    let inside = 0;
    const work = async (): Promise<void> => {
      await using lock = await bucket.lock("turn", { ttl: 60_000 });
      expect(++inside).toBe(1);
      order.push(lock.fence);
      await access.nc.flush();
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(order).toHaveLength(8);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it("[KV-40] is renewed for as long as it is held", async () => {
    const bucket = await lockBucket();
    // A machine that stands still for nearly as long as a lock lives loses it, and rightly: the next one lives longer.
    for (let ttl = 1000; !(await outlivesItself(bucket, ttl)); ttl *= 2);
  });

  it("[KV-40] of a holder that is gone is free after its time, and whoever waits hears of it", async () => {
    const bucket = await lockBucket();
    const gone = await connect({ servers: access.url });
    const first = await (await kv(gone).get(bucket.name)).lock("crash", { ttl: 1000 });
    await gone.close();
    expect(first.signal.reason).toMatchObject({ code: "LOCK_LOST" });
    expect(first.isHeld).toBe(false);
    const second = await bucket.lock("crash", { timeout: 20_000 });
    expect(second.fence).toBeGreaterThan(first.fence);
    await second.release();
    await first.release();
  });

  it("[KV-40] is lost at once when somebody removes it or takes its place", async () => {
    const bucket = await lockBucket();
    const removed = await bucket.lock("a", { ttl: 1500 });
    await bucket.purge("a");
    expect(await aborted(removed.signal)).toMatchObject({ code: "LOCK_LOST", key: "a" });
    const robbed = await bucket.lock("b", { ttl: 1500 });
    await bucket.put("b", "a thief");
    const reason = (await aborted(robbed.signal)) as Error;
    expect(reason).toMatchObject({ code: "LOCK_LOST", key: "b" });
    expect(reason.message).toContain("a thief");
    await robbed.release();
    expect((await bucket.get("b"))?.string()).toBe("a thief");
  });

  it("[KV-40] is not released by who has lost it and has not heard of that", async () => {
    const bucket = await lockBucket();
    const lock = await bucket.lock("robbed", { ttl: 60_000 });
    await bucket.put("robbed", "a thief");
    await lock.release();
    expect((await bucket.get("robbed"))?.string()).toBe("a thief");
  });

  it("[KV-40] waits for no longer than it may, and can be called off", async () => {
    const bucket = await lockBucket();
    await using lock = await bucket.lock("busy", { holder: "me" });
    const late = await failure(bucket.lock("busy", { timeout: 50 }));
    expect(late).toMatchObject({ code: "LOCK_HELD", holder: "me" });
    expect(late.stack).toContain("lock.test.ts");
    const aborter = new AbortController();
    const waiting = failure(bucket.lock("busy", { signal: aborter.signal }));
    await access.nc.flush();
    aborter.abort();
    expect(await waiting).toMatchObject({ code: "ABORTED" });
    expect(await failure(bucket.lock("busy", { signal: aborter.signal }))).toMatchObject({ code: "ABORTED" });
    expect(lock.isHeld).toBe(true);
  });

  it.each(["file", "memory"] as const)(
    "[KV-40] comes free after its time in a bucket with a history too, and a marker tells of that: %s",
    async (storage) => {
      const config = { limitMarkerTtl: 1000, history: 5, storage };
      const bucket = await kv(access.nc).create(unique("locks"), config);
      const gone = await connect({ servers: access.url });
      const theirs = await kv(gone).get(bucket.name);
      await (await theirs.lock("crash", { ttl: 1000 })).release();
      const first = await theirs.lock("crash", { ttl: 1000 });
      const watch = bucket.watch("crash", { include: "updates" });
      await watch.synced;
      await gone.close();
      for await (const event of watch) {
        if (event.type !== "synced" && event.type !== "put" && event.reason === "max-age") break;
      }
      const second = await bucket.lock("crash", { ttl: 1000, timeout: 0 });
      expect(second.fence).toBeGreaterThan(first.fence);
      await second.release();
    },
  );

  it("[KV-40] is not waited for any longer when the connection is closed", async () => {
    const bucket = await lockBucket();
    await using held = await bucket.lock("k", { ttl: 600_000 });
    const nc = await connect({ servers: access.url });
    const waiting = failure((await kv(nc).get(bucket.name)).lock("k", { ttl: 600_000 }));
    await expect.poll(async () => (await bucket.status()).stream.state.consumerCount).toBe(1);
    await nc.close();
    expect(await waiting).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(held.isHeld).toBe(true);
  });

  it("[KV-40] is refused where the bucket's own ttl would give it to another before its time", async () => {
    const bucket = await kv(access.nc).create(unique("locks"), { limitMarkerTtl: 1000, ttl: 5000 });
    const error = await failure(bucket.lock("k"));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "ttl" });
    expect(error.message).toContain("its own ttl of 5000 ms");
    expect((await bucket.status()).values).toBe(0);
    await (await bucket.lock("k", { ttl: 5000 })).release();
  });

  it.each(["file", "memory"] as const)(
    "[KV-40] is refused where the server would keep it beyond its time: %s",
    async (storage) => {
      const config = { limitMarkerTtl: 60_000, history: 2, storage };
      const bucket = await kv(access.nc).create(unique("locks"), config);
      const refusal = { code: "INVALID_OPTION", argument: "ttl" };
      const error = await failure(bucket.lock("k"));
      expect(error).toMatchObject(refusal);
      expect(error.message).toContain("history of 2");
      expect(error.stack).toContain("lock.test.ts");
      await using election = bucket.election("k", { ttl: 1000 });
      expect(await failure(election[Symbol.asyncIterator]().next())).toMatchObject(refusal);
      expect((await bucket.status()).values).toBe(0);
      await (await bucket.lock("k", { ttl: 60_000 })).release();
    },
  );

  it.each([
    ["ttl", { ttl: 999 }],
    ["ttl", { ttl: 1500.5 }],
    ["ttl", { ttl: Infinity }],
    ["holder", { holder: "" }],
    ["holder", { holder: 5 }],
    ["timeout", { timeout: -1 }],
    ["owner", { owner: "me" }],
  ])("[KV-40] refuses %s of %j", async (argument, options) => {
    const bucket = await lockBucket();
    const error = await failure(bucket.lock("k", options as never));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument });
  });

  it("[KV-40] needs a key, a bucket that is there, and one that lets keys have a ttl", async () => {
    const bucket = await lockBucket();
    expect(await failure(bucket.lock("a..b"))).toMatchObject({ code: "INVALID_KEY", key: "a..b" });
    const plain = await kv(access.nc).create(unique("plain"), { storage: "memory" });
    expect(await failure(plain.lock("k"))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "limitMarkerTtl",
    });
    await kv(access.nc).delete(bucket.name);
    const missing = await failure(bucket.lock("k", { timeout: 2000 }));
    expect(isNatsError(missing, "BUCKET_NOT_FOUND")).toBe(true);
  });

  it("[KV-40] gives up in time where nothing takes what it writes", async () => {
    const bucket = await lockBucket();
    const name = `KV_${bucket.name}`;
    await access.js.streams.update(name, { subjects: ["elsewhere.>"] });
    const error = await failure(bucket.lock("k", { timeout: 300 }));
    expect(error).toMatchObject({ code: "NO_STREAM" });
  });
});
