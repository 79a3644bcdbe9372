import { beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { type Bucket, kv } from "../../src/kv/index.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak, openHandles } from "../support/leak-check.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

describe("a failure shows its caller", () => {
  let bucket: Bucket;
  let gone: Bucket;

  beforeAll(async () => {
    const buckets = kv(access.nc);
    bucket = await buckets.create(unique("b"), { storage: "memory" });
    await bucket.put("a", "x");
    gone = await buckets.create(unique("b"), { storage: "memory" });
    await buckets.delete(gone.name);
  });

  /** Each awaits in a function of its own, whose name must be in the stack. */
  const callers: Record<string, () => Promise<unknown>> = {
    async makesOne() {
      await kv(access.nc).create(bucket.name, { history: 7 });
    },
    async findsNone() {
      await kv(access.nc).get("never-made");
    },
    async readsIt() {
      await gone.get("a");
    },
    async readsMany() {
      await gone.getMany("a");
    },
    async putsIt() {
      await gone.put("a", "x");
    },
    async createsIt() {
      await bucket.create("a", "x");
    },
    async updatesIt() {
      await bucket.update("a", "x", 77);
    },
    async removesIt() {
      await bucket.delete("a..b");
    },
    async listsKeys() {
      for await (const _ of gone.keys()) continue;
    },
    async listsHistory() {
      for await (const _ of gone.history()) continue;
    },
    async watchesIt() {
      for await (const _ of gone.watch()) continue;
    },
    async asksForStatus() {
      await gone.status();
    },
  };

  it.each(Object.keys(callers))("that %s", async (name) => {
    const error = await failure(callers[name]!());
    expect(error.stack).toContain(name);
  });
});

describe("what is left behind", () => {
  it("is nothing, after many reads, writes, lists and watches with one signal", async () => {
    const { signal } = new AbortController();
    await expectNoLeak(async () => {
      await using nc = await connect({ servers: access.url });
      const bucket = await kv(nc).create(unique("b"), { storage: "memory" });
      for (let i = 0; i < 50; i++) {
        await bucket.put("a", `${i}`, { signal });
        await bucket.get("a", { signal });
        for await (const key of bucket.keys(">", { signal })) expect(key).toBe("a");
        const watch = bucket.watch(">", { signal });
        for await (const event of watch) if (event.type === "synced") break;
        await watch.synced;
      }
      expect(nc.subscriptionCount).toBe(0);
    });
  });

  it("is no timer for each write", async () => {
    await using nc = await connect({ servers: access.url });
    const bucket = await kv(nc).create(unique("b"), { storage: "memory" });
    const timers = (): number => openHandles()["Timeout"] ?? 0;
    const before = timers();
    for (let i = 0; i < 100; i++) await bucket.put("a", `${i}`);
    expect(timers() - before).toBeLessThan(20);
  });
});
