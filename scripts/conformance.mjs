// npm run conformance: the scenarios that both servers are put through; prints the table and writes the page.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { findServer } from "./nats-server.mjs";
import { installDependencies, root } from "./setup.mjs";

/** @typedef {{ ancestorTitles: string[], title: string, status: string, failureMessages: string[] }} Result */

const REPORT = `${root}.cache/conformance.json`;

installDependencies();
const server = await findServer({ log: (/** @type {string} */ line) => console.log(line) });
console.log(`Compared with nats-server ${server.version}`);

mkdirSync(`${root}.cache`, { recursive: true });
rmSync(REPORT, { force: true });
spawnSync(
  process.execPath,
  [
    `${root}node_modules/vitest/vitest.mjs`,
    "run",
    "--project=default",
    "--update",
    "--reporter=json",
    `--outputFile=${REPORT}`,
    "test/conformance",
  ],
  { cwd: root, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, NATS_SERVER: server.path } },
);

const { testResults, success } = JSON.parse(readFileSync(REPORT, "utf8"));
/** @type {Result[]} */
const results = testResults.flatMap(
  (/** @type {{ assertionResults: Result[] }} */ file) => file.assertionResults,
);
/** @type {Map<string, Record<"same" | "failed", number>>} */
const table = new Map();
for (const { ancestorTitles, title, status, failureMessages } of results) {
  const group = ancestorTitles[0];
  if (group !== undefined) {
    const counts = table.get(group) ?? { same: 0, failed: 0 };
    table.set(group, counts);
    if (status === "passed") counts.same++;
    else counts.failed++;
  }
  if (status !== "passed")
    console.log(`\nFAILED  ${[...ancestorTitles, title].join(": ")}\n${failureMessages[0] ?? ""}`);
}

console.log("");
console.log("".padEnd(40), ...["same", "failed"].map((head) => head.padStart(10)));
for (const [group, counts] of table) {
  console.log(group.padEnd(40), ...Object.values(counts).map((count) => String(count).padStart(10)));
}
console.log(
  success ? "\nAll as expected; the scenarios are listed in docs/conformance.md." : "\nNot all as expected.",
);
process.exitCode = success ? 0 : 1;
