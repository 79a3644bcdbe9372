import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { assetName } from "./asset-name.mjs";

/** @import { Client } from "../clients/client.mjs" */
/** @import { JetStream } from "../../../dist/jetstream/index.js" */

const EACH = 50;

/**
 * Both publish to one stream, where an id that one has used is known to the other, and both take from one durable consumer: each
 * message once.
 *
 * @param {Client} one
 * @param {Client} other
 * @param {JetStream} js
 */
export async function oneDurable(one, other, { streams, consumers }) {
  const stream = assetName("SHARED", one, other);
  await streams.create({ name: stream, subjects: ["shared.>"] });
  await consumers.create(stream, { durable: "both" });
  await one.jsTake({ stream, durable: "both" });
  await other.jsTake({ stream, durable: "both" });
  for (let i = 0; i < EACH; i++) {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ]) {
      const message = { subject: "shared.a", value: `${first?.name} ${i}`, msgId: `${first?.name} ${i}` };
      const ack = await first?.jsPublish(message);
      assert.deepEqual(await second?.jsPublish(message), { seq: ack?.seq, duplicate: true });
    }
  }
  const taken = async (/** @type {number} */ count) => [
    await one.jsTaken({ stream, count }),
    await other.jsTaken({ stream, count }),
  ];
  while ((await taken(0)).flat().length < 2 * EACH) await sleep(20);
  const [ours = [], theirs = []] = await taken(1);
  assert.equal(new Set([...ours, ...theirs]).size, 2 * EACH);
  assert.equal(ours.length + theirs.length, 2 * EACH);
  assert.ok(ours.length > 0 && theirs.length > 0, `shared as ${ours.length} and ${theirs.length}`);
  // Acks are read by the server in its own time.
  while ((await consumers.bind(stream, "both").info()).numAckPending > 0) await sleep(20);
}
