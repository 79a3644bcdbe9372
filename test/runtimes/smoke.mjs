// The same checks on every runtime: no `node:` and no runtime's own globals, but those that all of them have.

import { codeOf, collect, equal, failure } from "./expectations.mjs";
import { STORED_CHECKS } from "./stored-checks.mjs";

/**
 * What all entries give.
 *
 * @typedef {typeof import("natspeed") & Pick<typeof import("natspeed/server"), "startServer"> &
 *   typeof import("natspeed/jetstream") & typeof import("natspeed/kv") & typeof import("natspeed/object-store") &
 *   typeof import("natspeed/services")} Natspeed
 */

/** @typedef {Record<string, (natspeed: Natspeed, surroundings: Surroundings) => Promise<void>>} SmokeChecks */

/**
 * @typedef {object} Surroundings
 * @property {string} url a server with JetStream, through a proxy that can be cut
 * @property {string} cutUrl a request to it cuts all links of the proxy
 * @property {string} guardedUrl a server that wants user "joe" with password "secret"
 * @property {string} refusedUrl a port where nobody listens
 * @property {{ ca: string }} [tls] whom to trust, where the runtime can be told
 * @property {string} [unnamedTlsUrl] a server that wants TLS, without a word of it
 * @property {boolean} [listens] whether the runtime can listen
 */

/**
 * Runs all checks; one that fails does not stop the others.
 *
 * @param {Natspeed} natspeed
 * @param {Surroundings} surroundings
 * @returns {Promise<{ name: string, error?: string }[]>}
 */
export async function smoke(natspeed, surroundings) {
  const results = [];
  const { unnamedTlsUrl } = surroundings;
  const checks = { ...CHECKS, ...STORED_CHECKS, ...(unnamedTlsUrl === undefined ? {} : TLS_CHECKS) };
  for (const [name, check] of Object.entries(checks)) {
    /** @type {import("natspeed").Connection[]} */
    const opened = [];
    const connect = async (/** @type {import("natspeed").ConnectOptions} */ options) => {
      const { tls } = surroundings;
      const usesTls = tls !== undefined && /^(?:tls|wss):/.test(String(options.servers));
      const nc = await natspeed.connect(usesTls ? { tls, ...options } : options);
      opened.push(nc);
      return nc;
    };
    try {
      await within(
        10_000,
        check({ ...natspeed, connect: /** @type {Natspeed["connect"]} */ (connect) }, surroundings),
      );
      results.push({ name });
    } catch (error) {
      results.push({ name, error: `${/** @type {Error} */ (error).stack}` });
    } finally {
      await Promise.all(opened.map((nc) => nc.close()));
    }
  }
  return results;
}

