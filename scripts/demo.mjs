// npm run demo: sets everything up and runs the tour against a real nats-server of its own.
import { spawnSync } from "node:child_process";
import { build, installDependencies, root, run } from "./setup.mjs";
import { startServer } from "./nats-server.mjs";

installDependencies();
build();
run("npm", ["exec", "--", "tsc", "-p", "tsconfig.examples.json"]);
const server = await startServer({ log: (/** @type {string} */ line) => console.log(line) });
console.log(`Started nats-server ${server.version} on ${server.url}`);
try {
  const tour = spawnSync(process.execPath, [`${root}build/examples/tour.js`, server.url], {
    stdio: "inherit",
  });
  process.exitCode = tour.status ?? 1;
} finally {
  await server.stop();
}
