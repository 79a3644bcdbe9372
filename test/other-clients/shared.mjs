// natspeed and another client on one nats-server with JetStream:
// `node shared.mjs <scenario> <nats.js|nats.go|nats> <url> [program]`; it ends with 0 if each reads what the other wrote.
import assert from "node:assert/strict";
import { connect } from "../../dist/index.js";
import { jetstream } from "../../dist/jetstream/index.js";
import { agent } from "./clients/agent.mjs";
import { natsCli } from "./clients/nats-cli.mjs";
import { natsJs } from "./clients/nats-js.mjs";
import { natspeed } from "./clients/natspeed.mjs";
import { entries, markers, timeToLive, watching } from "./shared/buckets.mjs";
import { entriesByHand, objectsByHand, servicesByHand } from "./shared/command-line.mjs";
import { objects } from "./shared/objects.mjs";
import { discovery, sharing } from "./shared/services.mjs";
import { oneDurable } from "./shared/streams.mjs";

/** @import { Client } from "./clients/client.mjs" */
/** @import { JetStream } from "../../dist/jetstream/index.js" */

/** @type {Record<string, (one: Client, other: Client, js: JetStream) => Promise<void>>} */
const SCENARIOS = {
  entries,
  markers,
  timeToLive,
  watching,
  objects,
  discovery,
  sharing,
  oneDurable,
  entriesByHand,
  objectsByHand,
  servicesByHand,
};

/** Those in which the second client has less to do than the first. */
const ONE_WAY = new Set(["servicesByHand"]);

const [scenario = "", name = "", url = "", program = ""] = process.argv.slice(2);
const run = SCENARIOS[scenario];
assert.ok(run, `no scenario ${scenario}`);

const ours = await natspeed(url);
const theirs = await otherClient();
const nc = await connect(url);
const js = jetstream(nc);
// A server removes an account's folder with its last stream, and can't make the next one in that moment (2.15.2).
const KEPT = "KEPT";
await js.streams.createOrUpdate({ name: KEPT, subjects: ["kept"] });
for (const [one, other] of [
  [ours, theirs],
  [theirs, ours],
]) {
  if (one === undefined || other === undefined || (one === theirs && ONE_WAY.has(scenario))) break;
  await run(one, other, js).catch((/** @type {Error} */ error) => {
    throw new Error(`${one.name} first, then ${other.name}: ${error.message}`, { cause: error });
  });
  for await (const stream of js.streams.names()) if (stream !== KEPT) await js.streams.delete(stream);
}
for (const client of [ours, theirs, nc]) await client.close();

/** @returns {Promise<Client>} */
async function otherClient() {
  if (name === "nats.js") return await natsJs(url);
  if (name === "nats.go") return await agent(name, program, ["agent", url]);
  return await natsCli(program, url);
}
