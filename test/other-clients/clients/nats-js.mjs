// nats.js as a client among others.
import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { Objm } from "@nats-io/obj";
import { ServiceError, Svcm } from "@nats-io/services";
import { connect, headers } from "@nats-io/transport-node";
import { filling, sumOf } from "./filling.mjs";

/** @import { Client, Entry } from "./client.mjs" */

const OPS = /** @type {const} */ ({ PUT: "put", DEL: "delete", PURGE: "purge" });

/** @param {string} url @returns {Promise<Client>} */
export async function natsJs(url) {
  const nc = await connect({ servers: url });
  return {
    name: "nats.js",
    ...bucketActions(new Kvm(jetstream(nc))),
    ...objectActions(new Objm(jetstream(nc))),
    ...serviceActions(new Svcm(/** @type {any} */ (nc)), nc),
    ...streamActions(jetstream(nc), nc),
    close: () => nc.close(),
  };
}

/** @param {Kvm} buckets */
function bucketActions(buckets) {
  /** @type {Map<string, { source: { stop(): void }, events: AsyncIterator<import("@nats-io/kv").KvWatchEntry> }>} */
  const watches = new Map();
  return {
    kvCreate: async ({ bucket, history, markerTtl }) =>
      void (await buckets.create(bucket, {
        ...(history === undefined ? {} : { history }),
        ...(markerTtl === undefined ? {} : { markerTTL: markerTtl }),
      })),
    kvPut: async ({ bucket, key, value }) => await (await buckets.open(bucket)).put(key, value),
    kvAdd: async ({ bucket, key, value, ttl }) =>
      await (await buckets.open(bucket)).create(key, value, ttl === undefined ? undefined : `${ttl}ms`),
    kvUpdate: async ({ bucket, key, value, revision }) =>
      await (await buckets.open(bucket)).update(key, value, revision),
    kvGet: async ({ bucket, key }) => {
      const entry = await (await buckets.open(bucket)).get(key);
      // Here a deleted key has an entry.
      return entry === null || entry.operation !== "PUT" ? null : shown(entry);
    },
    kvDelete: async ({ bucket, key }) => await (await buckets.open(bucket)).delete(key),
    kvPurge: async ({ bucket, key, ttl }) =>
      await (await buckets.open(bucket)).purge(key, ttl === undefined ? {} : { ttl: `${ttl}ms` }),
    kvHistory: async ({ bucket, key }) => {
      const entries = [];
      for await (const entry of await (await buckets.open(bucket)).history({ key }))
        entries.push(shown(entry));
      return entries;
    },
    kvKeys: async ({ bucket }) => {
      const keys = [];
      for await (const key of await (await buckets.open(bucket)).keys()) keys.push(key);
      return keys;
    },
    // It does not tell when all is there: whoever writes the test knows how much that is.
    kvWatch: async ({ bucket, count }) => {
      const source = await (await buckets.open(bucket)).watch();
      const events = source[Symbol.asyncIterator]();
      watches.set(bucket, { source, events });
      return await take(events, count);
    },
    kvWatched: async ({ bucket, count }) => {
      const watch = watches.get(bucket);
      if (watch === undefined) throw new Error("no watch");
      const changes = await take(watch.events, count);
      watch.source.stop();
      return changes;
    },
  };
}

/** @param {AsyncIterator<import("@nats-io/kv").KvWatchEntry>} events @param {number} count */
async function take(events, count) {
  const taken = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done) throw new Error("the watch has ended");
    taken.push(shown(next.value));
  }
  return taken;
}

/** @param {import("@nats-io/kv").KvEntry} entry @returns {Entry} */
function shown(entry) {
  const value = entry.operation === "PUT" ? entry.string() : "";
  return { key: entry.key, op: OPS[entry.operation], value, revision: entry.revision };
}

