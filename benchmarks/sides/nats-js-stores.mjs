import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { Objm, setSha256Backend } from "@nats-io/obj";
import { Svcm } from "@nats-io/services";

/** The spellings of nats.js for buckets. */
export async function natsJsBucket(nc, name) {
  const buckets = new Kvm(jetstream(nc));
  await (await buckets.create(name)).destroy();
  const bucket = await buckets.create(name, { allow_direct: true });
  return {
    put: (key, payload) => bucket.put(key, payload),
    get: async (key) => (await bucket.get(key)).value.length,
    async keys() {
      let count = 0;
      for await (const key of await bucket.keys()) if (key !== "") count++;
      return count;
    },
    // It does not tell when all is there.
    async watch(wanted) {
      let count = 0;
      for await (const { key } of await bucket.watch()) if (key !== "" && ++count === wanted) break;
      return count;
    },
    values: async () => (await bucket.status()).values,
    remove: () => bucket.destroy(),
  };
}

export async function natsJsStore(nc, name) {
  // Its fastest: otherwise it hashes in JavaScript.
  setSha256Backend("native");
  const stores = new Objm(jetstream(nc));
  await (await stores.create(name)).destroy();
  const store = await stores.create(name);
  return {
    put: (object, chunks) => store.put({ name: object }, ReadableStream.from(chunks())),
    open: async (object) => (await store.get(object)).data[Symbol.asyncIterator](),
    remove: () => store.destroy(),
  };
}

export async function natsJsService(nc, subject) {
  const service = await new Svcm(nc).add({ name: "bench", version: "1.0.0" });
  service.addEndpoint("echo", { subject, handler: (_error, m) => m.respond(m.data) });
  await nc.flush();
}
