// natspeed as a client among others: what any of them can be told to do, by the same names.
import { connect } from "../../../dist/index.js";
import { jetstream } from "../../../dist/jetstream/index.js";
import { kv } from "../../../dist/kv/index.js";
import { objectStore } from "../../../dist/object-store/index.js";
import { ServiceError, services } from "../../../dist/services/index.js";
import { filling, sumOf } from "./filling.mjs";

/** @import { Client, Entry } from "./client.mjs" */

/** @param {string} url @returns {Promise<Client>} */
export async function natspeed(url) {
  const nc = await connect(url);
  return {
    name: "natspeed",
    ...bucketActions(kv(nc)),
    ...objectActions(objectStore(nc)),
    ...serviceActions(services(nc), nc),
    ...streamActions(jetstream(nc)),
    close: () => nc.close(),
  };
}

/** @param {import("../../../dist/kv/index.js").Kv} buckets */
function bucketActions(buckets) {
  /** @type {Map<string, AsyncIterator<import("../../../dist/kv/index.js").KvEvent>>} */
  const watches = new Map();
  return {
    kvCreate: async ({ bucket, history, markerTtl }) =>
      void (await buckets.create(bucket, {
        ...(history === undefined ? {} : { history }),
        ...(markerTtl === undefined ? {} : { limitMarkerTtl: markerTtl }),
      })),
    kvPut: async ({ bucket, key, value }) => await (await buckets.get(bucket)).put(key, value),
    kvAdd: async ({ bucket, key, value, ttl }) =>
      await (await buckets.get(bucket)).create(key, value, ttl === undefined ? {} : { ttl }),
    kvUpdate: async ({ bucket, key, value, revision }) =>
      await (await buckets.get(bucket)).update(key, value, revision),
    kvGet: async ({ bucket, key }) => {
      const entry = await (await buckets.get(bucket)).get(key);
      return entry === undefined ? null : shown(entry);
    },
    kvDelete: async ({ bucket, key }) => void (await (await buckets.get(bucket)).delete(key)),
    kvPurge: async ({ bucket, key, ttl }) =>
      void (await (await buckets.get(bucket)).purge(key, ttl === undefined ? {} : { ttl })),
    kvHistory: async ({ bucket, key }) => {
      const entries = [];
      for await (const one of (await buckets.get(bucket)).history(key)) entries.push(shown(one));
      return entries;
    },
    kvKeys: async ({ bucket }) => {
      const keys = [];
      for await (const key of (await buckets.get(bucket)).keys()) keys.push(key);
      return keys;
    },
    kvWatch: async ({ bucket }) => {
      const events = (await buckets.get(bucket)).watch()[Symbol.asyncIterator]();
      watches.set(bucket, events);
      const there = [];
      for (let next = await events.next(); !next.done && next.value.type !== "synced";) {
        there.push(shown(next.value));
        next = await events.next();
      }
      return there;
    },
    kvWatched: async ({ bucket, count }) => {
      const events = watches.get(bucket);
      const changes = [];
      while (changes.length < count) {
        const next = await events?.next();
        if (next === undefined || next.done) throw new Error("the watch has ended");
        if (next.value.type !== "synced") changes.push(shown(next.value));
      }
      await events?.return?.();
      return changes;
    },
  };
}

/** @param {import("../../../dist/kv/index.js").Entry | import("../../../dist/kv/index.js").Marker} one @returns {Entry} */
function shown(one) {
  const value = one.type === "put" ? one.string() : "";
  return { key: one.key, op: one.type, value, revision: one.revision };
}

