import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { type Bucket, kv, type Lock } from "../../src/kv/index.ts";
import { block } from "../support/blocked-loop.ts";
import { BUILT_CLIENT, ROOT } from "../support/built-client.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";

const access = useJetStream({ connect: { reconnect: QUICK_RECONNECT } });

const aborted = async ({ signal }: Lock): Promise<unknown> => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return signal.reason as unknown;
};

/** Somebody whose way to the server can be cut, and a bucket that he shares with the connection of this file. */
interface Remote {
  readonly proxy: Proxy;
  readonly nc: Connection;
  readonly theirs: Bucket;
  readonly ours: Bucket;
}

async function withRemote(body: (remote: Remote) => Promise<void>): Promise<void> {
  const ours = await kv(access.nc).create(unique("locks"), { limitMarkerTtl: 1000 });
  await using proxy = await Proxy.start(access.server.port);
  const nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
  try {
    await body({ proxy, nc, ours, theirs: await kv(nc).get(ours.name) });
  } finally {
    await nc.close();
  }
}

/** Resolves when the key has a value. */
const isHeld = (bucket: Bucket, key: string): Promise<unknown> =>
  eventually(async () => expect(await bucket.get(key)).toBeDefined());

const isFree = (bucket: Bucket, key: string): Promise<unknown> =>
  eventually(async () => expect(await bucket.get(key)).toBeUndefined());

