import { fileURLToPath } from "node:url";
import { buildApart, removeCheckouts } from "./checkouts.mjs";
import { natspeedSide } from "./contestants.mjs";
import { terminalTable } from "./format.mjs";
import { describeSession, unrest } from "./machine.mjs";
import { measureAll } from "./measuring.mjs";
import { Results } from "./results.mjs";
import { readOptions } from "./run-options.mjs";
import { interruptible, print, reportFailures, withServer } from "./session.mjs";
import { tablesOf } from "./tables.mjs";

const USAGE =
  "usage: node benchmarks/compare.mjs <refA> [<refB>|worktree] [--only PART] [--case NAME] [--rounds N] [--quick]";

const { cases, rounds, minutes, positionals } = readOptions({
  allowPositionals: true,
  only: ["foundation"],
});
const [refA, refB = "worktree", ...others] = positionals;
if (refA === undefined || others.length > 0) throw new Error(USAGE);
const noise = unrest([await describeSession()]);
if (noise) print(noise);

await interruptible(async (signal) => {
  removeCheckouts();
  try {
    const builds = [buildApart("A", refA), buildApart("B", refB)];
    const runtimes = [...new Set(cases.map(({ part }) => part.runtime))];
    const contestants = builds.flatMap((build) =>
      runtimes.map((runtime) => ({ ...natspeedSide({ ...build, runtime }), side: "natspeed" })),
    );
    const path = fileURLToPath(new URL("../.cache/benchmarks/compare.json", import.meta.url));
    const results = new Results(path, { machine: [], isFresh: true });
    await withServer(async (server) => {
      reportFailures(await measureAll({ cases, contestants, results, rounds, minutes, server, signal }));
    });
    const measured = cases.map((benchmark) => ({ benchmark, rounds: results.roundsOf(benchmark) }));
    for (const { title, head, rows } of tablesOf(measured, builds[1]?.name)) {
      print(`\n${title}\n${terminalTable(head, rows)}`);
    }
  } finally {
    removeCheckouts();
  }
});
