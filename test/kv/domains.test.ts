import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePorts } from "../../scripts/nats-server/free-port.mjs";
import { connect, type Connection } from "../../src/index.ts";
import { jetstream } from "../../src/jetstream/index.ts";
import { kv } from "../../src/kv/index.ts";
import { eventually } from "../support/eventually.ts";
import { all } from "../support/fill.ts";
import { failure } from "../support/failure.ts";
import { type RunningServer, startServer } from "../support/nats-server.ts";

describe("a bucket in another domain", () => {
  let hub: RunningServer;
  let leaf: RunningServer;
  let nc: Connection;

  beforeAll(async () => {
    const [port] = await freePorts(1);
    const listen = `leafnodes { listen: "127.0.0.1:${port}" }`;
    const remote = `leafnodes { remotes: [{ url: "nats-leaf://127.0.0.1:${port}" }], reconnect: "100ms" }`;
    hub = await startServer({
      jetstream: true,
      name: "hub",
      config: `jetstream { domain: hub }\n${listen}\n`,
    });
    leaf = await startServer({
      jetstream: true,
      name: "leaf",
      config: `jetstream { domain: leaf }\n${remote}\n`,
    });
    nc = await connect(leaf.url);
    await eventually(() => jetstream(nc, { domain: "hub" }).accountInfo());
  });

  afterAll(async () => {
    await nc?.close();
    await Promise.all([leaf?.stop(), hub?.stop()]);
  });

  it("[KV-31] is written and read there, beside one of its name here", async () => {
    const here = await kv(nc).create("same", { storage: "memory" });
    const there = await kv(nc, { domain: "hub" }).create("same", { storage: "memory", history: 3 });
    await here.put("a", "leaf");
    await there.create("a", "hub");
    expect((await here.get("a"))?.string()).toBe("leaf");
    expect((await there.get("a"))?.string()).toBe("hub");
    const revision = await there.put("a", "again");
    expect(await failure(there.update("a", "x", 1))).toMatchObject({ code: "WRONG_REVISION", revision });
    const told: string[] = [];
    for await (const event of there.watch()) {
      told.push(event.type === "synced" ? "synced" : `${event.type} ${event.key}`);
      if (event.type === "synced") await there.delete("a");
      if (event.type === "delete") break;
    }
    expect(told).toEqual(["put a", "synced", "delete a"]);
    expect(await all(here.keys())).toEqual(["a"]);
    expect(await all(there.keys())).toEqual([]);
    expect(await there.purgeDeletes({ olderThan: 0 })).toBe(3);
  });

  it("[KV-29] [KV-31] has a mirror here, which reads here and writes there", async () => {
    const far = await kv(nc, { domain: "hub" }).create("far", { storage: "memory" });
    await far.put("a", "one");
    const near = await kv(nc).create("near", {
      storage: "memory",
      mirror: { bucket: "far", external: { domain: "hub" } },
    });
    await eventually(async () => expect((await near.get("a"))?.string()).toBe("one"));
    expect(await near.put("b", "two")).toBe(2);
    expect((await far.get("b"))?.string()).toBe("two");
    expect(await failure(near.create("b", "x"))).toMatchObject({ code: "KEY_EXISTS", revision: 2 });
    await eventually(async () => expect(await all(near.keys())).toEqual(["a", "b"]));
    expect((await near.status()).config.mirror).toEqual({ bucket: "far", external: { domain: "hub" } });
  });
});
