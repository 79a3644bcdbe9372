import { describe, expect, it } from "vitest";
import { objectStore, type ObjectStore } from "../../src/object-store/index.ts";
import { failure } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

async function newStore(): Promise<ObjectStore> {
  return await objectStore(access.nc).create(unique("changed"), { storage: "memory" });
}

async function messagesIn(store: ObjectStore): Promise<number> {
  return (await store.status()).stream.state.messages;
}

/** Writes what another client could have written. */
async function write(store: ObjectStore, name: string, meta: object): Promise<void> {
  const subject = `$O.${store.name}.M.${Buffer.from(name).toString("base64")}`;
  await access.js.publish(subject, JSON.stringify({ name, ...meta }));
}

describe("a delete", () => {
  it("[OBJ-10] removes the chunks, and leaves a mark", async () => {
    const store = await newStore();
    const { nuid } = await store.put("it", new Uint8Array(1000), { chunkSize: 100, description: "d" });
    await store.delete("it");
    expect(await messagesIn(store)).toBe(1);
    expect((await failure(store.get("it"))).code).toBe("OBJECT_NOT_FOUND");
    const mark = await store.info("it", { deleted: true });
    expect(mark).toMatchObject({ nuid, deleted: true, size: 0, chunks: 0, description: "d" });
    expect(mark?.digest).toBeUndefined();
    await store.put("it", "again");
    expect(await (await store.get("it")).text()).toBe("again");
  });

  it("[OBJ-10] of what is not there, or no more", async () => {
    const store = await newStore();
    expect((await failure(store.delete("it"))).code).toBe("OBJECT_NOT_FOUND");
    await store.put("it", "x");
    await store.delete("it");
    expect(await failure(store.delete("it"))).toMatchObject({ code: "OBJECT_NOT_FOUND", object: "it" });
    expect((await failure(store.update("it", { description: "d" }))).code).toBe("OBJECT_NOT_FOUND");
    expect((await failure(store.delete("it", { timout: 5 } as never))).message).toContain("timeout");
  });

  it("[OBJ-10] and a put at once leave one of both", async () => {
    const store = await newStore();
    await store.put("it", "old");
    await Promise.allSettled([
      store.delete("it"),
      store.put("it", "new"),
      store.delete("it"),
      store.put("it", "new"),
    ]);
    const info = await store.info("it");
    if (info !== undefined) expect(await (await store.get("it")).text()).toBe("new");
    expect(await messagesIn(store)).toBe(info === undefined ? 1 : 2);
  });
});

