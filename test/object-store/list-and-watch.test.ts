import { describe, expect, it } from "vitest";
import { type ObjectEvent, objectStore, type ObjectStore } from "../../src/object-store/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

async function newStore(): Promise<ObjectStore> {
  return await objectStore(access.nc).create(unique("listed"), { storage: "memory" });
}

async function namesIn(store: ObjectStore, deleted = false): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list({ deleted })) names.push(name);
  return names.toSorted();
}

function told(event: ObjectEvent): string {
  return event.type === "synced" ? "synced" : `${event.type} ${event.name}`;
}

describe("a list", () => {
  it("[OBJ-14] ends, also that of an empty store", async () => {
    const store = await newStore();
    expect(await namesIn(store)).toEqual([]);
    for (const name of ["a", "b", "c"]) await store.put(name, name);
    expect(await namesIn(store)).toEqual(["a", "b", "c"]);
  });

  it("[OBJ-11] has objects that were deleted if asked to", async () => {
    const store = await newStore();
    await store.put("a", "x");
    await store.put("b", "x");
    await store.delete("a");
    expect(await namesIn(store)).toEqual(["b"]);
    expect(await namesIn(store, true)).toEqual(["a", "b"]);
    expect(await store.info("a")).toBeUndefined();
    expect(await store.info("a", { deleted: true })).toMatchObject({ deleted: true, size: 0, chunks: 0 });
  });

  it("[OBJ-14] is not made longer by what its loop does", async () => {
    const store = await newStore();
    for (const name of ["a", "b", "c"]) await store.put(name, name);
    const seen: string[] = [];
    for await (const { name } of store.list()) {
      seen.push(name);
      await store.put(name, "again");
    }
    expect(seen.toSorted()).toEqual(["a", "b", "c"]);
  });

  it("[OBJ-14] can be left, and ended by a signal", async () => {
    const store = await newStore();
    for (const name of ["a", "b"]) await store.put(name, name);
    for await (const _ of store.list()) break;
    const list = store.list({ signal: AbortSignal.abort() });
    expect((await failure(list.next())).code).toBe("ABORTED");
    expect((await list.next()).done).toBe(true);
  });

  it("[OBJ-14] refuses unknown options by name", async () => {
    const store = await newStore();
    expect(thrown(() => store.list({ delete: true } as never)).message).toContain('did you mean "deleted"?');
    expect(thrown(() => store.watch({ ignoreDeletes: true } as never)).message).toContain("deletes: false");
  });

  it("[OBJ-14] tells that there is no such store", async () => {
    const store = await newStore();
    await objectStore(access.nc).delete(store.name);
    expect((await failure(store.list().next())).code).toBe("STORE_NOT_FOUND");
  });
});

