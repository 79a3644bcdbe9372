import { buildApart, removeCheckouts } from "./checkouts.mjs";
import { natspeedSide } from "./contestants.mjs";
import { unrest } from "./machine.mjs";
import { readOptions } from "./run-options.mjs";
import { interruptible, measureAll, print, reportFailures, withServer } from "./session.mjs";

const USAGE =
  "usage: node benchmarks/compare.mjs <refA> [<refB>|worktree] [--case NAME] [--rounds N] [--quick]";

const { cases, rounds, positionals } = readOptions({ allowPositionals: true });
const [refA, refB = "worktree", ...others] = positionals;
if (refA === undefined || others.length > 0) throw new Error(USAGE);
const noise = unrest();
if (noise) print(noise);

await interruptible(async (signal) => {
  removeCheckouts();
  try {
    const builds = [buildApart("A", refA), buildApart("B", refB)];
    const contestants = builds.map(({ name, library }) => ({
      ...natspeedSide(name, library),
      side: "natspeed",
    }));
    const baseline = contestants[1].name;
    await withServer(async ({ port }) => {
      const { failed } = await measureAll({ cases, contestants, baseline, rounds, port, signal });
      reportFailures(failed);
    });
  } finally {
    removeCheckouts();
  }
});
