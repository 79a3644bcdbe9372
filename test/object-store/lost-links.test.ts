import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { objectStore, type ObjectStore } from "../../src/object-store/index.ts";
import { failure } from "../support/failure.ts";
import { inTime } from "../support/in-time.ts";
import { unique, useJetStream } from "../support/jetstream.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";

const access = useJetStream();

const CHUNK = 10_000;

/** A store that is used by way of a proxy. */
async function behindProxy(
  body: (store: ObjectStore, proxy: Proxy, nc: Connection) => Promise<void>,
): Promise<void> {
  const name = unique("lost");
  await objectStore(access.nc).create(name, { storage: "memory" });
  await using proxy = await Proxy.start(access.server.port);
  await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
  await body(await objectStore(nc).get(name), proxy, nc);
}

test("[OBJ-07] a get goes on where the link was lost, and gives the same bytes", async () => {
  await behindProxy(async (store, proxy) => {
    const bytes = randomBytes(100 * CHUNK);
    await store.put("it", bytes, { chunkSize: CHUNK });
    const chunks: Uint8Array[] = [];
    for await (const chunk of await store.get("it")) {
      if (chunks.push(chunk) % 30 === 0) proxy.cut();
    }
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });
});

test("[OBJ-07] a get that has lost many links in a row goes on as soon as one stays", async () => {
  await behindProxy(async (store, proxy, nc) => {
    // More than is asked for ahead.
    const bytes = randomBytes(10 * 1024 * 1024);
    await store.put("it", bytes);
    const chunks: Uint8Array[] = [];
    for await (const chunk of await store.get("it")) {
      if (chunks.push(chunk) > 1) continue;
      for (let i = 0; i < 12; i++) {
        const back = nc.once("reconnected");
        proxy.cut();
        await back;
      }
    }
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });
});

test("[OBJ-03] a put ends with the link, and leaves nothing behind once that is back", async () => {
  await behindProxy(async (store, proxy) => {
    await store.put("it", "old");
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 100; i++) {
        yield randomBytes(CHUNK);
        if (i === 50) proxy.cut();
      }
    }
    const error = await failure(store.put("it", source(), { chunkSize: CHUNK }));
    expect(error.code).toBe("DISCONNECTED");
    expect(error.message).not.toContain("may be left");
    expect((await store.status()).stream.state.messages).toBe(2);
    expect(await (await store.get("it")).text()).toBe("old");
  });
});

test("[OBJ-03] a put whose last answer is lost with the link is told as it is", async () => {
  await behindProxy(async (store, proxy, nc) => {
    let isCut = false;
    proxy.garble((chunk, direction) => {
      // The message that tells of the object is on its way: its answer gets lost.
      if (direction === "up" && !isCut && chunk.includes(`HPUB $O.${store.name}.M.`)) {
        isCut = true;
        setImmediate(() => proxy.cut());
      }
      return chunk;
    });
    await nc.flush();
    const info = await store.put("it", "new", { revision: 0 });
    expect(isCut).toBe(true);
    expect(await (await store.get("it")).text()).toBe("new");
    expect((await store.info("it"))?.nuid).toBe(info.nuid);
  });
});

test("[OBJ-03] a put that has stored all outlives a link that is lost before it tells of that", async () => {
  await behindProxy(async (store, proxy) => {
    let isCut = false;
    proxy.garble((chunk, direction) => {
      if (direction === "up" && !isCut && chunk.includes("STREAM.MSG.GET")) {
        isCut = true;
        setImmediate(() => proxy.cut());
        return Buffer.alloc(0);
      }
      return chunk;
    });
    await store.put("it", "new");
    expect(isCut).toBe(true);
    expect(await (await store.get("it")).text()).toBe("new");
  });
});

test("[OBJ-03] a put whose last chunk goes astray is told as failed", async () => {
  await behindProxy(async (store, proxy) => {
    let isAstray = false;
    proxy.garble((chunk, direction) => {
      const text = chunk.toString("latin1");
      if (direction !== "up" || !text.includes(`PUB $O.${store.name}.C.`)) return chunk;
      isAstray = true;
      return Buffer.from(text.replace(`PUB $O.${store.name}.C.`, `PUB $X.${store.name}.C.`), "latin1");
    });
    await failure(store.put("it", "x"));
    expect(isAstray).toBe(true);
    expect(await store.info("it")).toBeUndefined();
    expect((await store.status()).stream.state.messages).toBe(0);
  });
});

test("[OBJ-03] what it replaced is told if it can't be removed", async () => {
  await behindProxy(async (store, proxy, nc) => {
    await store.put("it", "old");
    proxy.garble((chunk, direction) =>
      direction === "up" && chunk.includes("STREAM.PURGE")
        ? Buffer.from(chunk.toString("latin1").replaceAll("STREAM.PURGE", "STREAM.PURGX"), "latin1")
        : chunk,
    );
    const told = nc.once("error");
    await store.put("it", "new", { timeout: 200 });
    expect((await told).error.message).toContain('chunks of the former object "it" may be left');
  });
});

test("[OBJ-12] a rename outlives a link that is lost with any of its answers", async () => {
  await behindProxy(async (store, proxy) => {
    for (const at of [1, 2]) {
      await store.put("old", "x");
      let writes = 0;
      proxy.garble((chunk, direction) => {
        if (direction === "up" && chunk.includes(`HPUB $O.${store.name}.M.`) && ++writes === at)
          setImmediate(() => proxy.cut());
        return chunk;
      });
      await store.update("old", { name: `new${at}` });
      expect(writes).toBeGreaterThan(at);
      expect(await (await store.get(`new${at}`)).text()).toBe("x");
      expect(await store.info("old", { deleted: true })).toBeUndefined();
      proxy.garble((chunk) => chunk);
    }
  });
});

test("[OBJ-03] a put by a slow link takes longer than its timeout, if something is stored all the time", async () => {
  await behindProxy(async (store, proxy) => {
    const bytes = randomBytes(2_000_000);
    await inTime(500, async (timeout) => {
      // The proxy holds 64 KiB at a time, each for so long: all of it takes three times as long as nothing may be stored.
      proxy.delay(timeout / 10);
      const { size } = await store.put("it", bytes, { chunkSize: 16_384, timeout });
      expect(size).toBe(bytes.length);
    });
  });
});

test("[OBJ-03] a put ends by its timeout if nothing is stored for so long", async () => {
  await behindProxy(async (store, proxy) => {
    await inTime(200, async (timeout) => {
      let stored = 0;
      const onProgress = (progress: { readonly bytes: number }): void => {
        stored = progress.bytes;
        if (stored > 50 * CHUNK) proxy.stall();
      };
      const options = { chunkSize: CHUNK, window: 10 * CHUNK, timeout, onProgress };
      const error = await failure(store.put("it", randomBytes(200 * CHUNK), options));
      proxy.resume();
      if (stored <= 50 * CHUNK) throw error;
      expect(error).toMatchObject({ code: "TIMEOUT", elapsed: timeout });
    });
  });
});
