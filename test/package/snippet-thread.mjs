// Runs programs in a thread, one after the other: each in modules of its own, with the package that is loaded once.
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort } from "node:worker_threads";

/** In milliseconds: a program that has come to its last line ends within this time, or never. */
const LIMIT = 10_000;

/** What a program leaves open keeps its process alive. The port is this thread's own. */
const OWN = new Set(["MessagePort"]);

let printed = "";
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (/** @type {string | Uint8Array} */ text) => {
    printed += String(text);
    return true;
  };
}

// What a program throws ends the thread.
parentPort?.on("message", (/** @type {string} */ script) => void run(script));

/** @param {string} script */
async function run(script) {
  printed = "";
  await import(script);
  const open = await leftOpen();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this port has no origin
  parentPort?.postMessage({ output: printed, open });
}

/** What would keep the process of a program from ending by itself, after its last line; most of it closes a moment later. */
async function leftOpen() {
  const deadline = Date.now() + LIMIT;
  for (;;) {
    const open = process.getActiveResourcesInfo().filter((kind) => !OWN.has(kind));
    if (open.length === 0 || Date.now() > deadline) return open;
    await sleep(1, undefined, { ref: false });
  }
}