describe("a watch", () => {
  it("[OBJ-15] ends in the words of the store when that is deleted, with the line that awaited it", async () => {
    const store = await newStore();
    const theCaller = async (): Promise<void> => {
      for await (const event of store.watch())
        if (event.type === "synced") await objectStore(access.nc).delete(store.name);
    };
    const error = await failure(theCaller());
    expect(error).toMatchObject({ code: "STORE_NOT_FOUND", store: store.name });
    expect(error.cause).toMatchObject({ code: "STREAM_NOT_FOUND" });
    expect(error.stack).toContain("theCaller");
  });

  it("[OBJ-15] tells what is there, that this is all, and what changes", async () => {
    const store = await newStore();
    await store.put("a", "x");
    const events: string[] = [];
    for await (const event of store.watch()) {
      events.push(told(event));
      if (event.type === "synced") {
        await store.put("b", "x");
        await store.update("b", { name: "c" });
        await store.delete("a");
      }
      if (told(event) === "delete a") break;
    }
    expect(events.filter((each) => each !== "delete b")).toEqual([
      "put a",
      "synced",
      "put b",
      "put c",
      "delete a",
    ]);
  });

  it("[OBJ-15] is synced at once where there is nothing", async () => {
    const store = await newStore();
    const watch = store.watch();
    await watch.synced;
    for await (const event of watch) {
      expect(event).toEqual({ type: "synced", revision: 0 });
      break;
    }
  });

  it("[OBJ-15] tells only what comes, or leaves out deletes, if asked to", async () => {
    const store = await newStore();
    await store.put("a", "x");
    await store.delete("a");
    await store.put("b", "x");
    const all: string[] = [];
    for await (const event of store.watch({ deletes: false })) {
      all.push(told(event));
      if (event.type === "synced") break;
    }
    expect(all).toEqual(["put b", "synced"]);
    const news: string[] = [];
    for await (const event of store.watch({ include: "updates" })) {
      news.push(told(event));
      if (event.type === "synced") await store.put("c", "x");
      else break;
    }
    expect(news).toEqual(["synced", "put c"]);
  });

  it("[OBJ-15] of the history tells what others left of former states", async () => {
    const store = await newStore();
    const { stream } = await store.status();
    const subject = `$O.${store.name}.M.${Buffer.from("a").toString("base64url")}==`;
    expect(stream.config.subjects).toContain(`$O.${store.name}.M.>`);
    for (const description of ["one", "two"])
      await access.js.publish(subject, JSON.stringify({ name: "a", nuid: "X", description }));
    const seen: unknown[] = [];
    for await (const event of store.watch({ include: "history" })) {
      if (event.type === "synced") break;
      seen.push(event.description);
    }
    expect(seen).toEqual(["one", "two"]);
    expect((await store.info("a"))?.description).toBe("two");
  });
});

/** The subject where it is told of an object. */
const metaOf = (store: ObjectStore, name: string): string =>
  `$O.${store.name}.M.${Buffer.from(name).toString("base64").replaceAll("+", "-").replaceAll("/", "_")}`;

describe("what is told of an object in a way that nobody can read", () => {
  it.each([
    ["no JSON", "bad", "{"],
    ["no object", "bad", "[1]"],
    ["nothing", "bad", ""],
  ])("[OBJ-14] [OBJ-15] %s, is named, and hides no other", async (_, name, payload) => {
    const store = await newStore();
    await store.put("a", "x");
    await access.js.publish(metaOf(store, name), payload);
    await store.put("b", "x");
    const errors: unknown[] = [];
    const off = access.nc.on("error", ({ error }) => void errors.push(error));
    expect(await namesIn(store)).toEqual(["a", "b"]);
    const events: string[] = [];
    for await (const event of store.watch()) {
      events.push(told(event));
      if (event.type === "synced") break;
    }
    await access.nc.flush();
    off();
    expect(events).toEqual(["put a", "put b", "synced"]);
    expect(errors).toEqual(
      [name, name].map((object) => expect.objectContaining({ code: "OBJECT_CORRUPT", object }) as unknown),
    );
    expect((await failure(store.info(name))).code).toBe("OBJECT_CORRUPT");
    await store.put(name, "good");
    expect(await namesIn(store)).toEqual(["a", "b", name]);
  });

  it("[OBJ-14] is named by its subject where it has no name", async () => {
    const store = await newStore();
    const subject = `$O.${store.name}.M.%%%`;
    await access.js.publish(subject, "{}");
    await store.put("a", "x");
    const heard = access.nc.once("error");
    expect(await namesIn(store)).toEqual(["a"]);
    expect((await heard).error).toMatchObject({ code: "OBJECT_CORRUPT", subject });
  });

  it("[OBJ-15] that comes while a watch goes on does not end it", async () => {
    const store = await newStore();
    const heard = access.nc.once("error");
    const events: string[] = [];
    for await (const event of store.watch()) {
      events.push(told(event));
      if (event.type === "synced") {
        await access.js.publish(metaOf(store, "bad"), "{");
        await store.put("good", "x");
      }
      if (told(event) === "put good") break;
    }
    expect(events).toEqual(["synced", "put good"]);
    expect((await heard).error).toMatchObject({ code: "OBJECT_CORRUPT", object: "bad", store: store.name });
  });
});
