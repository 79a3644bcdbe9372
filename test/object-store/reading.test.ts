import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { connect, type Message } from "../../src/index.ts";
import { type ObjectInfo, objectStore, type ObjectStore } from "../../src/object-store/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

async function newStore(): Promise<ObjectStore> {
  return await objectStore(access.nc).create(unique("read"), { storage: "memory" });
}

const CHUNK = 100;

/** A store with an object of 10.5 chunks. */
async function stored(): Promise<{ store: ObjectStore; bytes: Buffer; info: ObjectInfo }> {
  const store = await newStore();
  const bytes = randomBytes(10.5 * CHUNK);
  const info = await store.put("it", bytes, { chunkSize: CHUNK });
  return { store, bytes, info };
}

function subjectOf(name: string, store: ObjectStore): string {
  return `$O.${store.name}.M.${Buffer.from(name).toString("base64").replaceAll("+", "-").replaceAll("/", "_")}`;
}

/** Writes what another client could have written. */
async function write(store: ObjectStore, name: string, meta: object): Promise<void> {
  await access.js.publish(subjectOf(name, store), JSON.stringify({ name, bucket: store.name, ...meta }), {
    rollup: "subject",
  });
}

describe("a part", () => {
  it.each([
    [0, 0],
    [0, 1],
    [0, 100],
    [99, 101],
    [100, 200],
    [250, 251],
    [250, 777],
    [999, 1050],
    [1000, 1050],
    [1049, 1050],
    [1050, 1050],
    [300, undefined],
    [300, 5000],
  ])("[OBJ-19] from %i to %s has just these bytes", async (start, end) => {
    const { store, bytes } = await stored();
    const range = end === undefined ? { start } : { start, end };
    const object = await store.get("it", { range });
    const read = Buffer.from(await object.bytes());
    expect(read.equals(bytes.subarray(start, end))).toBe(true);
    expect(object.size).toBe(read.length);
  });

  it("[OBJ-19] is found where other messages lie between, and where chunks differ in size", async () => {
    const store = await newStore();
    async function* mixed(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 10; i++) {
        yield new Uint8Array(CHUNK).fill(i);
        await store.put("other", "x");
      }
    }
    await store.put("it", mixed(), { chunkSize: CHUNK, window: 1 });
    const { info } = await store.get("it");
    expect(info.chunks).toBe(10);
    const read = await (await store.get("it", { range: { start: 550, end: 650 } })).bytes();
    expect([...read]).toEqual([...new Uint8Array(50).fill(5), ...new Uint8Array(50).fill(6)]);
    // As nats.go writes what comes in short reads.
    const parts = ["ab", "cdef", "g", "hijk"];
    for (const part of parts) await access.js.publish(`$O.${store.name}.C.SHORT`, part);
    await write(store, "short", { nuid: "SHORT", size: 11, chunks: 4, options: { max_chunk_size: 4 } });
    expect(await (await store.get("short", { range: { start: 5, end: 8 } })).text()).toBe("fgh");
    expect(await (await store.get("short")).text()).toBe("abcdefghijk");
  });

  it("[OBJ-19] is refused if it begins behind the end, or ends before it begins", async () => {
    const { store } = await stored();
    const behind = await failure(store.get("it", { range: { start: 1051 } }));
    expect(behind).toMatchObject({ code: "INVALID_OPTION", argument: "range.start" });
    const reversed = await failure(store.get("it", { range: { start: 5, end: 4 } }));
    expect(reversed).toMatchObject({ code: "INVALID_OPTION", argument: "range" });
    expect((await failure(store.get("it", { range: { start: 0.5 } }))).code).toBe("INVALID_OPTION");
  });

  it("[OBJ-19] goes on after an interruption, with the same bytes only", async () => {
    const { store, bytes, info } = await stored();
    const received: Uint8Array[] = [];
    for await (const chunk of await store.get("it")) if (received.push(chunk) === 4) break;
    const start = Buffer.concat(received).length;
    const rest = await (await store.get("it", { range: { start }, nuid: info.nuid })).bytes();
    expect(Buffer.concat([...received, rest]).equals(bytes)).toBe(true);
    await store.put("it", "another");
    const error = await failure(store.get("it", { range: { start }, nuid: info.nuid }));
    expect(error).toMatchObject({ code: "OBJECT_CHANGED", object: "it" });
  });
});

