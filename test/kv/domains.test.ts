import { describe, expect, it } from "vitest";
import { kv } from "../../src/kv/index.ts";
import { useLeaf } from "../support/domains.ts";
import { eventually } from "../support/eventually.ts";
import { all } from "../support/fill.ts";
import { failure } from "../support/failure.ts";

describe("a bucket in another domain", () => {
  const access = useLeaf();

  it("[KV-31] is written and read there, beside one of its name here", async () => {
    const here = await kv(access.nc).create("same", { storage: "memory" });
    const there = await kv(access.nc, { domain: "hub" }).create("same", { storage: "memory", history: 3 });
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
    const far = await kv(access.nc, { domain: "hub" }).create("far", { storage: "memory" });
    await far.put("a", "one");
    const near = await kv(access.nc).create("near", {
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
