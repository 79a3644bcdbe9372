// npm run mutants: breaks the code in every way that test/mutants lists, and tells which test did not notice.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readBreakages, staleReason } from "./mutants/breakage.mjs";
import { BrokenCopy } from "./mutants/broken-copy.mjs";
import { findServer } from "./nats-server.mjs";
import { build, installDependencies, root } from "./setup.mjs";

/** @import { ListedBreakage } from "./mutants/breakage.mjs" */

const { values } = parseArgs({
  options: {
    // Of an area, a file, a test or a description.
    only: { type: "string", default: "" },
    // Those whose source, test or list is another than at this commit.
    since: { type: "string" },
    // Whether every breakage still fits the code; nothing is run.
    list: { type: "boolean", default: false },
    workers: { type: "string", default: "2" },
  },
});

installDependencies();
const changed = values.since === undefined ? undefined : changedSince(values.since);
const wanted = (await readBreakages(root)).filter(
  ({ area, file, testFile, caughtBy, what }) =>
    [area, file, caughtBy, what].some((text) => text.includes(values.only)) &&
    (changed === undefined ||
      [file, `test/${testFile}`, `test/mutants/${area}.mjs`].some((path) => changed.has(path))),
);
const counts = { caught: 0, survived: 0, unusable: 0 };
const usable = wanted.filter((breakage) => {
  const reason = staleReason(root, breakage);
  if (reason !== undefined) tell("unusable", breakage, reason);
  return reason === undefined;
});
if (values.list) {
  for (const { area, what } of usable) console.log(`${area}: ${what}`);
  console.log(`${usable.length} breakages, ${counts.unusable} unusable`);
  process.exit(counts.unusable > 0 ? 1 : 0);
}

build();
const server = await findServer({ log: (/** @type {string} */ line) => console.log(line) });
const env = { ...process.env, NATS_SERVER: server.path };
// A test that fails anyway catches everything, so each is first run against the code as it is.
/** @type {Map<string, Promise<string>>} */
const untouched = new Map();
const queue = [...usable];
const copies = Array.from(
  { length: Math.min(Number(values.workers), usable.length) },
  // Of this process alone: two runs must not break each other's code.
  (_, at) => new BrokenCopy(root, join(root, ".cache/mutants", `${process.pid}-${at}`), { env }),
);
try {
  await Promise.all(
    copies.map(async (copy) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await tryOut(copy, next);
    }),
  );
} finally {
  for (const copy of copies) copy.remove();
}
console.log(`\n${counts.caught} caught, ${counts.survived} survived, ${counts.unusable} unusable`);
console.log(`${counts.caught} passed, ${counts.survived + counts.unusable} failed`);
process.exitCode = counts.survived + counts.unusable > 0 || counts.caught === 0 ? 1 : 0;

/** Files that are others than at a commit, or new. @param {string} commit @returns {Set<string>} */
function changedSince(commit) {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n");
  return new Set([
    ...git("diff", "--name-only", commit, "--"),
    ...git("ls-files", "--others", "--exclude-standard"),
  ]);
}

/** @param {BrokenCopy} copy @param {ListedBreakage} breakage */
async function tryOut(copy, breakage) {
  const key = `${breakage.project} ${breakage.caughtBy}`;
  const clean = untouched.get(key) ?? copy.run(breakage);
  untouched.set(key, clean);
  const before = await clean;
  if (before !== "passed") {
    tell("unusable", breakage, `its test is ${before} with nothing broken`);
    return;
  }
  const verdict = await copy.run(breakage, breakage);
  if (verdict === "passed") tell("survived", breakage, breakage.caughtBy);
  else if (verdict === "failed" || verdict === "hung") tell("caught", breakage, verdict);
  else tell("unusable", breakage, `the broken code is ${verdict}`);
}

/** @param {keyof typeof counts} verdict @param {ListedBreakage} breakage @param {string} detail */
function tell(verdict, { area, what }, detail) {
  counts[verdict]++;
  console.log(`${verdict.padEnd(9)} ${area}: ${what}${verdict === "caught" ? "" : `\n          ${detail}`}`);
}
