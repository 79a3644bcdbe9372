import { describe, expect, it } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { type Bucket, kv, type KvEvent } from "../../src/kv/index.ts";
import { eventually } from "../support/eventually.ts";
import { all } from "../support/fill.ts";
import { unique, useJetStream } from "../support/jetstream.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";

const server = useJetStream();

/** A bucket with a key, and somebody whose way to the server can be held up. `consumers` are those that the server has of it. */
interface Remote {
  readonly proxy: Proxy;
  readonly nc: Connection;
  readonly theirs: Bucket;
  readonly consumers: (count: number) => Promise<string[]>;
}

async function withRemote(body: (remote: Remote) => Promise<void>, timeout = 60_000): Promise<void> {
  const ours = await kv(server.nc).create(unique("left"), { storage: "memory" });
  await ours.put("a", "1");
  await using proxy = await Proxy.start(server.server.port);
  const nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
  const consumers = (count: number): Promise<string[]> =>
    eventually(async () => {
      const names = await all(server.js.consumers.names(`KV_${ours.name}`));
      expect(names).toHaveLength(count);
      return names;
    });
  try {
    await body({ proxy, nc, consumers, theirs: await kv(nc, { timeout }).get(ours.name) });
  } finally {
    await nc.close();
  }
}

async function firstEvent(watch: AsyncIterable<KvEvent>): Promise<string | undefined> {
  return (await watch[Symbol.asyncIterator]().next()).value?.type;
}

describe("no consumer is left", () => {
  it("[KV-16] by a watch that is stopped before the answer to its creation has come", async () => {
    await withRemote(async ({ proxy, theirs, consumers }) => {
      proxy.stall("down");
      const watch = theirs.watch();
      await consumers(1);
      await watch.stop();
      proxy.resume();
      await consumers(0);
    });
  });

  it("[KV-16] by a watch that is stopped so, and whose connection is closed before the answer has come", async () => {
    await withRemote(async ({ proxy, nc, theirs, consumers }) => {
      proxy.stall("down");
      const watch = theirs.watch();
      await consumers(1);
      await watch.stop();
      void nc.close();
      await consumers(0);
    });
  });

  it("[KV-23] by an answer that comes too late: the next one is used", async () => {
    await withRemote(async ({ proxy, theirs, consumers }) => {
      proxy.stall("down");
      const watch = theirs.watch();
      const [first] = await consumers(1);
      await eventually(async () => expect(await consumers(1)).not.toContain(first));
      proxy.resume();
      expect(await firstEvent(watch)).toBe("put");
      await consumers(1);
      await watch.stop();
      await consumers(0);
    }, 400);
  });

  it("[KV-23] when the link is lost before the answer has come", async () => {
    await withRemote(async ({ proxy, theirs, consumers }) => {
      proxy.stall("down");
      const watch = theirs.watch();
      const [first] = await consumers(1);
      proxy.cut();
      proxy.resume();
      expect(await firstEvent(watch)).toBe("put");
      expect(await consumers(1)).not.toContain(first);
      await watch.stop();
      await consumers(0);
    });
  });

  it("[KV-16] by many watches that are stopped as soon as they are opened", async () => {
    await withRemote(async ({ theirs, consumers }) => {
      for (let i = 0; i < 50; i++) {
        const watch = theirs.watch();
        if (i % 2 === 0) await Promise.resolve();
        await watch.stop();
      }
      await consumers(0);
    });
  });
});
