// Streams, buckets, objects and services, as a part of the smoke suite: the same on every runtime.
import { codeOf, collect, equal, failure } from "./expectations.mjs";

/** Each run has names of its own: several share a server. */
const newName = () => `r-${Math.random().toString(36).slice(2)}`;

/** @type {import("./smoke.mjs").SmokeChecks} */
export const STORED_CHECKS = {
  async "publishes to a stream, and reads it by loop, by handler and in order"(natspeed, { url }) {
    const { connect, isNatsError, jetstream } = natspeed;
    const nc = await connect({ servers: url });
    const js = jetstream(nc);
    const name = newName();
    await js.streams.create({ name, subjects: [`${name}.>`], storage: "memory" });
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (let i = 0; i < 3; i++) await js.publish(`${name}.a`, data, { msgId: `${i}` });
    equal((await js.publish(`${name}.a`, data, { msgId: "2" })).duplicate, true);

    const consumer = await js.consumers.create(name, { durable: "loop" });
    for await (const m of consumer.consume({ stopAfter: 3 })) {
      equal(m.data.join(), data.join());
      await m.ackConfirmed();
    }
    let handled = 0;
    const work = (await js.consumers.create(name, { durable: "handler" })).work(() => void handled++, {
      stopAfter: 3,
    });
    equal((await work.closed).reason, "enough");
    equal(handled, 3);
    const ordered = await js.consumers.ordered(name);
    const read = await collect(ordered.consume({ stopAfter: 3 }));
    equal(read.map(({ seq }) => seq).join(), "1,2,3");
    equal(codeOf(isNatsError, await failure(js.streams.get(newName()))), "STREAM_NOT_FOUND");
    await js.streams.delete(name);
  },

  async "keeps a bucket: revisions, a watch, a view, a lock"(natspeed, { url }) {
    const { connect, isNatsError, kv } = natspeed;
    const nc = await connect({ servers: url });
    const name = newName();
    const bucket = await kv(nc).create(name, { storage: "memory", limitMarkerTtl: 1000 });
    const revision = await bucket.put("a", "1");
    await bucket.update("a", "2", revision);
    equal(codeOf(isNatsError, await failure(bucket.update("a", "3", revision))), "WRONG_REVISION");
    equal((await bucket.get("a"))?.string(), "2");

    const view = await bucket.view();
    await bucket.put("b", "1");
    equal(view.get("b")?.string(), "1");
    await view.stop();
    const lock = await bucket.lock("turn");
    equal(lock.isHeld, true);
    await lock.release();
    for await (const event of bucket.watch("a")) {
      if (event.type === "synced") break;
      equal(event.key, "a");
    }
    equal((await bucket.keys().toArray()).toSorted().join(), "a,b");
    await kv(nc).delete(name);
  },

  async "stores an object: from a stream, whole, in part, with its digest"(natspeed, { url }) {
    const { connect, isNatsError, objectStore } = natspeed;
    const nc = await connect({ servers: url });
    const name = newName();
    const store = await objectStore(nc).create(name, { storage: "memory" });
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
    const { digest } = await store.put("it", new Blob([bytes]).stream());
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const base64 = btoa(String.fromCharCode(...hash))
      .replaceAll("+", "-")
      .replaceAll("/", "_");
    equal(digest, `SHA-256=${base64}`);
    const whole = await (await store.get("it")).bytes();
    equal(whole.length === bytes.length && whole.every((byte, i) => byte === bytes[i]), true);
    const part = await (await store.get("it", { range: { start: 250, end: 253 } })).bytes();
    equal(part.join(), "250,0,1");
    equal(codeOf(isNatsError, await failure(store.get("nothing"))), "OBJECT_NOT_FOUND");
    await objectStore(nc).delete(name);
  },

  async "offers a service, finds it and calls it"(natspeed, { url }) {
    const { connect, isNatsError, services, ServiceError } = natspeed;
    const nc = await connect({ servers: url });
    const name = newName();
    const service = await services(nc).add({ name, version: "1.0.0" });
    service.group(name).endpoint("double", (request) => {
      const n = Number(request.string());
      if (Number.isNaN(n)) throw new ServiceError(400, "no number");
      return { double: 2 * n };
    });
    equal(JSON.stringify((await services(nc).request(`${name}.double`, "21")).json()), '{"double":42}');
    const error = await failure(services(nc).request(`${name}.double`, "x"));
    equal(codeOf(isNatsError, error), "SERVICE_ERROR");
    const found = await services(nc).ping({ name }).toArray();
    equal(found.map(({ id }) => id).join(), service.info.id);
    equal((await service.stop()).handled, 0);
  },

  async "goes on with a consume and a watch when the link was cut"(natspeed, { url, cutUrl }) {
    const { connect, jetstream, kv } = natspeed;
    const nc = await connect({ servers: url, reconnect: { delay: 20 } });
    const js = jetstream(nc);
    const name = newName();
    await js.streams.create({ name, subjects: [`${name}.>`], storage: "memory" });
    const bucket = await kv(nc).create(name, { storage: "memory" });
    // What the server hands to a link before it notices that it was cut comes again after that time.
    const consumer = await js.consumers.create(name, { durable: "loop", ackWait: 2000 });
    const messages = consumer.consume({ stopAfter: 2 });
    const events = bucket.watch()[Symbol.asyncIterator]();
    await js.publish(`${name}.a`, "before");
    await bucket.put("a", "before");
    const first = await messages.next();
    await first?.ackConfirmed();
    // The put may come before the watch's consumer is made, or after that: "synced" comes behind it or before it.
    const told = [await events.next(), await events.next()].map(({ value }) => value?.type);
    equal(told.includes("put") && told.includes("synced"), true);
    const back = nc.once("reconnected", { timeout: 8000 });
    await fetch(cutUrl, { method: "POST" });
    await back;
    await js.publish(`${name}.a`, "after");
    await bucket.put("a", "after");
    const [second] = await collect(messages);
    equal(second.string(), "after");
    for await (const event of events) if (event.type === "put" && event.string() === "after") break;
    await js.streams.delete(name);
    await kv(nc).delete(name);
  },
};