/** @param {import("../../../dist/object-store/index.js").ObjectStores} stores */
function objectActions(stores) {
  return {
    objCreate: async ({ store }) => void (await stores.create(store)),
    objPut: async ({ store, name, size, chunkSize, ...meta }) => {
      const options = chunkSize === undefined ? meta : { ...meta, chunkSize };
      await (await stores.get(store)).put(name, filling(size), options);
    },
    objGet: async ({ store, name }) => sumOf(await (await (await stores.get(store)).get(name)).bytes()),
    objInfo: async ({ store, name }) => {
      const info = await (await stores.get(store)).info(name, { deleted: true });
      if (info === undefined) return null;
      const { size, chunks, digest = "", deleted, description = "", headers, metadata, link } = info;
      return {
        name: info.name,
        size,
        chunks,
        digest,
        deleted,
        description,
        ...(headers === undefined ? {} : { header: headers.get("X-Kind") }),
        ...(metadata === undefined ? {} : { metadata }),
        ...(link === undefined
          ? {}
          : {
              link: {
                store: link.store,
                object: link.object,
              },
            }),
      };
    },
    objDelete: async ({ store, name }) => await (await stores.get(store)).delete(name),
    objRename: async ({ store, name, to }) =>
      void (await (await stores.get(store)).update(name, { name: to })),
    objLink: async ({ store, name, to }) =>
      void (await (await stores.get(store)).link(name, { store, object: to })),
    objList: async ({ store }) => {
      const names = [];
      for await (const info of (await stores.get(store)).list()) names.push(info.name);
      return names.sort();
    },
    objSeal: async ({ store }) => await (await stores.get(store)).seal(),
  };
}

/**
 * @param {import("../../../dist/services/index.js").Services} all
 * @param {import("../../../dist/index.js").Connection} nc
 */
function serviceActions(all, nc) {
  /** @type {Map<string, import("../../../dist/services/index.js").Service>} */
  const offered = new Map();
  return {
    svcAdd: async ({ name }) => {
      const service = await all.add({
        name,
        version: "1.2.3",
        description: "of natspeed",
        metadata: { client: "natspeed" },
      });
      const group = service.group(name);
      group.endpoint("echo", (request) => request.respond(request.data), { metadata: { kind: "test" } });
      group.endpoint("refuse", () => {
        throw new ServiceError(418, "no coffee", { data: "a teapot" });
      });
      await nc.flush();
      offered.set(name, service);
      return service.info.id;
    },
    svcCall: async ({ subject, value }) => {
      try {
        return { data: (await all.request(subject, value)).string(), status: 0, description: "" };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const { status, description, data } = error;
        return { data: new TextDecoder().decode(data), status, description };
      }
    },
    svcFind: async ({ name }) => {
      const ping = await only(all.ping({ name }));
      const info = await only(all.info({ name }));
      const stats = await only(all.stats({ name }));
      return {
        id: ping.id,
        version: info.version,
        metadata: info.metadata,
        started: !Number.isNaN(+stats.started),
        endpoints: info.endpoints.map((endpoint, i) => ({
          name: endpoint.name,
          subject: endpoint.subject,
          queue: endpoint.queue,
          requests: stats.endpoints[i]?.numRequests,
          errors: stats.endpoints[i]?.numErrors,
        })),
      };
    },
    svcStop: async ({ name }) => void (await offered.get(name)?.stop()),
  };
}

/** @template T @param {AsyncIterable<T>} answers @returns {Promise<T>} */
async function only(answers) {
  const all = [];
  for await (const answer of answers) all.push(answer);
  if (all.length !== 1 || all[0] === undefined) throw new Error(`${all.length} services answer`);
  return all[0];
}

/** @param {import("../../../dist/jetstream/index.js").JetStream} js */
function streamActions(js) {
  /** @type {Map<string, { texts: string[], consuming: { drain(): Promise<unknown> } }>} */
  const takers = new Map();
  return {
    jsPublish: async ({ subject, value, msgId }) => {
      const { seq, duplicate } = await js.publish(subject, value, { msgId });
      return { seq, duplicate };
    },
    jsTake: async ({ stream, durable }) => {
      /** @type {string[]} */
      const texts = [];
      const consuming = js.consumers.bind(stream, durable).consume({
        capacity: 5,
        callback: (m) => {
          texts.push(m.string());
          m.ack();
        },
      });
      takers.set(stream, { texts, consuming });
    },
    jsTaken: async ({ stream, count }) => {
      const taker = takers.get(stream);
      if (count > 0) await taker?.consuming.drain();
      return taker?.texts ?? [];
    },
  };
}
