import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { objectStore, type ObjectStore, type StoreConfig } from "../../src/object-store/index.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
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

  it("[OBJ-03] because an async onProgress rejects, which ends a get too", async () => {
    const store = await newStore();
    const reason = new Error("enough");
    const onProgress = async (): Promise<void> => {
      throw reason;
    };
    const bytes = randomBytes(20 * KIBI);
    const options = { chunkSize: KIBI, window: KIBI, onProgress };
    await expect(store.put("it", bytes, options)).rejects.toBe(reason);
    expect(await messagesIn(store)).toBe(0);
    await store.put("it", bytes, { chunkSize: KIBI });
    // oxlint-disable-next-line typescript/no-misused-promises -- applications do
    const read = await store.get("it", { onProgress });
    await expect(read.bytes()).rejects.toBe(reason);
  });

  it("[OBJ-03] because its file is not there: the put alone hears of that", async () => {
    const store = await newStore();
    await store.put("it", "old");
    const missing = join(tmpdir(), "natspeed has no such file");
    for (const options of [{}, { revision: 0 }]) {
      const put = store.put("new", createReadStream(missing), options);
      await expect(put).rejects.toMatchObject({ code: "ENOENT" });
    }
    // It is refused before it is read.
    const late = await failure(store.put("it", createReadStream(missing), { revision: 0 }));
    expect(late.code).toBe("OBJECT_CHANGED");
    expect(await messagesIn(store)).toBe(2);
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

  it("[OBJ-03] by a signal, though the source always has something, which is nothing", async () => {
    const store = await newStore();
    const nothing = new Uint8Array();
    async function* endless(): AsyncGenerator<Uint8Array> {
      // An end all the same: a put that lets no timer run would hold up all other tests.
      for (let i = 0; i < 3_000_000; i++) yield nothing;
    }
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const error = await failure(store.put("it", endless(), { signal: controller.signal }));
    expect(error.code).toBe("ABORTED");
  });

  it.each(["close", "drain"] as const)(
    "[OBJ-03] when its connection ends while the source waits: %s",
    async (end) => {
      const store = await newStore();
      const nc = await connect({ servers: access.url });
      const gate = new Gate();
      async function* waiting(): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(10);
        gate.open();
        await new Promise(() => undefined);
      }
      const put = failure(objectStore(nc).bind(store.name).put("it", waiting()));
      await gate.opened;
      await nc[end]();
      expect(await put).toMatchObject({ code: "CONNECTION_CLOSED" });
      const late = objectStore(nc).bind(store.name).put("it", waiting());
      expect(await failure(late)).toMatchObject({ code: "CONNECTION_CLOSED" });
    },
  );

  it("[OBJ-03] because the store is sealed meanwhile, and says that its chunks are left", async () => {
    const store = await newStore();
    async function* sealing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(2 * KIBI);
      await expect.poll(() => messagesIn(store)).toBeGreaterThan(0);
      await store.seal();
      yield new Uint8Array(2 * KIBI);
    }
    const error = await failure(store.put("it", sealing(), { chunkSize: KIBI }));
    expect(error).toMatchObject({ code: "STORE_SEALED", store: store.name, object: "it" });
    expect(error.message).toContain("may be left");
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

  it("[OBJ-03] asks anew for the removal of its chunks, if nobody answers at first: a leader that steps down does not", async () => {
    const store = await newStore();
    const apiPrefix = unique("RELAY.API");
    let purges = 0;
    access.nc.subscribe(`${apiPrefix}.>`, {
      callback: async (m) => {
        const subject = m.subject.replace(apiPrefix, "$JS.API");
        if (subject.includes(".PURGE.") && ++purges === 1) return;
        m.respond((await access.nc.request(subject, m.data)).data);
      },
    });
    const relayed = await objectStore(access.nc, { apiPrefix }).get(store.name);
    const reason = new Error("the disk is gone");
    await expect(relayed.put("it", failing(20, reason), { chunkSize: KIBI })).rejects.toBe(reason);
    expect(purges).toBe(2);
    expect(await messagesIn(store)).toBe(0);
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

  it("[OBJ-03] of what is no source, with what to make of it", async () => {
    const store = await newStore();
    const refused = async (source: unknown): Promise<string> =>
      String(await failure(store.put("it", source as never)));
    expect(await refused(new Uint16Array(2))).toContain("not a Uint16Array: use new Uint8Array(value.buffer");
    expect(await refused({ a: 1 })).toContain("not an object: use JSON.stringify(value)");
    expect(await refused(Promise.resolve("x"))).toContain("not a promise: forgot await?");
    expect(await refused(undefined)).toContain("not undefined");
  });

  it.each([5, null, undefined, {}, ["a"]])("[OBJ-03] of %j, which is no source", async (source) => {
    const store = await newStore();
    expect(await failure(store.put("it", source as never))).toMatchObject({ argument: "source" });
    const locked = new Blob(["x"]).stream();
    locked.getReader();
    expect(await failure(store.put("it", locked))).toMatchObject({ argument: "source" });
  });
});

it.each([
  ["a promise", Promise.resolve("x"), "forgot await?"],
  ["an ArrayBuffer", new ArrayBuffer(2), "new Uint8Array(value)"],
  ["a Response", new Response("x"), "put its body"],
  ["bytes that were transferred", transferred(), "put it before, or a copy"],
])("[OBJ-03] a put of %s says what to do", async (_, source, hint) => {
  const store = await newStore();
  expect((await failure(store.put("it", source as never))).message).toContain(hint);
});

/** Bytes that somebody else has now. */
function transferred(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}

/** What a loop over it gets each time is this. */
const giving = (result: unknown): AsyncIterable<Uint8Array> =>
  ({ [Symbol.asyncIterator]: () => ({ next: async () => result }) }) as never;

describe("a source that gives", () => {
  it.each([
    ["a number in place of a result", giving(5), "{ done, value }"],
    ["nothing in place of a result", giving(undefined), "{ done, value }"],
    ["null in place of a result", giving(null), "{ done, value }"],
    ["no bytes", giving({ value: 5 }), "Uint8Arrays, not 5"],
    ["nothing, and is not at its end", giving({}), "Uint8Arrays, not undefined"],
    ["text", giving({ value: "a secret" }), "not text: encode it"],
    ["bytes that were transferred", giving({ value: transferred() }), "memory is gone"],
    ["no iterator", { [Symbol.asyncIterator]: () => undefined }, "next()"],
    ["no reader that reads", { getReader: () => ({ read: async () => 5 }) }, "{ done, value }"],
  ])("[OBJ-03] %s is told as such, and leaves nothing", async (_, source, text) => {
    const store = await newStore();
    const error = await failure(store.put("it", source as never));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "source" });
    expect(error.message).toContain(text);
    expect(error.message).not.toContain("secret");
    expect(await messagesIn(store)).toBe(0);
  });

  it("[OBJ-03] no bytes is told with the line that put it", async () => {
    const store = await newStore();
    let stack: string | undefined;
    try {
      await store.put("it", giving(5));
    } catch (thrown) {
      ({ stack } = thrown as Error);
    }
    expect(stack).toContain("failed-puts.test.ts");
  });

  it("[OBJ-03] anything but true for its end is read as a loop does", async () => {
    const store = await newStore();
    expect(await store.put("it", giving({ done: 1, value: "x" }))).toMatchObject({ size: 0 });
  });
});

describe("puts of one name", () => {
  it("[OBJ-06] by a hundred at once are all done, one after another", async () => {
    const store = await newStore();
    const infos = await Promise.all(Array.from({ length: 100 }, (_, i) => store.put("it", `${i}`)));
    const revisions = infos.map(({ revision }) => revision);
    expect(new Set(revisions).size).toBe(100);
    const last = infos.find(({ revision }) => revision === Math.max(...revisions))!;
    expect((await store.info("it"))?.nuid).toBe(last.nuid);
    expect(await messagesIn(store)).toBe(2);
  });

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
