import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, type Connection, isNatsError, type NatsError } from "../../src/index.ts";
import { jetstream } from "../../src/jetstream/index.ts";
import { type Bucket, kv } from "../../src/kv/index.ts";
import { eventually } from "../support/eventually.ts";
import { all } from "../support/fill.ts";
import { unique, useCluster } from "../support/jetstream.ts";
import { groupNeeds } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";

const inCluster = groupNeeds("a cluster");
const access = useCluster();

let nc: Connection;

beforeAll(async () => {
  const servers = access.cluster.servers.map(({ url }) => url);
  nc = await connect({ servers, reconnect: QUICK_RECONNECT });
});

afterAll(() => nc.close());

async function aBucket(): Promise<Bucket> {
  const name = unique("r3");
  return await eventually(() => kv(nc).create(name, { replicas: 3, history: 2 }, { timeout: 2000 }));
}

inCluster("a bucket of three replicas", () => {
  it("[KV-12] [KV-10] of many who write at once one wins, and the others are told where the key is", async () => {
    const bucket = await aBucket();
    const created = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => bucket.create("a", `${i}`)),
    );
    expect(created.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { revision } = (await bucket.get("a", { leader: true }))!;
    const updated = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => bucket.update("a", `${i}`, revision)),
    );
    const won = updated.filter(({ status }) => status === "fulfilled");
    expect(won).toHaveLength(1);
    for (const outcome of updated) {
      if (outcome.status === "fulfilled") continue;
      const error = outcome.reason as NatsError;
      if (!isNatsError(error, "WRONG_REVISION")) throw error;
      // Who was refused while the winner's write was under way may be told what was there before.
      expect([revision, (won[0] as PromiseFulfilledResult<number>).value]).toContain(error.revision);
    }
  });

  it("[KV-40] [KV-23] a lock has one holder at a time, and a view is its bucket, while the leader moves", async () => {
    const name = unique("r3");
    const config = { replicas: 3, limitMarkerTtl: 60_000 };
    const bucket = await eventually(() => kv(nc).create(name, config, { timeout: 2000 }));
    const { peers } = await jetstream(nc).streams.get(`KV_${name}`);
    await using view = await bucket.view();
    const fences: number[] = [];
    let inside = 0;
    const work = async (worker: number): Promise<void> => {
      for (let turn = 0; turn < 4; turn++) {
        const lock = await bucket.lock("turn", { ttl: 30_000, timeout: 60_000 });
        expect(++inside).toBe(1);
        fences.push(lock.fence);
        await bucket.put(`worker.${worker}`, `${turn}`).catch(() => undefined);
        if (turn === 1) await peers.stepDown().catch(() => undefined);
        expect(lock.isHeld).toBe(true);
        inside -= 1;
        await lock.release({ timeout: 20_000 });
      }
    };
    await Promise.all([work(0), work(1), work(2)]);
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
    expect(fences).toHaveLength(12);
    await eventually(async () => {
      const there = await bucket.getMany(">");
      expect(new Map(Array.from(view, ({ key, revision }) => [key, revision]))).toEqual(
        new Map(Array.from(there.values(), ({ key, revision }) => [key, revision])),
      );
    });
  });

  it("[KV-23] a watch and a view end when their bucket has lost what it had in memory", async () => {
    const bucket = await eventually(() =>
      kv(nc).create(unique("lost"), { storage: "memory" }, { timeout: 2000 }),
    );
    const { cluster } = (await bucket.status()).stream;
    const server = access.cluster.servers[Number(cluster?.leader?.split("-").at(-1)) - 1]!;
    const own = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
    const theirs = await kv(own).get(bucket.name);
    for (let i = 0; i < 10; i++) await theirs.put(`k${i}`, "x");
    const view = await theirs.view();
    const watch = theirs.watch();
    const watched = all(watch).catch((error: unknown) => error);
    await watch.synced;
    await server.restart();
    // The server has the watch's consumer again, which begins anew with what is stored from now on.
    await eventually(() => bucket.put("k", "new", { timeout: 2000 }));
    expect(await watched).toMatchObject({ code: "BUCKET_NOT_FOUND" });
    expect(await view.closed).toMatchObject({ code: "BUCKET_NOT_FOUND" });
    expect(await all(bucket.keys())).toEqual(["k"]);
    await own.close();
  });

  it("[KV-23] a watch goes on when its leader moves and when its server is killed", async () => {
    const bucket = await aBucket();
    const { streams } = jetstream(nc);
    const stream = await streams.get(`KV_${bucket.name}`);
    const put = (key: string, value: string): Promise<number> =>
      eventually(() =>
        bucket.update(key, value, 0, { timeout: 2000 }).catch(async (error: unknown) => {
          // It was stored by an attempt that got no answer.
          const there = await bucket.get(key, { leader: true });
          if (there?.string() !== value) throw error;
          return there.revision;
        }),
      );
    for (let i = 0; i < 20; i++) await put(`k${i}`, "x");
    // The watch's consumer may be on a replica that lags: what that has not got yet follows `synced`.
    await eventually(async () => {
      const { cluster: group } = await stream.info();
      expect(group?.replicas.map(({ current, lag }) => current && lag === 0)).toEqual([true, true]);
    });
    const told: string[] = [];
    for await (const event of bucket.watch()) {
      if (event.type === "synced") {
        told.push("synced");
        await stream.peers.stepDown();
        for (let i = 20; i < 40; i++) await put(`k${i}`, "x");
        continue;
      }
      told.push(event.key);
      if (event.key === "k39") {
        const own = access.cluster.servers.find(({ url }) => url.includes(new URL(nc.server!).port))!;
        void own.kill();
        void (async () => {
          for (let i = 40; i < 50; i++) await put(`k${i}`, "x");
        })();
      }
      if (event.key === "k49") break;
    }
    const of = (from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, i) => `k${from + i}`);
    expect(told).toEqual([...of(0, 20), "synced", ...of(20, 50)]);
    // Another leader is being elected, which takes some seconds.
    expect(await all(bucket.keys(">", { timeout: 20_000 }))).toHaveLength(50);
  });
});
