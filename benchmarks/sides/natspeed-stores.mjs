/** The spellings of natspeed for buckets. @param {(nc: any) => any} kv */
export function natspeedBuckets(kv) {
  return async (nc, name) => {
    const buckets = kv(nc);
    await buckets.delete(name).catch(() => undefined);
    const bucket = await buckets.create(name);
    return {
      put: (key, payload) => bucket.put(key, payload),
      get: async (key) => (await bucket.get(key)).data.length,
      async keys() {
        let count = 0;
        for await (const key of bucket.keys()) if (key !== "") count++;
        return count;
      },
      async watch() {
        let count = 0;
        for await (const event of bucket.watch()) {
          if (event.type === "synced") break;
          count++;
        }
        return count;
      },
      view: () => bucket.view(),
      values: async () => (await bucket.status()).values,
      remove: () => buckets.delete(name),
    };
  };
}

/** @param {(nc: any) => any} objectStore */
export function natspeedObjects(objectStore) {
  return async (nc, name) => {
    const stores = objectStore(nc);
    await stores.delete(name).catch(() => undefined);
    const store = await stores.create(name);
    return {
      put: (object, chunks) => store.put(object, chunks()),
      open: async (object) => (await store.get(object))[Symbol.asyncIterator](),
      remove: () => stores.delete(name),
    };
  };
}

/** @param {(nc: any) => any} services */
export function natspeedService(services) {
  return async (nc, subject) => {
    const service = await services(nc).add({ name: "bench", version: "1.0.0" });
    service.endpoint("echo", (request) => request.respond(request.data), { subject });
    await nc.flush();
  };
}
