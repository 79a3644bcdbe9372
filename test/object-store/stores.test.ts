import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { objectStore, type StoreConfig, storeStream } from "../../src/object-store/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

it("what leads to stores is shown with where they are", () => {
  const shown = `ObjectStores { server: '${access.nc.server}', state: 'connected', prefix: '$JS.API' }`;
  expect(inspect(objectStore(access.nc), { breakLength: Infinity })).toBe(shown);
});

describe("object stores", () => {
  it("[OBJ-01] are made, also if an equal one is there, and removed with all that they hold", async () => {
    const stores = objectStore(access.nc);
    const name = unique("store");
    const store = await stores.create(name);
    expect(store.name).toBe(name);
    await store.put("it", "x");
    const again = await stores.create(name);
    expect(await (await again.get("it")).text()).toBe("x");
    const error = await failure(stores.create(name, { description: "another" }));
    expect(error).toMatchObject({ code: "STORE_EXISTS", store: name });
    expect((await failure(stores.create(name, { ttl: 60_000 }))).message).toContain(
      ": ttl differs; createOrUpdate()",
    );
    await stores.delete(name);
    expect(await failure(stores.get(name))).toMatchObject({ code: "STORE_NOT_FOUND", store: name });
    expect((await failure(stores.delete(name))).code).toBe("STORE_NOT_FOUND");
    expect((await failure(stores.update(name, {}))).code).toBe("STORE_NOT_FOUND");
    expect((await failure(store.status())).code).toBe("STORE_NOT_FOUND");
    expect((await failure(store.get("it"))).code).toBe("STORE_NOT_FOUND");
  });

  it("[OBJ-01] are bound without a question; one that is not there is told at first use", async () => {
    const calls: string[] = [];
    const stores = objectStore(access.nc, { trace: ({ subject }) => calls.push(subject) });
    const name = unique("store");
    const store = stores.bind(name);
    expect([store.name, calls]).toEqual([name, []]);
    expect(await failure(store.put("it", "x"))).toMatchObject({ code: "STORE_NOT_FOUND", store: name });
    await stores.create(name);
    await store.put("it", "x");
    expect(await (await stores.bind(name).get("it")).text()).toBe("x");
    expect(thrown(() => stores.bind("a.b"))).toMatchObject({ code: "INVALID_OPTION", argument: "store" });
  });

  it("[OBJ-01] are streams as other clients make them", async () => {
    const name = unique("store");
    await objectStore(access.nc).create(name);
    const { config } = await access.js.streams.bind(`OBJ_${name}`).info();
    expect(config).toMatchObject({
      name: `OBJ_${name}`,
      subjects: [`$O.${name}.C.>`, `$O.${name}.M.>`],
      discard: "new",
      allowRollup: true,
      allowDirect: true,
    });
    expect(storeStream(name).subjects).toEqual(config.subjects);
  });

  it("[OBJ-18][OBJ-20] have limits, compression and texts, which change and go", async () => {
    const stores = objectStore(access.nc);
    const name = unique("store");
    const config: StoreConfig = {
      description: "a store",
      ttl: 3_600_000,
      maxBytes: 1_000_000,
      storage: "file",
      replicas: 1,
      compression: true,
      metadata: { team: "red" },
      allowBatched: true,
    };
    const store = await stores.create(name, config);
    const status = await store.status();
    expect(status.config).toEqual(config);
    expect(status).toMatchObject({ store: name, sealed: false, bytes: 0 });
    const changed = await stores.update(name, { description: null, ttl: 60_000, compression: false });
    expect(changed.config).toMatchObject({ ttl: 60_000, maxBytes: 1_000_000 });
    expect(changed.config.description).toBeUndefined();
    expect(changed.config.compression).toBeUndefined();
    await stores.createOrUpdate(name, { description: "new" });
    expect((await store.status()).config).toMatchObject({ description: "new" });
    expect((await store.status()).config.ttl).toBeUndefined();
    const other = await stores.createOrUpdate(unique("store"));
    expect((await other.status()).bytes).toBe(0);
  });

  it("[OBJ-02] are listed, and no other streams", async () => {
    const stores = objectStore(access.nc);
    const names = [unique("listed"), unique("listed")];
    for (const name of names) await stores.create(name, { storage: "memory" });
    await access.js.streams.create({ name: unique("OBJ_no"), subjects: [unique("no")], storage: "memory" });
    const found: string[] = [];
    for await (const name of stores.names()) found.push(name);
    expect(found).toEqual(expect.arrayContaining(names));
    expect(found.filter((name) => name.startsWith("no"))).toEqual([]);
    const listed: string[] = [];
    for await (const { store, config } of stores.list()) if (config.storage === "memory") listed.push(store);
    expect(listed).toEqual(expect.arrayContaining(names));
  });

  it("[OBJ-01] are no streams of that name with other subjects", async () => {
    const stores = objectStore(access.nc);
    const name = unique("other");
    await access.js.streams.create({ name: `OBJ_${name}`, subjects: [name], storage: "memory" });
    for (const call of [
      () => stores.get(name),
      () => stores.delete(name),
      () => stores.update(name, { ttl: 60_000 }),
      () => stores.createOrUpdate(name),
    ])
      expect(await failure(call())).toMatchObject({ code: "NOT_A_STORE", store: name });
    expect((await failure(stores.create(name))).code).toBe("STORE_EXISTS");
  });

  it.each(["", "a b", "a.b", "*", ">", "a/b", undefined, 5])(
    "[OBJ-01] can't have the name %j",
    async (name) => {
      const stores = objectStore(access.nc);
      for (const call of [
        () => stores.create(name as string),
        () => stores.get(name as string),
        () => stores.delete(name as string),
        () => stores.update(name as string, {}),
        () => stores.createOrUpdate(name as string),
      ])
        expect(await failure(call())).toMatchObject({ code: "INVALID_OPTION", argument: "store" });
    },
  );

  it("[OBJ-18] are configured by names that exist", async () => {
    const stores = objectStore(access.nc);
    const wrong = [
      [{ maxAge: 5 }, "ttl"],
      [{ max_bytes: 5 }, "maxBytes"],
      [{ replica: 5 }, "replicas"],
    ] as const;
    for (const [config, hint] of wrong)
      expect((await failure(stores.create("x", config as never))).message).toContain(hint);
    expect(await failure(stores.create("x", { ttl: 5 }))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "ttl",
    });
    expect((await failure(stores.update("x", { compressed: true } as never))).message).toContain(
      "compression",
    );
    expect(thrown(() => objectStore({} as never)).code).toBe("INVALID_OPTION");
    expect(thrown(() => objectStore(access.nc, { domian: "x" } as never)).message).toContain("domain");
  });

  it("[OBJ-16] that are sealed take and lose nothing, and can be read", async () => {
    const store = await objectStore(access.nc).create(unique("sealed"));
    await store.put("it", "x");
    await store.seal();
    expect((await store.status()).sealed).toBe(true);
    for (const call of [
      () => store.put("it", "y"),
      () => store.put("new", ""),
      () => store.delete("it"),
      () => store.update("it", { description: "new" }),
      () => store.update("it", { name: "new" }),
      () => store.link("new", { store: store.name, object: "it" }),
    ])
      expect(await failure(call())).toMatchObject({ code: "STORE_SEALED", store: store.name });
    expect(await (await store.get("it")).text()).toBe("x");
  });
});
