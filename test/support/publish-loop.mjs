// Publishes without a pause and tells what that took of memory. Run with --expose-gc and, as arguments, the module of
// the client, the URL of a server, how many messages, and their size.
import { writeSync } from "node:fs";

const [, , client = "", url = "", count = "", size = ""] = process.argv;
/** @type {typeof import("../../src/index.ts")} */
const { connect } = await import(client);
const payload = "x".repeat(Number(size));

const nc = await connect({ servers: url, reconnect: false });
const before = footprint();
for (let i = 0; i < Number(count); i++) nc.publish("flood", payload);
const after = footprint();
const result = { ...after, held: after.held - before.held, resident: after.resident - before.resident };
writeSync(1, JSON.stringify({ ...result, pendingBytes: nc.pendingBytes }));
process.exit();

/** What is held, garbage left out, and what the system sees. */
function footprint() {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { held: heapUsed + arrayBuffers, resident: rss };
}
