// npm run check: everything that CI holds the project to, and `N passed, N failed` at the end.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { build, installDependencies, needsShell, root, TEST_REPORT } from "./setup.mjs";

/** @type {readonly (readonly [what: string, program: string, ...args: string[]])[]} */
const CHECKS = [
  ["format", "npx", "oxfmt", "--check"],
  ["lint", "npm", "run", "--silent", "lint"],
  ["types", "npx", "tsc", "-p", "tsconfig.json"],
  ["types of the core without any runtime", "npx", "tsc", "-p", "tsconfig.core.json"],
  ["types of the benchmarks", "npx", "tsc", "-p", "tsconfig.benchmarks.json"],
  ["dead code", "npx", "knip"],
  ["package", "npx", "publint", "--strict"],
  ["behaviours", "node", "scripts/behaviours.mjs"],
  ["features", "node", "scripts/features.mjs"],
  ["breakages", "node", "scripts/mutants.mjs", "--list"],
  ["other clients", "node", "scripts/other-clients.mjs"],
  ["package types", "npx", "attw", "--pack", ".", "--profile", "esm-only"],
];

/** In characters: of a failure that is told again. */
const LONGEST = 2000;

installDependencies();
build();
let passed = 0;
/** @type {string[]} */
const failed = [];
for (const [what, program, ...args] of CHECKS) {
  console.log(`\n— ${what}`);
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit", shell: needsShell(program) });
  if (status === 0) passed++;
  else failed.push(what);
}
const counted = [
  runTests("tests"),
  runTests("tests on the newest Node", "--newest-node"),
  runCounted("runtimes", "scripts/runtimes.mjs"),
  runCounted("page in a browser", "scripts/browser-demo.mjs", "--check"),
];
console.log("");
for (const what of failed) console.log(`failed: ${what}`);
for (const count of counted) passed += count.passed;
const allFailed = counted.reduce((sum, count) => sum + count.failed, failed.length);
// Once more where whoever sees the end of the output alone finds it.
for (const { failures } of counted) for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${allFailed} failed`);
process.exit(allFailed > 0 ? 1 : 0);

/** @param {string} what @param {string[]} args */
function runTests(what, ...args) {
  console.log(`\n— ${what}`);
  rmSync(TEST_REPORT, { force: true });
  const { status } = spawnSync(process.execPath, [join(root, "scripts/test.mjs"), ...args], {
    cwd: root,
    stdio: "inherit",
  });
  const report = readReport(what);
  if (status !== 0 && report.failed === 0) failed.push(what);
  return report;
}

/**
 * A script that ends with its own `N passed, N failed`.
 *
 * @param {string} what
 * @param {string} script
 * @param {string[]} args
 */
function runCounted(what, script, ...args) {
  console.log(`\n— ${what}`);
  const { status, stdout } = spawnSync(process.execPath, [`${root}${script}`, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  console.log(stdout);
  const counts = /^(\d+) passed, (\d+) failed/m.exec(stdout);
  const failures = [...stdout.matchAll(/^ *FAILED:? +(.*)/gm)].map(([, title]) => `${what}: ${title}`);
  const counted = { passed: Number(counts?.[1] ?? 0), failed: Number(counts?.[2] ?? 0), failures };
  if (status !== 0 && counted.failed === 0) failed.push(what);
  return counted;
}

/**
 * What the test run counted; nothing if it ended before it could.
 *
 * @param {string} what
 */
function readReport(what) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(TEST_REPORT, "utf8"));
    const failures = testResults.flatMap((/** @type {TestFile} */ file) => failuresOf(file, what));
    return { passed: numPassedTests, failed: numFailedTests, failures };
  } catch {
    return { passed: 0, failed: 0, failures: [] };
  }
}

/**
 * @typedef {{ fullName: string, status: string, failureMessages: string[] }} Test
 * @typedef {{ name: string, status: string, message: string, assertionResults: Test[] }} TestFile
 *
 * @param {TestFile} file
 * @param {string} what
 */
function failuresOf({ name, status, message, assertionResults }, what) {
  const where = `${what}: ${relative(root, name)}`;
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0 && status === "failed") return [`${where}\n${message}`];
  return failed.map(({ fullName, failureMessages }) =>
    [`${where}: ${fullName}`, ...failureMessages].join("\n").slice(0, LONGEST),
  );
}