describe("an update", () => {
  it("[OBJ-12] changes what is told, and leaves the bytes and the rest", async () => {
    const store = await newStore();
    const first = await store.put("it", "x", { description: "d", metadata: { a: "1" }, headers: { h: "1" } });
    const second = await store.update("it", { description: null, metadata: { b: "2" } });
    expect(second).toMatchObject({ nuid: first.nuid, metadata: { b: "2" }, size: 1 });
    expect(second.description).toBeUndefined();
    expect(second.headers?.get("h")).toBe("1");
    expect(await store.info("it")).toEqual({ ...second, modified: expect.any(Date) as Date });
    expect(await (await store.get("it")).text()).toBe("x");
    // One chunk, one message that tells of it: none is left of before.
    expect(await messagesIn(store)).toBe(2);
  });

  it("[OBJ-12] makes an end of what nats.js left of former states", async () => {
    const store = await newStore();
    for (let i = 0; i < 3; i++)
      await write(store, "it", { nuid: "X", bucket: store.name, size: 0, chunks: 0 });
    await store.update("it", { description: "d" });
    expect(await messagesIn(store)).toBe(1);
  });

  it("[OBJ-12][OBJ-17] of what nats.js wrote under a name beyond ASCII stays where that finds it", async () => {
    const store = await newStore();
    await access.js.publish(`$O.${store.name}.C.X`, "x");
    const subject = `$O.${store.name}.M.${Buffer.from("ü", "latin1").toString("base64url")}==`;
    await access.js.publish(subject, JSON.stringify({ name: "ü", nuid: "X", size: 1, chunks: 1 }));
    expect(await (await store.get("ü")).text()).toBe("x");
    await store.update("ü", { description: "d" });
    const stream = access.js.streams.bind(`OBJ_${store.name}`);
    expect((await stream.get({ lastBySubject: subject }))?.json()).toMatchObject({ description: "d" });
    await store.put("ü", "new");
    expect(await (await store.get("ü")).text()).toBe("new");
    expect(await messagesIn(store)).toBe(2);
    await store.update("ü", { name: "u" });
    expect(await store.info("ü", { deleted: true })).toBeUndefined();
    expect(await (await store.get("u")).text()).toBe("new");
  });

  it("[OBJ-12] renames: the bytes stay, the old name is free", async () => {
    const store = await newStore();
    const { nuid } = await store.put("old", "x", { description: "d" });
    const renamed = await store.update("old", { name: "new", metadata: { a: "1" } });
    expect(renamed).toMatchObject({ name: "new", nuid, description: "d", metadata: { a: "1" } });
    expect(await (await store.get("new")).text()).toBe("x");
    expect(await store.info("old", { deleted: true })).toBeUndefined();
    expect(await messagesIn(store)).toBe(2);
    await store.put("old", "y");
    expect(await (await store.get("new")).text()).toBe("x");
  });

  it("[OBJ-12] does not rename over an object, and over one that was deleted", async () => {
    const store = await newStore();
    await store.put("a", "a");
    await store.put("b", "b");
    const error = await failure(store.update("a", { name: "b" }));
    expect(error).toMatchObject({ code: "OBJECT_EXISTS", object: "b" });
    expect(await (await store.get("a")).text()).toBe("a");
    await store.delete("b");
    await store.update("a", { name: "b" });
    expect(await (await store.get("b")).text()).toBe("a");
    expect((await failure(store.update("a", { name: "c" }))).code).toBe("OBJECT_NOT_FOUND");
  });

  it("[OBJ-12] does not rename over a link, where neither has an id", async () => {
    const store = await newStore();
    for (const name of ["a", "b"])
      await write(store, name, {
        bucket: store.name,
        options: { link: { bucket: store.name, name: `${name}1` } },
      });
    expect(await failure(store.update("a", { name: "b" }))).toMatchObject({ code: "OBJECT_EXISTS" });
    expect((await store.info("b"))?.link).toEqual({ store: store.name, object: "b1" });
    await store.update("a", { name: "c" });
    expect((await store.info("c"))?.link).toEqual({ store: store.name, object: "a1" });
  });

  it("[OBJ-12] goes on with a rename that was given up between its two writes", async () => {
    const store = await newStore();
    const { nuid, digest } = await store.put("old", "x");
    await write(store, "new", { bucket: store.name, nuid, size: 1, chunks: 1, digest });
    const renamed = await store.update("old", { name: "new" });
    expect(renamed).toMatchObject({ name: "new", nuid });
    expect(await store.info("old", { deleted: true })).toBeUndefined();
    expect(await (await store.get("new")).text()).toBe("x");
    expect(await messagesIn(store)).toBe(2);
  });

  it("[OBJ-12] that renames, and a put of the old name at once: each object is whole", async () => {
    const store = await newStore();
    for (let i = 0; i < 10; i++) {
      await store.put("old", "old");
      const [renamed] = await Promise.allSettled([
        store.update("old", { name: `new${i}` }),
        store.put("old", "other"),
        store.put("old", "other"),
      ]);
      if (renamed.status === "fulfilled")
        expect(await (await store.get(`new${i}`)).text()).toMatch(/old|other/);
      else
        expect(["OBJECT_CHANGED", "OBJECT_NOT_FOUND"]).toContain((renamed.reason as { code: string }).code);
    }
    for await (const { name } of store.list()) await (await store.get(name)).bytes();
  });

  it.each([
    [{ name: "" }, "changes.name"],
    [{ description: 5 }, "changes.description"],
    [{ size: 5 }, "changes.size"],
    [5, "changes"],
  ])("[OBJ-12] refuses %j", async (changes, argument) => {
    const store = await newStore();
    await store.put("it", "x");
    expect(await failure(store.update("it", changes as never))).toMatchObject({
      code: "INVALID_OPTION",
      argument,
    });
  });
});

