import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { objectStore, type ObjectStore, type StoreConfig } from "../../src/object-store/index.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

const KIBI = 1024;

async function newStore(config: StoreConfig = {}): Promise<ObjectStore> {
  return await objectStore(access.nc).create(unique("failing"), { storage: "memory", ...config });
}

/** How many messages the store has: of each object its chunks, and one that tells of it. */
async function messagesIn(store: ObjectStore): Promise<number> {
  return (await store.status()).stream.state.messages;
}

/** Ends with what it throws after some pieces. */
async function* failing(pieces: number, thrown: unknown): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < pieces; i++) yield randomBytes(KIBI);
  throw thrown;
}

describe("a put that fails", () => {
  it("[OBJ-03] because its source does leaves nothing, rejects with what that throws, and the old object is whole", async () => {
    const store = await newStore();
    await store.put("it", "old");
    const reason = new Error("the disk is gone");
    await expect(store.put("it", failing(20, reason), { chunkSize: KIBI })).rejects.toBe(reason);
    await expect(store.put("new", failing(20, "a text"), { chunkSize: KIBI })).rejects.toBe("a text");
    expect(await messagesIn(store)).toBe(2);
    expect(await (await store.get("it")).text()).toBe("old");
  });

  it("[OBJ-03] because onProgress does", async () => {
    const store = await newStore();
    const reason = new Error("enough");
    const onProgress = (): void => {
      throw reason;
    };
    await expect(store.put("it", randomBytes(KIBI), { chunkSize: 100, onProgress })).rejects.toBe(reason);
    expect(await messagesIn(store)).toBe(0);
  });

  it("[OBJ-03] by a signal: at once, while the source waits, between chunks", async () => {
    const store = await newStore();
    const early = await failure(store.put("it", "x", { signal: AbortSignal.abort("why") }));
    expect(early).toMatchObject({ code: "ABORTED", cause: "why" });
    const controller = new AbortController();
    let isClosed = false;
    async function* stuck(): AsyncGenerator<Uint8Array> {
      try {
        yield randomBytes(10 * KIBI);
        controller.abort();
        yield await new Promise<Uint8Array>((resolve) => setTimeout(() => resolve(new Uint8Array(1)), 50));
      } finally {
        isClosed = true;
      }
    }
    const error = await failure(store.put("it", stuck(), { chunkSize: KIBI, signal: controller.signal }));
    expect(error.code).toBe("ABORTED");
    await expect.poll(() => isClosed).toBe(true);
    const later = new AbortController();
    const onProgress = (): void => later.abort();
    const bytes = randomBytes(100 * KIBI);
    const options = { chunkSize: KIBI, window: 2 * KIBI, signal: later.signal, onProgress };
    expect((await failure(store.put("it", bytes, options))).code).toBe("ABORTED");
    expect(await messagesIn(store)).toBe(0);
  });

  it("[OBJ-03] cancels a stream that it read", async () => {
    const store = await newStore();
    let reason: unknown;
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue("no bytes" as never),
      cancel: (given) => void (reason = given),
    });
    const error = await failure(store.put("it", source));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "source" });
    expect(reason).toBe(error);
  });

  it("[OBJ-03] because the store is full", async () => {
    const store = await newStore({ maxBytes: 100 * KIBI });
    await store.put("it", "old");
    const error = await failure(store.put("it", randomBytes(200 * KIBI), { chunkSize: 10 * KIBI }));
    expect(error.code).toBe("STREAM_FULL");
    expect(await messagesIn(store)).toBe(2);
    expect(await (await store.get("it")).text()).toBe("old");
  });

  it("[OBJ-03] because the link is lost", async () => {
    const store = await newStore();
    const nc = await connect({ servers: access.url });
    const other = await objectStore(nc).get(store.name);
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 50; i++) yield randomBytes(KIBI);
      void nc.reconnect().catch(() => undefined);
      // A move keeps what is on its way: it is the connection that ends here.
      await nc.close();
      yield randomBytes(KIBI);
    }
    const error = await failure(other.put("it", source(), { chunkSize: KIBI }));
    expect(["CONNECTION_CLOSED", "DISCONNECTED"]).toContain(error.code);
    // It can't remove what it has stored: it says so.
    expect(error.message).toContain("may be left");
    expect(await store.info("it")).toBeUndefined();
  });

  it("[OBJ-03] because the store is not there, or is sealed", async () => {
    const store = await newStore();
    await store.seal();
    const error = await failure(store.put("it", "x"));
    expect(error).toMatchObject({ code: "STORE_SEALED", store: store.name });
    await objectStore(access.nc).delete(store.name);
    const missing = await failure(store.put("it", "x"));
    expect(missing).toMatchObject({ code: "STORE_NOT_FOUND", store: store.name });
  });

  it.each([
    [{ chunkSize: 0 }, "chunkSize"],
    [{ chunkSize: 2 ** 40 }, "chunkSize"],
    [{ window: -1 }, "window"],
    [{ revision: -1 }, "revision"],
    [{ description: 5 }, "description"],
    [{ metadata: { a: 1 } }, "metadata.a"],
    [{ headers: 5 }, "headers"],
    [{ previousRevision: 1 }, "previousRevision"],
  ])("[OBJ-05] that is asked for in a wrong way sends nothing: %j", async (options, argument) => {
    const store = await newStore();
    const error = await failure(store.put("it", "x", options as never));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument });
    expect(await messagesIn(store)).toBe(0);
  });

  it.each([5, null, undefined, {}, ["a"]])("[OBJ-03] of %j, which is no source", async (source) => {
    const store = await newStore();
    expect(await failure(store.put("it", source as never))).toMatchObject({ argument: "source" });
    const locked = new Blob(["x"]).stream();
    locked.getReader();
    expect(await failure(store.put("it", locked))).toMatchObject({ argument: "source" });
  });
});

describe("puts of one name", () => {
  it("[OBJ-06] at once leave the chunks of the last one alone", async () => {
    const store = await newStore();
    const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(1000));
    const infos = await Promise.all(texts.map((text) => store.put("it", text, { chunkSize: 100 })));
    const text = await (await store.get("it")).text();
    expect(texts).toContain(text);
    expect(new Set(infos.map(({ revision }) => revision)).size).toBe(8);
    expect(await messagesIn(store)).toBe(11);
  });

  it("[OBJ-03] with a revision are refused if another one was quicker", async () => {
    const store = await newStore();
    const first = await store.put("it", "one", { revision: 0 });
    expect((await failure(store.put("it", "x", { revision: 0 }))).code).toBe("OBJECT_CHANGED");
    const second = await store.put("it", "two", { revision: first.revision });
    const error = await failure(store.put("it", "x", { revision: first.revision }));
    expect(error).toMatchObject({ code: "OBJECT_CHANGED", store: store.name, object: "it" });
    await store.delete("it");
    await store.put("it", "three", { revision: 0 });
    expect(second.revision).toBeGreaterThan(first.revision);
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      await store.put("it", "four");
    }
    const { revision } = (await store.info("it"))!;
    expect((await failure(store.put("it", slow(), { revision }))).code).toBe("OBJECT_CHANGED");
    expect(await (await store.get("it")).text()).toBe("four");
    expect(await messagesIn(store)).toBe(2);
  });
});
