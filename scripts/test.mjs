// npm test: sets everything up, runs the tests against a real nats-server, and ends with `N passed, N failed`.
// With --newest-node first: on the newest Node that npm has, whatever Node this is, what the Node can change.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findServer } from "./nats-server.mjs";
import { tellNotRun } from "./missing.mjs";
import { NEWEST_NODE, programs } from "./runtimes/command-line.mjs";
import { installRuntimes, RUNTIMES } from "./runtimes/install.mjs";
import { build, installDependencies, root, TEST_REPORT } from "./setup.mjs";

const isNewest = process.argv[2] === "--newest-node";
const args = process.argv.slice(isNewest ? 3 : 2);

installDependencies();
build();
const node = isNewest ? findNewestNode() : process.execPath;
const server = await findServer({ log: (/** @type {string} */ line) => console.log(line) });
console.log(`Using nats-server ${server.version} (${server.source})${isNewest ? ` on ${NEWEST_NODE}` : ""}`);

mkdirSync(join(root, ".cache"), { recursive: true });
rmSync(TEST_REPORT, { force: true });
const vitest = spawnSync(
  node,
  [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${TEST_REPORT}`,
    // The transports and the in-process server have tests of their own in the project `default`.
    ...(isNewest ? ["--project", "default"] : []),
    // Shared machines stand still for seconds now and then. What needed a second run is marked in the output.
    ...(process.env["CI"] === "true" ? ["--retry=1"] : []),
    ...args,
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NATS_SERVER: server.path, ...(isNewest ? { NATSPEED_TEST_RUN: "second" } : {}) },
  },
);

if (!existsSync(TEST_REPORT)) {
  console.error("the test runner ended without a report");
  process.exit(1);
}
const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(
  readFileSync(TEST_REPORT, "utf8"),
);
// A file that can't be loaded, or an unhandled rejection, fails the run without failing a test.
const failed = numFailedTests === 0 && (!success || vitest.status !== 0) ? 1 : numFailedTests;
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
console.log(`${numPassedTests} passed, ${failed} failed${skipped}`);
process.exit(failed > 0 || numPassedTests === 0 ? 1 : 0);

/** The path of its program; where there is none the run ends. */
function findNewestNode() {
  installRuntimes();
  const [program = ""] = programs(RUNTIMES)[NEWEST_NODE] ?? [];
  if (existsSync(program)) return program;
  const reason = `npm has none for ${process.platform} on ${process.arch}`;
  const isFailure = tellNotRun(`the tests on ${NEWEST_NODE}`, reason);
  console.log(`0 passed, ${isFailure ? 1 : 0} failed`);
  process.exit(isFailure ? 1 : 0);
}