describe("a link", () => {
  it("[OBJ-13] stands for an object, of this store or another, and can lead elsewhere later", async () => {
    const store = await newStore();
    const other = await newStore();
    await store.put("a", "here");
    await other.put("a", "there");
    const link = await store.link("it", { store: store.name, object: "a" });
    expect(link).toMatchObject({ link: { store: store.name, object: "a" }, size: 0, store: store.name });
    expect(link.nuid).not.toBe("");
    expect(await (await store.get("it")).text()).toBe("here");
    await store.link("it", { store: other.name, object: "a" });
    const object = await store.get("it");
    expect(object.info).toMatchObject({ store: other.name, name: "a" });
    expect(await object.text()).toBe("there");
    expect(await store.info("it")).toMatchObject({ name: "it", link: { store: other.name, object: "a" } });
    await store.delete("it");
    expect(await (await other.get("a")).text()).toBe("there");
    expect((await store.info("it", { deleted: true }))?.link).toBeUndefined();
  });

  it("[OBJ-13] stands for a store, which is not read as an object", async () => {
    const store = await newStore();
    await store.link("it", { store: store.name });
    const error = await failure(store.get("it"));
    expect(error).toMatchObject({ code: "LINK_TO_STORE", link: { store: store.name }, object: "it" });
    expect(error).toHaveProperty("store", store.name);
  });

  it("[OBJ-13] leads to what is there, and to no link; and takes no object's name but a deleted one's", async () => {
    const store = await newStore();
    const to = (object: string): { store: string; object: string } => ({ store: store.name, object });
    await store.put("a", "x");
    await store.link("l", to("a"));
    expect((await failure(store.link("it", to("l")))).code).toBe("BAD_LINK");
    expect((await failure(store.link("it", to("it")))).code).toBe("BAD_LINK");
    expect((await failure(store.link("it", to("none")))).code).toBe("OBJECT_NOT_FOUND");
    const missing = { store: unique("none"), object: "a" };
    expect((await failure(store.link("it", missing))).code).toBe("STORE_NOT_FOUND");
    expect((await failure(store.link("it", { store: missing.store }))).code).toBe("STORE_NOT_FOUND");
    expect((await failure(store.link("a", to("l")))).code).toBe("BAD_LINK");
    await store.put("b", "x");
    expect(await failure(store.link("b", to("a")))).toMatchObject({ code: "OBJECT_EXISTS", object: "b" });
    await store.delete("b");
    await store.link("b", to("a"));
    const bad = await failure(store.link("it", { bucket: store.name } as never));
    expect(bad.message).toContain('here it is "store"');
    expect((await failure(store.link("it", {} as never))).code).toBe("INVALID_OPTION");
  });

  it("[OBJ-13] of another client is followed to its end: to nowhere, in a ring, without an id, in the wrong store", async () => {
    const store = await newStore();
    const link = async (name: string, to: string, bucket = store.name): Promise<void> =>
      write(store, name, { bucket: "another", options: { link: { bucket, name: to } } });
    await store.put("it", "x");
    await link("a", "b");
    await link("b", "it");
    expect(await (await store.get("a")).text()).toBe("x");
    expect(await store.info("a")).toMatchObject({ store: store.name, nuid: "" });
    await link("self", "self");
    await link("ring1", "ring2");
    await link("ring2", "ring1");
    await link("into", "ring1");
    await link("nowhere", "none");
    await link("lost", "it", unique("none"));
    await link("wild", "it", "a.>");
    for (const name of ["self", "ring1", "into", "nowhere", "lost", "wild"])
      expect(await failure(store.get(name)), name).toMatchObject({ code: "BAD_LINK", store: store.name });
    await store.put("self", "y");
    expect(await (await store.get("self")).text()).toBe("y");
  });
});
