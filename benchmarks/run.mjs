import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { selectCases } from "./cases.mjs";
import { findContestants, nameOf, takesPart } from "./contestants.mjs";
import { describeMachine, unrest } from "./machine.mjs";
import { composePage } from "./page.mjs";
import { INTRODUCTIONS } from "./pages.mjs";
import { readOptions } from "./run-options.mjs";
import { interruptible, measureAll, print, reportFailures, withServer } from "./session.mjs";

const ROOT = new URL("../", import.meta.url);
const inRoot = (path) => fileURLToPath(new URL(path, ROOT));

const onPage = (page) => (benchmark) => benchmark.part.page === page;

// A part of the cases, or a run with a failure, must not replace the page of a whole run.
function pathFor(page, measured, whole) {
  const isWhole = whole && measured.length === selectCases().filter(onPage(page)).length;
  return isWhole && measured.every(({ failures }) => failures.length === 0)
    ? page
    : page.replace(/^docs/, ".cache");
}

function writePage(page, { whole, measured, leftOut, ...facts }) {
  const mine = measured.filter(({ benchmark }) => onPage(page)(benchmark));
  const path = pathFor(page, mine, whole);
  const text = composePage({
    ...facts,
    introduction: INTRODUCTIONS[page],
    notesFrom: inRoot(page),
    measured: mine,
    leftOut: leftOut.filter((side) => cases.filter(onPage(page)).some((one) => takesPart(side, one))),
  });
  mkdirSync(inRoot(`${path}/..`), { recursive: true });
  writeFileSync(inRoot(path), text);
  print(`\nwritten: ${path}`);
}

const { cases, rounds, whole } = readOptions();
if (!existsSync(inRoot("dist/index.js")))
  throw new Error("natspeed is not built: npm run build, or npm run bench");
const noise = unrest();
if (noise) print(noise);
const { contestants, leftOut } = findContestants(cases);
for (const side of leftOut) print(`${nameOf(side)} is left out: ${side.why}`);

await interruptible((signal) =>
  withServer(async (server) => {
    const pages = [...new Set(cases.map(({ part }) => part.page))];
    const machines = pages.map((page) => describeMachine(server.version, cases.filter(onPage(page))));
    const { measured, failed } = await measureAll({ cases, contestants, rounds, server, signal });
    for (const [index, page] of pages.entries()) {
      writePage(page, { whole, measured, leftOut, machine: machines[index], rounds, unrest: noise });
    }
    reportFailures(failed);
  }),
);