describe("a lock in trouble", () => {
  it("[KV-40] is not waited for by the one who has it: a write without an answer is known again", async () => {
    await withRemote(async ({ proxy, ours, theirs }) => {
      proxy.stall("down");
      const taking = theirs.lock("mine", { ttl: 600_000, timeout: 60_000 });
      await isHeld(ours, "mine");
      proxy.cut();
      proxy.resume();
      const lock = await taking;
      expect(lock.isHeld).toBe(true);
      expect((await ours.get("mine"))?.revision).toBe(lock.fence);
      await lock.release();
      await isFree(ours, "mine");
    });
  });

  it("[KV-40] does not stay behind when its claimant gives up before it knows that it has the lock", async () => {
    await withRemote(async ({ proxy, ours, theirs }) => {
      proxy.stall("down");
      const aborter = new AbortController();
      const taking = failure(theirs.lock("ghost", { ttl: 600_000, signal: aborter.signal }));
      await isHeld(ours, "ghost");
      aborter.abort();
      expect(await taking).toMatchObject({ code: "ABORTED" });
      proxy.resume();
      await isFree(ours, "ghost");
    });
  });

  it("[KV-40] is lost to a holder who is cut off before another can have it", async () => {
    await withRemote(async ({ proxy, ours, theirs }) => {
      const first = await theirs.lock("cut", { ttl: 1000, holder: "first" });
      proxy.stall();
      const second = await ours.lock("cut", { holder: "second" });
      expect(first.signal.aborted).toBe(true);
      expect(first.signal.reason).toMatchObject({ code: "LOCK_LOST", key: "cut" });
      expect(second.fence).toBeGreaterThan(first.fence);
      proxy.resume();
      await first.release();
      expect((await ours.get("cut"))?.string()).toBe("second");
      await second.release();
    });
  });

  it("[KV-40] stays its holder's when a renewal gets no answer, with the same fence", async () => {
    await withRemote(async ({ proxy, ours, theirs }) => {
      const lock = await theirs.lock("renewed", { ttl: 6000 });
      proxy.stall("down");
      await using view = await ours.view("renewed");
      await eventually(() => expect(view.get("renewed")!.revision).toBeGreaterThan(lock.fence));
      const { revision } = view.get("renewed")!;
      proxy.cut();
      proxy.resume();
      await eventually(() => expect(view.get("renewed")!.revision).toBeGreaterThan(revision));
      expect(lock.isHeld).toBe(true);
      expect(await failure(ours.lock("renewed", { timeout: 0 }))).toMatchObject({ code: "LOCK_HELD" });
      await lock.release();
      await isFree(ours, "renewed");
    });
  });

  it("[KV-40] is lost in a process that was blocked, before any of its timers runs", async () => {
    const bucket = await kv(access.nc).create(unique("locks"), { limitMarkerTtl: 1000 });
    const lock = await bucket.lock("blocked", { ttl: 1000 });
    const { signal } = lock;
    block(1000);
    expect(signal.aborted).toBe(false);
    expect(() => lock.signal.throwIfAborted()).toThrow("could not be renewed in time");
    expect(signal.aborted).toBe(true);
    await using next = await bucket.lock("blocked");
    expect(next.fence).toBeGreaterThan(lock.fence);
  });

  it("[KV-40] is another's when its holder's process was frozen; what that does late is refused by the fence", async () => {
    const bucket = await kv(access.nc).create(unique("locks"), { limitMarkerTtl: 1000 });
    const holder = ["test/support/lock-holder.mjs", BUILT_CLIENT, access.url, bucket.name, "1000"];
    const child = spawn(process.execPath, holder, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    try {
      const held = String((await lines.next()).value);
      child.kill("SIGSTOP");
      const lock = await bucket.lock("lock", { ttl: 60_000, holder: "we" });
      expect(lock.fence).toBeGreaterThan(Number(held.slice("held ".length)));
      await bucket.put("deed", `${lock.fence}`);
      child.kill("SIGCONT");
      expect((await lines.next()).value).toBe("refused, LOCK_LOST");
      expect((await lines.next()).done).toBe(true);
      expect((await bucket.get("deed"))?.json()).toBe(lock.fence);
      const entry = await bucket.get("lock");
      expect([entry?.string(), entry?.revision, lock.isHeld]).toEqual(["we", lock.fence, true]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("[KV-40] outlives a server that is killed and started again", async () => {
    const bucket = await kv(access.nc).create(unique("locks"), { limitMarkerTtl: 1000 });
    const lock = await bucket.lock("durable", { ttl: 60_000, holder: "me" });
    const back = access.nc.once("reconnected");
    await access.server.kill();
    await access.server.restart();
    await back;
    expect(lock.isHeld).toBe(true);
    const error = await failure(bucket.lock("durable", { timeout: 0 }));
    expect(error).toMatchObject({ code: "LOCK_HELD", holder: "me" });
    await lock.release();
    await (await bucket.lock("durable", { timeout: 5000 })).release();
  });

  it("[KV-40] is lost while the server is frozen; afterwards one has it, with a larger fence", async () => {
    const bucket = await kv(access.nc).create(unique("locks"), { limitMarkerTtl: 1000 });
    const first = await bucket.lock("frozen", { ttl: 1000 });
    process.kill(access.server.pid, "SIGSTOP");
    try {
      expect(await aborted(first)).toMatchObject({ code: "LOCK_LOST" });
    } finally {
      process.kill(access.server.pid, "SIGCONT");
    }
    const others = await Promise.all(
      ["a", "b", "c"].map(async (holder) => {
        await using lock = await bucket.lock("frozen", { ttl: 30_000, holder });
        return lock.fence;
      }),
    );
    for (const fence of others) expect(fence).toBeGreaterThan(first.fence);
    expect(new Set(others).size).toBe(3);
  });

  it("[KV-40] is released for each call that waits, for as long as that says", async () => {
    await withRemote(async ({ proxy, ours, theirs }) => {
      const lock = await theirs.lock("given", { ttl: 600_000 });
      proxy.stall();
      const hasty = failure(lock.release({ timeout: 100 }));
      const patient = lock.release({ timeout: 600_000 });
      const aborter = new AbortController();
      const aborted = failure(lock.release({ signal: aborter.signal }));
      expect(await hasty).toMatchObject({ code: "TIMEOUT" });
      aborter.abort();
      expect(await aborted).toMatchObject({ code: "ABORTED" });
      expect(await ours.get("given")).toBeDefined();
      proxy.cut();
      proxy.resume();
      await patient;
      expect(await ours.get("given")).toBeUndefined();
    });
  });

  it("[KV-40] is released by a second call, if the first one failed", async () => {
    await withRemote(async ({ proxy, ours, theirs }) => {
      const lock = await theirs.lock("again", { ttl: 600_000 });
      proxy.stall("up");
      expect(await failure(lock.release({ timeout: 100 }))).toMatchObject({ code: "TIMEOUT" });
      expect(await failure(lock.release({ signal: AbortSignal.abort() }))).toMatchObject({ code: "ABORTED" });
      proxy.cut();
      proxy.resume();
      await lock.release({ timeout: 60_000 });
      await isFree(ours, "again");
      await lock.release();
    });
  });

  it("[KV-29] [KV-40] is waited for by a mirror that lags, without asking all the time", async () => {
    const origin = await kv(access.nc).create(unique("origin"), { limitMarkerTtl: 1000 });
    // It never hears of the lock.
    const lagging = await kv(access.nc).create(unique("lagging"), {
      mirror: { bucket: origin.name, startSeq: 1_000_000 },
    });
    const lock = await origin.lock("far", { ttl: 600_000, holder: "first" });
    const before = access.nc.stats().outMessages;
    const error = await failure(lagging.lock("far", { timeout: 1000 }));
    expect(error).toMatchObject({ code: "LOCK_HELD", holder: "first" });
    expect(access.nc.stats().outMessages - before).toBeLessThan(50);
    await lock.release();
    const next = await lagging.lock("far", { timeout: 60_000 });
    expect(next.fence).toBeGreaterThan(lock.fence);
    await next.release();
  });

  it("[KV-40] is taken by who was cut off when it was given free, though no marker tells of that any more", async () => {
    await withRemote(async ({ proxy, nc, ours, theirs }) => {
      await ours.put("away", "somebody");
      const waiting = theirs.lock("away", { ttl: 600_000 });
      const name = `KV_${ours.name}`;
      // He has heard that it is held.
      await eventually(async () => {
        const { consumerCount } = (await access.js.streams.bind(name).info()).state;
        expect(consumerCount).toBe(1);
      });
      await nc.flush();
      const back = nc.once("reconnected");
      proxy.refuse();
      proxy.cut();
      await ours.purge("away", { ttl: 1000 });
      await eventually(async () => expect((await ours.status()).values).toBe(0));
      await proxy.accept();
      await back;
      await (await waiting).release();
    });
  });
});
