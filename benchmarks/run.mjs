import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findContestants } from "./contestants.mjs";
import { describeMachine, unrest } from "./machine.mjs";
import { composePage } from "./page.mjs";
import { readOptions } from "./run-options.mjs";
import { interruptible, measureAll, print, reportFailures, withServer } from "./session.mjs";

const ROOT = new URL("../", import.meta.url);
const PAGE = "docs/benchmarks.md";
const TRIAL_PAGE = ".cache/benchmarks.md";

const inRoot = (path) => fileURLToPath(new URL(path, ROOT));

// A part of the cases, or a run with a failure, must not replace the page of a whole run.
function writePage(whole, facts) {
  const page = whole ? PAGE : TRIAL_PAGE;
  mkdirSync(inRoot(`${page}/..`), { recursive: true });
  writeFileSync(inRoot(page), composePage({ notesFrom: inRoot(PAGE), ...facts }));
  print(`\nwritten: ${page}`);
}

const { cases, rounds, whole } = readOptions();
if (!existsSync(inRoot("dist/index.js")))
  throw new Error("natspeed is not built: npm run build, or npm run bench");
const noise = unrest();
if (noise) print(noise);
const { contestants, leftOut } = findContestants();
for (const { name, why } of leftOut) print(`${name} is left out: ${why}`);

await interruptible((signal) =>
  withServer(async (server) => {
    const machine = describeMachine(server.version);
    const { measured, failed } = await measureAll({
      cases,
      contestants,
      rounds,
      port: server.port,
      signal,
    });
    writePage(whole && failed.length === 0, { machine, rounds, measured, leftOut, unrest: noise });
    reportFailures(failed);
  }),
);
