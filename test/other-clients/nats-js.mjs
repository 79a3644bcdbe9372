// nats.js against a server: `node nats-js.mjs <scenario> <url> [credentials]`; it ends with 0 if all is as it should be.
// "restart" on stdout asks whoever started it for a restart of the server; a line on stdin says that it is done.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect, credsAuthenticator, errors, headers } from "@nats-io/transport-node";

const [scenario = "", url = "", credentials = ""] = process.argv.slice(2);

/** @type {Record<string, () => Promise<void>>} */
const SCENARIOS = { pubsub, queue, request, headers: withHeaders, drain, reconnect, credentials: signedIn };

const run = SCENARIOS[scenario];
assert.ok(run, `no scenario ${scenario}`);
await run();
process.exit(0);

/** @param {import("@nats-io/transport-node").Subscription} subscription @param {number} count */
async function take(subscription, count) {
  const texts = [];
  for await (const m of subscription) {
    texts.push(`${m.subject}=${m.string()}`);
    if (texts.length === count) break;
  }
  return texts;
}

async function pubsub() {
  const nc = await connect({ servers: url });
  const all = take(nc.subscribe("weather.>"), 3);
  const one = take(nc.subscribe("weather.*.wind"), 1);
  await nc.flush();
  nc.publish("weather.oslo.temperature", "-3");
  nc.publish("weather.oslo.wind", "12");
  nc.publish("weather.cairo.temperature", "34");
  assert.deepEqual(await all, [
    "weather.oslo.temperature=-3",
    "weather.oslo.wind=12",
    "weather.cairo.temperature=34",
  ]);
  assert.deepEqual(await one, ["weather.oslo.wind=12"]);
  const limited = nc.subscribe("limited", { max: 2 });
  for (const text of ["1", "2", "3"]) nc.publish("limited", text);
  assert.deepEqual(await take(limited, 3), ["limited=1", "limited=2"]);
  await nc.close();
}

async function queue() {
  const nc = await connect({ servers: url });
  const other = await connect({ servers: url });
  const done = [0, 0, 0];
  for (const i of done.keys()) {
    (i === 0 ? other : nc).subscribe("jobs", { queue: "workers", callback: () => void done[i]++ });
  }
  await Promise.all([nc.flush(), other.flush()]);
  for (let i = 0; i < 3000; i++) nc.publish("jobs", `${i}`);
  await nc.flush();
  await Promise.all([nc.drain(), other.drain()]);
  assert.equal(
    done.reduce((sum, one) => sum + one, 0),
    3000,
  );
  for (const one of done) assert.ok(one > 500, `shared as ${done.join(", ")}`);
}

async function request() {
  const nc = await connect({ servers: url });
  nc.subscribe("echo", { callback: (_error, m) => void m.respond(m.data) });
  const replies = await Promise.all(Array.from({ length: 500 }, (_, i) => nc.request("echo", `${i}`)));
  assert.deepEqual(
    replies.map((m) => m.string()),
    Array.from({ length: 500 }, (_, i) => `${i}`),
  );
  await assert.rejects(
    nc.request("nobody", "", { timeout: 5000 }),
    (error) => error instanceof errors.RequestError && error.isNoResponders(),
  );
  await nc.close();
}

async function withHeaders() {
  const nc = await connect({ servers: url });
  const subscription = nc.subscribe("h", { max: 1 });
  const sent = headers();
  sent.append("X-Trace", "1");
  sent.append("X-Trace", "two words");
  nc.publish("h", "payload", { headers: sent });
  for await (const m of subscription) {
    assert.deepEqual(m.headers?.values("X-Trace"), ["1", "two words"]);
    assert.equal(m.string(), "payload");
  }
  await nc.close();
}

async function drain() {
  const nc = await connect({ servers: url });
  const publisher = await connect({ servers: url });
  let handled = 0;
  nc.subscribe("d", { callback: () => void handled++ });
  await nc.flush();
  for (let i = 0; i < 10_000; i++) publisher.publish("d");
  await publisher.flush();
  await nc.drain();
  assert.equal(handled, 10_000);
  await publisher.close();
}

async function reconnect() {
  const nc = await connect({ servers: url, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  const subscription = nc.subscribe("r");
  const iterator = subscription[Symbol.asyncIterator]();
  await nc.flush();
  const isBack = (async () => {
    for await (const { type } of nc.status()) if (type === "reconnect") return;
  })();
  console.log("restart");
  await once(process.stdin, "data");
  await isBack;
  nc.publish("r", "after");
  assert.equal((await iterator.next()).value?.string(), "after");
  await nc.close();
}

async function signedIn() {
  const nc = await connect({ servers: url, authenticator: credsAuthenticator(readFileSync(credentials)) });
  const subscription = nc.subscribe("a", { max: 1 });
  nc.publish("a", "signed");
  assert.deepEqual(await take(subscription, 1), ["a=signed"]);
  await nc.close();
}
