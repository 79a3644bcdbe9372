// Publishes in a loop until SIGTERM. Run with, as arguments, the module of the client, the URL of a server, and the size of
// a message.
import { writeSync } from "node:fs";

const [, , client = "", url = "", size = ""] = process.argv;
/** @type {typeof import("../../src/index.ts")} */
const { connect } = await import(client);

const end = new AbortController();
process.once("SIGTERM", () => end.abort());
const nc = await connect({ servers: url, reconnect: false });
const payload = new Uint8Array(Number(size));
for (let i = 0; !end.signal.aborted; i++) {
  await nc.ready();
  nc.publish("flood", payload);
  if (i === 1000) writeSync(1, "in the loop\n");
}
await nc.close();
writeSync(1, "at the end\n");
