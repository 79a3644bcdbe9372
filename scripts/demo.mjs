// npm run demo: sets everything up and runs the tour, against the in-process server; with `-- --nats-server` against a
// real nats-server, which is fetched if need be.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { build, installDependencies, root, run } from "./setup.mjs";

const { values } = parseArgs({ options: { "nats-server": { type: "boolean", default: false } } });

installDependencies();
build();
run("npm", ["exec", "--", "tsc", "-p", "tsconfig.examples.json"]);
const server = values["nats-server"] ? await startNatsServer() : await startInProcess();
try {
  // Not spawnSync: the server in this process has to go on meanwhile.
  const tour = spawn(process.execPath, [`${root}build/examples/tour.js`, server.url], { stdio: "inherit" });
  const [status] = await once(tour, "exit");
  process.exitCode = status ?? 1;
} finally {
  await server.stop();
}

async function startInProcess() {
  const { startServer } = await import("../dist/server/index.js");
  const server = await startServer();
  console.log(`Started a NATS server inside this process on ${server.url}`);
  return server;
}

async function startNatsServer() {
  const { startServer } = await import("./nats-server.mjs");
  const server = await startServer({ log: (/** @type {string} */ line) => console.log(line) });
  console.log(`Started nats-server ${server.version} on ${server.url}`);
  return server;
}
