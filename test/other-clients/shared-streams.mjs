// natspeed and nats.js on the same streams: `node shared-streams.mjs <url of a server with JetStream>`; it ends with 0 if each reads
// what the other wrote, finds the other's ids stored, and has its share of one durable consumer.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream as natsJs, jetstreamManager } from "@nats-io/jetstream";
import { connect as connectNatsJs } from "@nats-io/transport-node";
import { connect } from "../../dist/index.js";
import { jetstream } from "../../dist/jetstream/index.js";

const EACH = 100;
const HOUR = 3_600_000;

const [url = ""] = process.argv.slice(2);
const nc = await connect(url);
const other = await connectNatsJs({ servers: url });
const ours = jetstream(nc);
const theirs = natsJs(other);
const manager = await jetstreamManager(other);

await manager.streams.add({ name: "THEIRS", subjects: ["theirs.>"], max_age: HOUR * 1e6 });
await manager.consumers.add("THEIRS", { durable_name: "shared", ack_policy: "explicit" });
await ours.streams.create({ name: "OURS", subjects: ["ours.>"], maxAge: HOUR });
await ours.consumers.create("OURS", { durable: "shared" });
for (const stream of ["THEIRS", "OURS"]) {
  await publish(`${stream.toLowerCase()}.a`);
  await consume(stream);
  assert.equal((await ours.streams.bind(stream).info()).config.maxAge, HOUR);
  assert.equal((await manager.streams.info(stream)).config.max_age, HOUR * 1e6);
}
await nc.close();
await other.close();

/** Both publish; an id that one has used is known to the other. @param {string} subject */
async function publish(subject) {
  for (let i = 0; i < EACH; i++) {
    await ours.publish(subject, `n${i}`, { msgId: `n${i}` });
    assert.equal((await theirs.publish(subject, `n${i}`, { msgID: `n${i}` })).duplicate, true);
    await theirs.publish(subject, `j${i}`, { msgID: `j${i}` });
    assert.equal((await ours.publish(subject, `j${i}`, { msgId: `j${i}` })).duplicate, true);
  }
}

/** Both take from one durable consumer: each message once. @param {string} stream */
async function consume(stream) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  /** @param {{ string(): string, ack(): void }} m */
  const callback = (m) => {
    seen.set(m.string(), (seen.get(m.string()) ?? 0) + 1);
    m.ack();
  };
  const mine = ours.consumers.bind(stream, "shared").consume({ capacity: 5, callback });
  const another = await (await theirs.consumers.get(stream, "shared")).consume({ max_messages: 5, callback });
  while (seen.size < 2 * EACH) await sleep(20);
  await mine.drain();
  await another.close();
  await other.flush();
  assert.deepEqual(
    [...seen.values()].filter((times) => times !== 1),
    [],
  );
  // Acks are read by the server in its own time.
  while ((await manager.consumers.info(stream, "shared")).num_ack_pending > 0) await sleep(20);
}
