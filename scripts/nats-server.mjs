import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findServer } from "./nats-server/find.mjs";
import { startServer } from "./nats-server/launch.mjs";

export { MINIMUM_VERSION, PINNED_VERSION, versionAtLeast } from "./nats-server/binary.mjs";
export { startCluster } from "./nats-server/cluster.mjs";
export { findServer } from "./nats-server/find.mjs";
export { startServer } from "./nats-server/launch.mjs";

/** @typedef {import("./nats-server/binary.mjs").FoundServer} FoundServer */
/** @typedef {import("./nats-server/find.mjs").FindOptions} FindOptions */
/** @typedef {import("./nats-server/launch.mjs").StartOptions} StartOptions */
/** @typedef {import("./nats-server/launch.mjs").RunningServer} RunningServer */
/** @typedef {import("./nats-server/server-process.mjs").Exit} Exit */
/** @typedef {import("./nats-server/cluster.mjs").ClusterOptions} ClusterOptions */
/** @typedef {import("./nats-server/cluster.mjs").RunningCluster} RunningCluster */

const USAGE = `usage: node scripts/nats-server.mjs                prints the path of a nats-server
       node scripts/nats-server.mjs --run [args…]  runs one until Ctrl-C, on a free port or -p <port>
`;

const program = process.argv[1] ?? "";
if (existsSync(program) && realpathSync(program) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2)).catch((/** @type {Error} */ error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}

/** @param {string[]} args */
async function main([verb, ...rest]) {
  if (verb === undefined) {
    process.stdout.write(`${(await findServer({ log })).path}\n`);
  } else if (verb === "--run") {
    await runInForeground(rest);
  } else {
    process.stderr.write(USAGE);
    process.exitCode = 2;
  }
}

/** @param {string[]} args */
async function runInForeground(args) {
  const server = await startServer({ args, log, inheritOutput: true });
  const stop = () => void server.stop();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  // Last: whoever reads the URL may send a signal at once.
  process.stdout.write(`${server.url}\n`);
  const { code } = await server.exited;
  await server.stop();
  process.exitCode = code ?? 1;
}

/** @param {string} line */
function log(line) {
  process.stderr.write(`${line}\n`);
}