describe("a get that nobody reads any more", () => {
  it("[OBJ-07] leaves nothing at the server once its signal has aborted", async () => {
    const { store } = await stored();
    const aborter = new AbortController();
    const reading = (await store.get("it", { signal: aborter.signal }))[Symbol.asyncIterator]();
    await reading.next();
    const consumers = (): Promise<string[]> => access.js.consumers.names(`OBJ_${store.name}`).toArray();
    expect(await consumers()).toHaveLength(1);
    aborter.abort();
    await eventually(async () => expect(await consumers()).toEqual([]));
    expect((await failure(reading.next())).code).toBe("ABORTED");
  });
});

describe("what is not what was put", () => {
  it("[OBJ-04] has another digest: it fails at its end", async () => {
    const { store, info } = await stored();
    await write(store, "it", { ...wire(info), digest: digestOf(Buffer.from("other")) });
    const error = await failure((await store.get("it")).bytes());
    expect(error).toMatchObject({ code: "OBJECT_CORRUPT", store: store.name, object: "it" });
    await write(store, "it", { ...wire(info), digest: "MD5=abc" });
    expect((await failure((await store.get("it")).bytes())).message).toContain("no SHA-256");
  });

  it("[OBJ-07] lacks chunks: that is looked after once, and once again", async () => {
    const { store, info } = await stored();
    const stream = access.js.streams.bind(`OBJ_${store.name}`);
    await stream.purge({ filter: `$O.${store.name}.C.${info.nuid}`, keep: 4 });
    let asked = 0;
    const listening = access.nc.subscribe(`$JS.API.STREAM.INFO.OBJ_${store.name}`, {
      callback: () => void asked++,
    });
    const error = await failure((await store.get("it")).bytes());
    expect(error).toMatchObject({ code: "OBJECT_CORRUPT", object: "it" });
    await access.nc.flush();
    listening.unsubscribe();
    expect(asked).toBe(2);
  });

  it("[OBJ-17] is told to have chunks larger than itself: it is asked for at once all the same", async () => {
    const { store, bytes, info } = await stored();
    const absurd = { ...wire(info), options: { max_chunk_size: Number.MAX_SAFE_INTEGER } };
    await write(store, "it", absurd);
    let pulls = 0;
    const listening = access.nc.subscribe(`$JS.API.CONSUMER.MSG.NEXT.OBJ_${store.name}.>`, {
      callback: () => void pulls++,
    });
    expect(bytes.equals(await (await store.get("it")).bytes())).toBe(true);
    await access.nc.flush();
    listening.unsubscribe();
    expect(pulls).toBe(1);
  });

  it("[OBJ-07] lacks a chunk: the first, the last, or one between, or all", async () => {
    for (const lost of [[0], [10], [5], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]) {
      const { store } = await stored();
      const stream = access.js.streams.bind(`OBJ_${store.name}`);
      for (const index of lost) await stream.deleteMessage(index + 1);
      const error = await failure((await store.get("it")).bytes());
      expect(error.code).toBe("OBJECT_CORRUPT");
    }
  });

  it("[OBJ-19] lacks a chunk before or within the part that is read", async () => {
    for (const lost of [0, 2]) {
      const { store } = await stored();
      await access.js.streams.bind(`OBJ_${store.name}`).deleteMessage(lost + 1);
      const object = await store.get("it", { range: { start: 10, end: 5 * CHUNK } });
      expect((await failure(object.bytes())).code).toBe("OBJECT_CORRUPT");
    }
  });

  it.each([
    ["with the first of its chunks passed over", 1],
    ["with all of them", 20],
  ])(
    "[OBJ-19] loses a chunk while a part is read, %s: what was handed out is right",
    async (_, chunkSize) => {
      const store = await newStore();
      const bytes = randomBytes(2500 * chunkSize);
      await store.put("it", bytes, { chunkSize });
      const received: Uint8Array[] = [];
      const read = async (): Promise<void> => {
        for await (const chunk of await store.get("it", { range: { start: 10 } }))
          if (received.push(chunk) === 1)
            await access.js.streams.bind(`OBJ_${store.name}`).deleteMessage(2400);
      };
      expect((await failure(read())).code).toBe("OBJECT_CORRUPT");
      const all = Buffer.concat(received);
      expect(all.equals(bytes.subarray(10, 10 + all.length))).toBe(true);
    },
  );

  it("[OBJ-19] has a chunk of another size, so that a part would be other bytes", async () => {
    const store = await newStore();
    for (const part of ["abc", "def", "gh", "jkl", "mno"])
      await access.js.publish(`$O.${store.name}.C.UNEVEN`, part);
    await write(store, "it", { nuid: "UNEVEN", size: 15, chunks: 5, options: { max_chunk_size: 3 } });
    expect((await failure((await store.get("it", { range: { start: 4, end: 11 } })).text())).code).toBe(
      "OBJECT_CORRUPT",
    );
    expect(await (await store.get("it", { range: { start: 10 } })).text()).toBe("klmno");
  });

  it("[OBJ-19] has more chunks than it says, or another one, where a part is read", async () => {
    const store = await newStore();
    for (const part of ["one", "two"]) await access.js.publish(`$O.${store.name}.C.MORE`, part);
    await write(store, "single", { nuid: "MORE", size: 6, chunks: 1 });
    await write(store, "several", { nuid: "MORE", size: 600_000, chunks: 1 });
    // Too large to be read without a consumer.
    await access.js.publish(`$O.${store.name}.C.ONE`, "one");
    await write(store, "shorter", { nuid: "ONE", size: 600_000, chunks: 1 });
    for (const name of ["single", "several", "shorter"]) {
      const object = await store.get(name, { range: { end: 2 } });
      expect((await failure(object.bytes())).code).toBe("OBJECT_CORRUPT");
    }
  });

  it("[OBJ-08] says that it has more bytes than fit into an array", async () => {
    const store = await newStore();
    await write(store, "vast", { nuid: "VAST", size: 2 ** 52, chunks: 3 });
    const error = await failure((await store.get("vast")).bytes());
    expect(error).toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringContaining("vast") as string,
    });
  });

  it("[OBJ-07] is whole: a connection that is closed, or drains, while it is read is told as that", async () => {
    const { store, bytes } = await stored();
    await store.put("long", Buffer.concat(Array.from({ length: 1000 }, () => bytes)), { chunkSize: CHUNK });
    for (const [end, code] of [
      ["close", "CONNECTION_CLOSED"],
      ["drain", "CONNECTION_DRAINING"],
    ] as const) {
      const nc = await connect({ servers: access.url });
      const object = await (await objectStore(nc).get(store.name)).get("long");
      let ended: Promise<unknown> | undefined;
      const read = async (): Promise<void> => {
        for await (const _ of object) ended ??= nc[end]();
      };
      expect((await failure(read())).code).toBe(code);
      await ended;
    }
  });

  it("[OBJ-07] has one chunk, which is lost", async () => {
    const store = await newStore();
    await store.put("it", "x");
    await access.js.streams.bind(`OBJ_${store.name}`).deleteMessage(1);
    expect((await failure((await store.get("it")).bytes())).code).toBe("OBJECT_CORRUPT");
  });

  it("[OBJ-07] has its chunks in another order, or more of them than it says", async () => {
    const store = await newStore();
    const digest = digestOf(Buffer.from("onetwo"));
    for (const part of ["two", "one"]) await access.js.publish(`$O.${store.name}.C.SWAPPED`, part);
    await write(store, "swapped", { nuid: "SWAPPED", size: 6, chunks: 2, digest });
    expect((await failure((await store.get("swapped")).text())).code).toBe("OBJECT_CORRUPT");
    await write(store, "longer", { nuid: "SWAPPED", size: 4, chunks: 2, digest });
    expect((await failure((await store.get("longer")).text())).code).toBe("OBJECT_CORRUPT");
    await write(store, "shorter", { nuid: "SWAPPED", size: 7, chunks: 2, digest });
    expect((await failure((await store.get("shorter")).text())).code).toBe("OBJECT_CORRUPT");
  });

  it("[OBJ-07] is told of in a way that can't be read, or would read the chunks of others", async () => {
    const store = await newStore();
    await store.put("other", "x");
    await access.js.publish(subjectOf("it", store), "no JSON");
    expect((await failure(store.get("it"))).code).toBe("OBJECT_CORRUPT");
    expect((await failure(store.info("it"))).code).toBe("OBJECT_CORRUPT");
    for (const nuid of [">", "*", "", undefined, 5, "a b"]) {
      await write(store, "it", { nuid, size: 1, chunks: 1 });
      expect((await failure((await store.get("it")).text())).code).toBe("OBJECT_CORRUPT");
      await store.put("it", "y");
      expect(await (await store.get("other")).text()).toBe("x");
    }
    await access.js.publish(subjectOf("it", store), "no JSON");
    await store.delete("it");
    expect(await (await store.get("other")).text()).toBe("x");
  });

  it("[OBJ-07] is replaced, deleted or renamed while it is read", async () => {
    for (const change of ["put", "delete"] as const) {
      const store = await newStore();
      await store.put("it", randomBytes(16_000_000), { chunkSize: 500_000 });
      const reading = (await store.get("it"))[Symbol.asyncIterator]();
      await reading.next();
      await (change === "put" ? store.put("it", "new") : store.delete("it"));
      const read = async (): Promise<void> => {
        for await (const _ of reading);
      };
      expect((await failure(read())).code).toBe("OBJECT_CHANGED");
    }
    const store = await newStore();
    const bytes = randomBytes(16_000_000);
    await store.put("it", bytes, { chunkSize: 500_000 });
    const chunks: Uint8Array[] = [];
    for await (const chunk of await store.get("it"))
      if (chunks.push(chunk) === 1) await store.update("it", { name: "new" });
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  it("[OBJ-07] [OBJ-08] was replaced, though a leader of before still answers: it is not told as corrupt", async () => {
    const { store } = await stored();
    const apiPrefix = unique("STALE.API");
    let known: Message | undefined;
    let isStale = false;
    let staleAnswers = 0;
    access.nc.subscribe(`${apiPrefix}.>`, {
      callback: async (m) => {
        const subject = m.subject.replace(apiPrefix, "$JS.API");
        if (!subject.includes("MSG.GET")) access.nc.publish(subject, m.data, { reply: m.reply! });
        else if (isStale && staleAnswers++ === 0) m.respond(known!.data);
        else {
          known = await access.nc.request(subject, m.data);
          m.respond(known.data);
        }
      },
    });
    const relayed = await objectStore(access.nc, { apiPrefix }).get(store.name);
    const object = await relayed.get("it");
    // The leader of before is asked once, so that its answer is known.
    await relayed.info("it");
    await store.put("it", "another");
    isStale = true;
    expect((await failure(object.bytes())).code).toBe("OBJECT_CHANGED");
    expect(staleAnswers).toBeGreaterThan(1);
  });
});

