import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { objectStore, type ObjectStore } from "../../src/object-store/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

const KIBI = 1024;

async function newStore(): Promise<ObjectStore> {
  return await objectStore(access.nc).create(unique("files"), { storage: "memory" });
}

function digestOf(bytes: Uint8Array): string {
  return `SHA-256=${createHash("sha256").update(bytes).digest("base64").replaceAll("+", "-").replaceAll("/", "_")}`;
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("an object", () => {
  it.each([0, 1, 127, 128, 129, 255, 256, 257, 1000])(
    "[OBJ-03][OBJ-04][OBJ-05][OBJ-07] of %i bytes in chunks of 128 comes back as it was",
    async (size) => {
      const store = await newStore();
      const bytes = randomBytes(size);
      const info = await store.put("it", bytes, { chunkSize: 128 });
      expect(info).toMatchObject({
        size,
        chunks: Math.ceil(size / 128),
        digest: digestOf(bytes),
        chunkSize: 128,
      });
      const object = await store.get("it");
      expect(object.info).toEqual({ ...info, modified: object.info.modified });
      expect(Buffer.from(await object.bytes()).equals(bytes)).toBe(true);
    },
  );

  it("[OBJ-03] is text, bytes, a Blob, a stream, or what a loop reads, in pieces of any size", async () => {
    const store = await newStore();
    const bytes = randomBytes(300 * KIBI);
    const sources = {
      bytes,
      blob: new Blob([bytes]),
      stream: new Blob([bytes]).stream(),
      small: inPieces(bytes, 1000),
      large: inPieces(bytes, 200 * KIBI),
      whole: inPieces(bytes, 128 * KIBI),
    };
    for (const [name, source] of Object.entries(sources)) {
      const info = await store.put(name, source);
      expect(info, name).toMatchObject({ size: bytes.length, chunks: 3, digest: digestOf(bytes) });
      expect(Buffer.from(await (await store.get(name)).bytes()).equals(bytes), name).toBe(true);
    }
    await store.put("text", "naïve ☃");
    expect(await (await store.get("text")).text()).toBe("naïve ☃");
  });

  it("[OBJ-03] is a file of Node", async () => {
    const store = await newStore();
    const bytes = randomBytes(200 * KIBI + 17);
    const path = join(tmpdir(), `${unique("natspeed-object")}-${process.pid}`);
    await writeFile(path, bytes);
    const info = await store.put("file", createReadStream(path));
    expect(info.digest).toBe(digestOf(bytes));
    await rm(path);
  });

  it("[OBJ-07][OBJ-08] is read as chunks, as a stream, as bytes, as text or as a Blob", async () => {
    const store = await newStore();
    const text = "0123456789".repeat(100);
    await store.put("it", text, { chunkSize: 64 });
    let read = "";
    for await (const chunk of await store.get("it")) read += Buffer.from(chunk).toString();
    expect(read).toBe(text);
    expect(await new Response((await store.get("it")).readable).text()).toBe(text);
    expect(await (await store.get("it")).text()).toBe(text);
    expect(await (await (await store.get("it")).blob()).text()).toBe(text);
  });

  it.each(["a b", "a.b", "*", ">", "/etc/passwd", "ünïcödé ☃", "with\nline", "$O.x.C.y", "="])(
    "[OBJ-03] has a name of any characters: %j",
    async (name) => {
      const store = await newStore();
      await store.put(name, "x");
      expect((await store.info(name))?.name).toBe(name);
      expect(await (await store.get(name)).text()).toBe("x");
    },
  );

  it.each(["", "\ud800", 5, undefined])("[OBJ-03] can't have the name %j", async (name) => {
    const store = await newStore();
    expect((await failure(store.put(name as string, "x"))).code).toBe("INVALID_OPTION");
    expect((await failure(store.get(name as string))).code).toBe("INVALID_OPTION");
    expect((await failure(store.info(name as string))).code).toBe("INVALID_OPTION");
  });

  it("[OBJ-17] has a description, headers and texts", async () => {
    const store = await newStore();
    const headers = { "Content-Type": "text/plain", many: ["a", "b"] };
    await store.put("it", "x", { description: "a letter", headers, metadata: { lang: "en" } });
    const info = await store.info("it");
    expect(info).toMatchObject({ description: "a letter", metadata: { lang: "en" }, deleted: false });
    expect(info?.headers?.getAll("many")).toEqual(["a", "b"]);
    expect(info?.headers?.get("Content-Type")).toBe("text/plain");
  });

  it("[OBJ-09] is undefined in info if there is none, and rejects a get", async () => {
    const store = await newStore();
    expect(await store.info("none")).toBeUndefined();
    const error = await failure(store.get("none"));
    expect(error).toMatchObject({ code: "OBJECT_NOT_FOUND", store: store.name, object: "none" });
  });

  it("[OBJ-07] is read once", async () => {
    const store = await newStore();
    await store.put("it", "x");
    const object = await store.get("it");
    await object.text();
    expect((await failure(object.text())).code).toBe("INVALID_OPTION");
    expect(thrown(() => object[Symbol.asyncIterator]()).code).toBe("INVALID_OPTION");
    expect((await failure(object.readable.getReader().read())).code).toBe("INVALID_OPTION");
    const disposed = await store.get("it");
    await disposed[Symbol.asyncDispose]();
    expect((await failure(disposed.text())).code).toBe("INVALID_OPTION");
  });

  it("[OBJ-07] is written to a file of Node by pipeline()", async () => {
    const store = await newStore();
    const bytes = randomBytes(1000);
    await store.put("it", bytes, { chunkSize: 100 });
    const path = join(tmpdir(), `${unique("natspeed-object")}-${process.pid}`);
    await pipeline(await store.get("it"), createWriteStream(path));
    expect((await readFile(path)).equals(bytes)).toBe(true);
    await rm(path);
  });

  it("[OBJ-03] tells how far it is, both ways", async () => {
    const store = await newStore();
    const there: unknown[] = [];
    const back: unknown[] = [];
    await store.put("it", new Uint8Array(250), { chunkSize: 100, onProgress: (p) => there.push(p) });
    const object = await store.get("it", { onProgress: (p) => back.push(p) });
    await object.bytes();
    const steps = [100, 200, 250].map((bytes) => ({ bytes, total: 250 }));
    expect(there).toEqual(steps);
    expect(back).toEqual(steps);
  });

  it("[OBJ-06] leaves no chunks of what it replaces", async () => {
    const store = await newStore();
    const first = await store.put("it", new Uint8Array(1000), { chunkSize: 100 });
    const second = await store.put("it", new Uint8Array(500), { chunkSize: 100 });
    expect(second.nuid).not.toBe(first.nuid);
    expect(second.revision).toBeGreaterThan(first.revision);
    const { stream } = await store.status();
    expect(stream.state.messages).toBe(6);
  });
});
