// npm test: sets everything up, runs the tests against a real nats-server, and ends with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { build, installDependencies, root, TEST_REPORT } from "./setup.mjs";
import { findServer } from "./nats-server.mjs";

installDependencies();
build();
const server = await findServer({ log: (/** @type {string} */ line) => console.log(line) });
console.log(`Using nats-server ${server.version} (${server.source})`);

mkdirSync(`${root}.cache`, { recursive: true });
rmSync(TEST_REPORT, { force: true });
const vitest = spawnSync(
  process.execPath,
  [
    `${root}node_modules/vitest/vitest.mjs`,
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${TEST_REPORT}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, NATS_SERVER: server.path } },
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