describe("a read", () => {
  it("[OBJ-07] ends by its signal, and again when it is asked again", async () => {
    const { store } = await stored();
    const controller = new AbortController();
    const reading = (await store.get("it", { signal: controller.signal }))[Symbol.asyncIterator]();
    await reading.next();
    controller.abort("why");
    expect(await failure(reading.next())).toMatchObject({ code: "ABORTED", cause: "why" });
    expect((await failure(reading.next())).code).toBe("ABORTED");
    expect((await failure(store.get("it", { signal: AbortSignal.abort() }))).code).toBe("ABORTED");
  });

  it("[OBJ-07] that onProgress ends fails with what it throws", async () => {
    const { store } = await stored();
    const reason = new Error("enough");
    const object = await store.get("it", {
      onProgress() {
        throw reason;
      },
    });
    await expect(object.bytes()).rejects.toBe(reason);
  });

  it("[OBJ-07] that is left, cancelled or disposed of leaves no consumer", async () => {
    const { store } = await stored();
    for await (const _ of await store.get("it")) break;
    await (await store.get("it")).readable.cancel();
    const stream = (await store.get("it")).readable.getReader();
    await stream.read();
    await stream.cancel();
    const object = await store.get("it");
    const reading = object[Symbol.asyncIterator]();
    await reading.next();
    await object[Symbol.asyncDispose]();
    expect(await reading.next()).toEqual({ done: true, value: undefined });
    await (await store.get("it")).bytes();
    await expect.poll(async () => (await store.status()).stream.state.consumerCount).toBe(0);
  });

  it("[OBJ-07] holds no more than its window while its reader takes nothing", async () => {
    const store = await newStore();
    await store.put("it", randomBytes(24_000_000), { chunkSize: 100_000 });
    const before = access.nc.stats().inBytes;
    const reading = (await store.get("it"))[Symbol.asyncIterator]();
    await reading.next();
    await access.nc.flush();
    await access.nc.flush();
    expect(access.nc.stats().inBytes - before).toBeLessThan(12_000_000);
    await reading.return();
  });

  it("[OBJ-07] asks for chunks by their number, for of pulls with a limit in bytes one is open at a time", async () => {
    const { store, bytes } = await stored();
    const pulls: unknown[] = [];
    const subject = `$JS.API.CONSUMER.MSG.NEXT.OBJ_${store.name}.>`;
    const listening = access.nc.subscribe(subject, { callback: (m) => void pulls.push(m.json()) });
    await access.nc.flush();
    expect(bytes.equals(await (await store.get("it")).bytes())).toBe(true);
    listening.unsubscribe();
    expect(pulls.length).toBeGreaterThan(0);
    for (const pull of pulls) expect(pull).not.toHaveProperty("max_bytes");
    expect(pulls[0]).toMatchObject({ batch: 11 });
  });

  it("[OBJ-07] may be asked for several chunks at once", async () => {
    const { store, bytes } = await stored();
    const reading = (await store.get("it"))[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 12 }, () => reading.next()));
    expect(Buffer.concat(results.flatMap(({ value }) => value ?? [])).equals(bytes)).toBe(true);
    expect(results.at(-1)?.done).toBe(true);
  });
});

