import { describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { type Bucket, kv, type View } from "../../src/kv/index.ts";
import { eventually } from "../support/eventually.ts";
import { unique, useJetStream } from "../support/jetstream.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";

const access = useJetStream({ connect: { reconnect: QUICK_RECONNECT } });

const shown = (view: View): Record<string, string> =>
  Object.fromEntries(
    Array.from(view, ({ key, revision }) => [key, `${revision}`] as const).sort(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  );

async function stored(bucket: Bucket): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  const keys = [];
  for await (const key of bucket.keys()) keys.push(key);
  for (const key of keys.sort()) all[key] = `${(await bucket.get(key))!.revision}`;
  return all;
}

describe("a view in trouble", () => {
  it("[KV-16] does not take what is still on its way for what never comes", async () => {
    const bucket = await kv(access.nc).create(unique("view"), { storage: "memory" });
    const stream = `KV_${bucket.name}`;
    await using view = await bucket.view();
    let consumer = "";
    for await (const name of access.js.consumers.names(stream)) consumer = name;
    await access.js.consumers.bind(stream, consumer).pause(new Date(Date.now() + 600_000));
    // What asks whether anything is on its way asks anew: the first answer was not enough.
    const subject = `$JS.API.STREAM.MSG.GET.${stream}`;
    const asked = access.nc.subscribe(subject, { max: 2, callback: () => undefined }).closed;
    const revision = await (await kv(access.nc).get(bucket.name)).put("k", "v");
    let isReached = false;
    const reached = view.reached(revision).then(() => (isReached = true));
    await Promise.race([reached, asked]);
    expect(isReached).toBe(false);
    await access.js.consumers.delete(stream, consumer);
    await reached;
    expect(view.get("k")?.string()).toBe("v");
  });

  it("[KV-23] is what its bucket is, whatever happens to the link", async () => {
    const bucket = await kv(access.nc).create(unique("view"), { storage: "memory", limitMarkerTtl: 1000 });
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const theirs = await kv(nc).get(bucket.name);
    await using view = await theirs.view();
    for (let i = 0; i < 200; i++) {
      const key = `k${i % 17}`;
      if (i % 7 === 3) await bucket.purge(key, { ttl: 1000 });
      else if (i % 5 === 2) await bucket.delete(key);
      else await bucket.put(key, `${i}`);
      if (i % 40 === 20) proxy.cut();
      if (i % 60 === 50) await theirs.put(`own${i}`, "1").catch(() => undefined);
    }
    await eventually(async () => expect(shown(view)).toEqual(await stored(bucket)));
  });

  it("[KV-23] is complete when the link is cut while it is being filled", async () => {
    const bucket = await kv(access.nc).create(unique("view"), { storage: "memory" });
    const value = "x".repeat(500);
    await Promise.all(Array.from({ length: 3000 }, (_, i) => bucket.put(`k${i}`, value)));
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    proxy.split(32 * 1024);
    const filling = (await kv(nc).get(bucket.name)).view();
    while (proxy.recordedDown.length < 300_000) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const key of ["k0", "k1"]) await bucket.delete(key);
    const last = await bucket.delete("k2999");
    proxy.cut();
    await using view = await filling;
    await view.reached(last);
    expect(view.size).toBe(2997);
    expect(view.has("k2999")).toBe(false);
  });

  it("[KV-27] has no value whose ttl is over, though what lies behind it keeps the server from telling", async () => {
    const bucket = await kv(access.nc).create(unique("view"), {
      storage: "memory",
      history: 5,
      limitMarkerTtl: 1000,
    });
    for (const key of ["deleted", "purged"]) await bucket.put(key, "first");
    await bucket.delete("deleted");
    await bucket.purge("purged");
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    await using view = await (await kv(nc).get(bucket.name)).view();
    const changes = view.changes();
    await bucket.create("deleted", "short", { ttl: 1000 });
    const last = await bucket.create("purged", "short", { ttl: 1000 });
    await view.reached(last);
    for (let i = 0; i < 2; i++) expect((await changes.next()).value?.entry.type).toBe("put");
    // It is told, as nothing lies behind it.
    await eventually(() => expect(view.has("purged")).toBe(false));
    await eventually(async () => expect(await bucket.get("deleted")).toBeUndefined());
    expect(view.has("deleted")).toBe(true);
    proxy.cut();
    await eventually(() => expect(view.has("deleted")).toBe(false));
    const told: string[] = [];
    for await (const { entry, before } of changes) {
      told.push(`${entry.key} ${entry.type === "put" ? "" : entry.reason} ${before?.string()}`);
      if (told.length === 2) break;
    }
    expect(told.sort()).toEqual(["deleted max-age short", "purged max-age short"]);
  });

  it("[KV-23] goes on with a server that is killed and started again", async () => {
    const bucket = await kv(access.nc).create(unique("view"));
    await bucket.put("before", "1");
    await using view = await bucket.view();
    const back = access.nc.once("reconnected");
    await access.server.kill();
    expect(view.get("before")?.string()).toBe("1");
    await access.server.restart();
    await back;
    const revision = await eventually(() => bucket.put("after", "2"));
    expect(view.get("after")?.string()).toBe("2");
    await view.reached(revision);
    expect(Object.keys(shown(view))).toEqual(["after", "before"]);
  });
});