/** @param {Objm} stores */
function objectActions(stores) {
  return {
    objCreate: async ({ store }) => void (await stores.create(store)),
    objPut: async ({ store, name, size, chunkSize, headers: given, ...meta }) => {
      const sent = headers();
      for (const [field, value] of Object.entries(given ?? {})) sent.set(field, value);
      await (
        await stores.open(store)
      ).putBlob(
        {
          name,
          ...meta,
          ...(given === undefined ? {} : { headers: sent }),
          ...(chunkSize === undefined ? {} : { options: { max_chunk_size: chunkSize } }),
        },
        filling(size),
      );
    },
    objGet: async ({ store, name }) => {
      const data = await (await stores.open(store)).getBlob(name);
      if (data === null) throw new Error(`there is no ${name}`);
      return sumOf(data);
    },
    objInfo: async ({ store, name }) => {
      const info = await (await stores.open(store)).info(name);
      if (info === null) return null;
      const link = info.options?.link;
      return {
        name: info.name,
        size: info.size,
        chunks: info.chunks,
        digest: info.digest,
        deleted: info.deleted,
        description: info.description ?? "",
        ...(info.headers?.has("X-Kind") ? { header: info.headers.get("X-Kind") } : {}),
        ...(info.metadata === undefined ? {} : { metadata: info.metadata }),
        ...(link === undefined
          ? {}
          : {
              link: {
                store: link.bucket,
                object: link.name,
              },
            }),
      };
    },
    objDelete: async ({ store, name }) => void (await (await stores.open(store)).delete(name)),
    objRename: async ({ store, name, to }) =>
      void (await (await stores.open(store)).update(name, { name: to })),
    objLink: async ({ store, name, to }) => {
      const objects = await stores.open(store);
      const target = await objects.info(to);
      if (target === null) throw new Error(`there is no ${to}`);
      await objects.link(name, target);
    },
    objList: async ({ store }) => (await (await stores.open(store)).list()).map(({ name }) => name).sort(),
    objSeal: async ({ store }) => void (await (await stores.open(store)).seal()),
  };
}

/** @param {Svcm} all @param {import("@nats-io/transport-node").NatsConnection} nc */
function serviceActions(all, nc) {
  /** @type {Map<string, import("@nats-io/services").Service>} */
  const offered = new Map();
  return {
    svcAdd: async ({ name }) => {
      const service = await all.add({
        name,
        version: "1.2.3",
        description: "of nats.js",
        metadata: { client: "nats.js" },
      });
      const group = service.addGroup(name);
      group.addEndpoint("echo", {
        handler: (_error, m) => void m.respond(m.data),
        metadata: { kind: "test" },
      });
      group.addEndpoint("refuse", (_error, m) => void m.respondError(418, "no coffee", "a teapot"));
      await nc.flush();
      offered.set(name, service);
      return service.info().id;
    },
    svcCall: async ({ subject, value }) => {
      const m = await nc.request(subject, value);
      const error = ServiceError.toServiceError(/** @type {any} */ (m));
      return { data: m.string(), status: error?.code ?? 0, description: error?.message ?? "" };
    },
    svcFind: async ({ name }) => {
      const client = all.client();
      const ping = await only(await client.ping(name));
      const info = await only(await client.info(name));
      const stats = await only(await client.stats(name));
      return {
        id: ping.id,
        version: info.version,
        metadata: info.metadata,
        started: !Number.isNaN(Date.parse(stats.started)),
        endpoints: info.endpoints.map((endpoint, i) => ({
          name: endpoint.name,
          subject: endpoint.subject,
          queue: endpoint.queue_group,
          requests: stats.endpoints?.[i]?.num_requests,
          errors: stats.endpoints?.[i]?.num_errors,
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

/** @param {import("@nats-io/jetstream").JetStreamClient} js @param {import("@nats-io/transport-node").NatsConnection} nc */
function streamActions(js, nc) {
  /** @type {Map<string, { texts: string[], consuming: import("@nats-io/jetstream").ConsumerMessages }>} */
  const takers = new Map();
  return {
    jsPublish: async ({ subject, value, msgId }) => {
      const { seq, duplicate } = await js.publish(subject, value, { msgID: msgId });
      return { seq, duplicate };
    },
    jsTake: async ({ stream, durable }) => {
      /** @type {string[]} */
      const texts = [];
      const consumer = await js.consumers.get(stream, durable);
      const consuming = await consumer.consume({
        max_messages: 5,
        callback: (m) => {
          texts.push(m.string());
          m.ack();
        },
      });
      takers.set(stream, { texts, consuming });
    },
    jsTaken: async ({ stream, count }) => {
      const taker = takers.get(stream);
      if (count > 0) {
        await taker?.consuming.close();
        await nc.flush();
      }
      return taker?.texts ?? [];
    },
  };
}
