// npm run demo: sets everything up and runs the tours: that of the core against the in-process server, and those of JetStream
// and of what stands on it against a real nats-server, if there is one; with `-- --nats-server` all against a real one, which is
// fetched if need be.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { build, installDependencies, root, run } from "./setup.mjs";
import { findServer, startServer as startNatsServer } from "./nats-server.mjs";

const { values } = parseArgs({ options: { "nats-server": { type: "boolean", default: false } } });
const isReal = values["nats-server"];

installDependencies();
build();
run("npm", ["exec", "--", "tsc", "-p", "tsconfig.examples.json"]);

process.exitCode = (await runTour("tour", isReal ? startReal : startInProcess)) ?? 1;
if (process.exitCode === 0 && (isReal || (await isAtHand()))) {
  for (const name of ["jetstream-tour", "kv-tour"]) {
    process.exitCode = (await runTour(name, startReal)) ?? 1;
    if (process.exitCode !== 0) break;
  }
}

/**
 * @param {string} name
 * @param {() => Promise<{ url: string, stop(): Promise<unknown> }>} start
 */
async function runTour(name, start) {
  const server = await start();
  try {
    // Not spawnSync: the server in this process has to go on meanwhile.
    const tour = spawn(process.execPath, [`${root}build/examples/${name}.js`, server.url], {
      stdio: "inherit",
    });
    const [status] = await once(tour, "exit");
    return status;
  } finally {
    await server.stop();
  }
}

/** Nothing is fetched unasked. */
async function isAtHand() {
  try {
    await findServer({ install: false });
    return true;
  } catch {
    console.log(
      "\nThe tours of JetStream and key-value need a nats-server: npm run demo -- --nats-server fetches one.",
    );
    return false;
  }
}

async function startInProcess() {
  const { startServer } = await import("../dist/server/index.js");
  const server = await startServer();
  console.log(`Started a NATS server inside this process on ${server.url}`);
  return server;
}

async function startReal() {
  const log = (/** @type {string} */ line) => console.log(line);
  const server = await startNatsServer({ jetstream: true, log });
  console.log(`\nStarted nats-server ${server.version} on ${server.url}`);
  return server;
}