describe("what other clients wrote", () => {
  it.each([
    ["sha-256=", "base64url"],
    ["SHA-256=", "base64"],
    ["Sha-256=", "base64url"],
  ] as const)("[OBJ-04] has the digest %s%s", async (algorithm, encoding) => {
    const { store, bytes, info } = await stored();
    const digest = algorithm + createHash("sha256").update(bytes).digest(encoding);
    await write(store, "it", { ...wire(info), digest });
    expect(Buffer.from(await (await store.get("it")).bytes()).equals(bytes)).toBe(true);
  });

  it("[OBJ-17] has no digest, a time that means nothing, or fields that are not known", async () => {
    const { store, bytes, info } = await stored();
    const { digest: _, ...rest } = wire(info);
    await write(store, "it", {
      ...rest,
      mtime: "0001-01-01T00:00:00Z",
      newer: { a: 1 },
      headers: { a: ["b", "c"] },
    });
    const object = await store.get("it");
    expect(object.info.modified.getTime()).toBeGreaterThan(Date.parse("2020-01-01"));
    expect(object.info.headers?.getAll("a")).toEqual(["b", "c"]);
    expect(Buffer.from(await object.bytes()).equals(bytes)).toBe(true);
    await store.update("it", { description: "changed" });
    const stream = access.js.streams.bind(`OBJ_${store.name}`);
    const message = await stream.get({ lastBySubject: subjectOf("it", store) });
    expect(message?.json()).toMatchObject({
      newer: { a: 1 },
      description: "changed",
      headers: { a: ["b", "c"] },
    });
  });

  it("[OBJ-17] is written as they write it", async () => {
    const store = await newStore();
    const { nuid, digest } = await store.put("a b", "x", {
      description: "d",
      metadata: { k: "v" },
      headers: { h: "1" },
    });
    const message = await access.js.streams
      .bind(`OBJ_${store.name}`)
      .get({ lastBySubject: `$O.${store.name}.M.YSBi` });
    expect(message?.headers?.get("Nats-Rollup")).toBe("sub");
    expect(message?.json()).toEqual({
      name: "a b",
      description: "d",
      headers: { h: ["1"] },
      metadata: { k: "v" },
      options: { max_chunk_size: 131_072 },
      bucket: store.name,
      nuid,
      size: 1,
      mtime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      chunks: 1,
      digest,
    });
    expect(digest).toBe(digestOf(Buffer.from("x")));
  });
});

function wire({ nuid, size, chunks, digest, chunkSize }: ObjectInfo): Record<string, unknown> {
  return { nuid, size, chunks, digest, options: { max_chunk_size: chunkSize } };
}

function digestOf(bytes: Uint8Array): string {
  const digest = createHash("sha256").update(bytes).digest("base64");
  return `SHA-256=${digest.replaceAll("+", "-").replaceAll("/", "_")}`;
}