/** @type {SmokeChecks} */
const CHECKS = {
  async "connects, and knows its server"({ connect }, { url }) {
    const nc = await connect({ servers: url, name: "smoke" });
    equal(nc.state, "connected");
    equal(nc.info?.headers, true);
    // workerd's clock stands still between two inputs.
    equal((await nc.rtt()) >= 0, true);
  },

  async "carries every byte, large payloads and headers"({ connect, headers }, { url }) {
    const nc = await connect({ servers: url });
    const subscription = nc.subscribe("bytes", { max: 3 });
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const large = new Uint8Array(300_000).fill(7);
    nc.publish("bytes", bytes, { headers: headers({ "X-Kind": "all" }) });
    nc.publish("bytes", large);
    nc.publish("bytes", "grüße 👋");
    const [first, second, third] = await collect(subscription);
    equal(first.data.join(), bytes.join());
    equal(first.headers?.get("X-Kind"), "all");
    equal(second.data.every((/** @type {number} */ byte) => byte === 7) && second.size, 300_000);
    equal(third.string(), "grüße 👋");
  },

  async "delivers by callback, loop and batches, in order"({ connect }, { url }) {
    const nc = await connect({ servers: url });
    const count = 5000;
    /** @type {number[]} */
    const called = [];
    /** @type {number[]} */
    const looped = [];
    /** @type {number[]} */
    const batched = [];
    const allCalled = new Promise((resolve) => {
      nc.subscribe("flow", {
        callback: (m) => {
          if (called.push(Number(m.string())) === count) resolve(0);
        },
      });
    });
    const loop = nc.subscribe("flow", { max: count });
    const batches = nc.subscribe("flow", { max: count });
    for (let i = 0; i < count; i++) nc.publish("flow", String(i));
    for await (const m of loop) looped.push(Number(m.string()));
    for await (const batch of batches.batches()) for (const m of batch) batched.push(Number(m.string()));
    await allCalled;
    for (const numbers of [called, looped, batched])
      equal(numbers.length === count && numbers.every((n, i) => n === i), true);
  },

  async "shares a queue group's messages out"({ connect }, { url }) {
    const one = await connect({ servers: url });
    const other = await connect({ servers: url });
    const got = { one: 0, other: 0 };
    const all = new Promise((resolve) => {
      const count = (/** @type {"one" | "other"} */ name) => {
        got[name]++;
        if (got.one + got.other === 200) resolve(0);
      };
      one.subscribe("work", { queue: "q", callback: () => count("one") });
      other.subscribe("work", { queue: "q", callback: () => count("other") });
    });
    await Promise.all([one.flush(), other.flush()]);
    for (let i = 0; i < 200; i++) one.publish("work");
    await all;
    equal(got.one > 0 && got.other > 0, true);
  },

  async "asks and answers, one and many"({ connect }, { url }) {
    const nc = await connect({ servers: url });
    for (const name of ["a", "b"])
      nc.subscribe("ask", { callback: (m) => m.respond(`${name}${m.string()}`) });
    equal(["a1", "b1"].includes((await nc.request("ask", "1")).string()), true);
    const replies = [];
    for await (const reply of nc.requestMany("ask", "2", { maxMessages: 2, maxWait: 5000 }))
      replies.push(reply.string());
    equal(replies.toSorted().join(), "a2,b2");
  },

  async "fails with codes: nobody answers, wrong password, nobody listens"(natspeed, surroundings) {
    const { connect, isNatsError } = natspeed;
    const nc = await connect({ servers: surroundings.url });
    equal(codeOf(isNatsError, await failure(nc.request("nobody"))), "NO_RESPONDERS");
    const wrong = { servers: surroundings.guardedUrl, user: "joe", password: "wrong" };
    equal(codeOf(isNatsError, await failure(connect(wrong))), "AUTHORIZATION_VIOLATION");
    const right = await connect({ ...wrong, password: "secret" });
    equal(right.state, "connected");
    const code = codeOf(isNatsError, await failure(connect({ servers: surroundings.refusedUrl })));
    // A browser does not say why.
    equal(["CONNECTION_REFUSED", "DIAL_FAILED"].includes(code), true);
  },

  async "restores a link that was cut, and what was published meanwhile arrives"(
    { connect },
    { url, cutUrl },
  ) {
    const nc = await connect({ servers: url, reconnect: { delay: 20 } });
    const subscription = nc.subscribe("after", { max: 1 });
    await nc.flush();
    const told = ["disconnected", "reconnected"].map(
      (type) => new Promise((resolve) => nc.on(/** @type {any} */ (type), resolve)),
    );
    await fetch(cutUrl, { method: "POST" });
    await told[0];
    nc.publish("after", "kept");
    await told[1];
    const [kept] = await collect(subscription);
    equal(kept.string(), "kept");
  },

  async "drains: all that came is handled, then it is closed"({ connect }, { url }) {
    const nc = await connect({ servers: url });
    let handled = 0;
    nc.subscribe("last", {
      callback: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        handled++;
      },
    });
    for (let i = 0; i < 20; i++) nc.publish("last");
    await nc.flush();
    const report = await nc.drain();
    equal(`${handled} ${report.abandoned} ${report.timedOut} ${nc.state}`, "20 0 false closed");
  },

  async "has a server inside, in memory and on a port where it can listen"(natspeed, { listens = false }) {
    const { connect, startServer, isNatsError } = natspeed;
    const server = await startServer({ port: false });
    const nc = await connect({ ...server.inMemory, reconnect: { delay: 20 } });
    nc.subscribe("ask", { callback: (m) => m.respond(`not ${m.string()}`) });
    equal((await nc.request("ask", "this")).string(), "not this");
    const back = new Promise((resolve) => nc.on("reconnected", resolve));
    server.faults.disconnect();
    await back;
    equal((await nc.request("ask", "that")).string(), "not that");
    equal(server.connections.length, 1);
    await nc.close();
    await server.stop();
    if (!listens) {
      equal(codeOf(isNatsError, await failure(startServer({ websocket: {} }))), "INVALID_OPTION");
      return;
    }
    const open = await startServer({ websocket: {} });
    for (const url of [open.url, open.websocketUrl]) {
      const client = await connect({ servers: url });
      equal((await client.rtt()) >= 0, true);
      await client.close();
    }
    await open.stop();
  },
};

/** Those for runtimes that do TLS through this library. @type {SmokeChecks} */
const TLS_CHECKS = {
  async "learns from the server that TLS is wanted"(natspeed, { unnamedTlsUrl, tls }) {
    if (unnamedTlsUrl === undefined) throw new Error("there is no such server");
    const { connect, isNatsError } = natspeed;
    const nc = await connect({ servers: unnamedTlsUrl, ...(tls === undefined ? {} : { tls }) });
    equal((await nc.rtt()) >= 0, true);
    // Asked for nothing, it trusts those that the system trusts.
    const error = await failure(connect({ servers: unnamedTlsUrl }));
    equal(codeOf(isNatsError, error), "TLS_FAILED");
  },
};

/** @template T @param {number} ms @param {Promise<T>} promise @returns {Promise<T>} */
async function within(ms, promise) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}
