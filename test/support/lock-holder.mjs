// Holds a lock, and does under it what carries its fence, again and again, until that is refused. Tells of it line by line. Run
// with the module of the client, the URL of a server, the name of a bucket, and the lock's ttl in milliseconds.
import { writeSync } from "node:fs";

const [, , client = "", url = "", name = "", ttl = ""] = process.argv;
/** @type {typeof import("../../src/index.ts")} */
const { connect, json } = await import(client);
/** @type {typeof import("../../src/kv/index.ts")} */
const { kv } = await import(new URL("kv/index.js", client).href);

const nc = await connect({ servers: url });
const bucket = await kv(nc).get(name);
const deeds = bucket.typed(json());
const lock = await bucket.lock("lock", { ttl: Number(ttl), holder: "child" });
writeSync(1, `held ${lock.fence}\n`);
try {
  // It does not ask whether it holds the lock: it may be frozen between the answer and the deed.
  for (;;) await deeds.transact("deed", (seen = 0) => guarded(Number(seen)));
} catch (error) {
  const reason = lock.signal.aborted ? lock.signal.reason.code : "none";
  const text = error instanceof Error ? error.message : "no error";
  writeSync(1, `${text}, ${reason}\n`);
}
await nc.close();

/** @param {number} seen */
function guarded(seen) {
  if (seen > lock.fence) throw new Error("refused");
  return lock.fence;
}
