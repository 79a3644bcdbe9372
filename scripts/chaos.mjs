// npm run chaos: sets everything up and runs the chaos of test/chaos against a cluster of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { build, installDependencies, root, run } from "./setup.mjs";
import { findServer } from "./nats-server.mjs";

installDependencies();
build();
run("npm", ["exec", "--", "tsc", "-p", "tsconfig.chaos.json"]);
const server = await findServer({ log: (/** @type {string} */ line) => console.log(line) });
const child = spawn(
  process.execPath,
  ["--expose-gc", `${root}build/chaos/test/chaos/main.js`, ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit", env: { ...process.env, NATS_SERVER: server.path } },
);
// A terminal sends Ctrl-C to the child as well; this script waits until it has cleaned up.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => void child.kill("SIGTERM"));
const [code] = await once(child, "exit");
process.exitCode = code ?? 1;
