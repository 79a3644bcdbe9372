import { buildApart, removeCheckouts } from "./checkouts.mjs";
import { natspeedSide } from "./contestants.mjs";
import { unrest } from "./machine.mjs";
import { readOptions } from "./run-options.mjs";
import { interruptible, measureAll, print, reportFailures, withServer } from "./session.mjs";

const USAGE =
  "usage: node benchmarks/compare.mjs <refA> [<refB>|worktree] [--only PART] [--case NAME] [--rounds N] [--quick]";

const { cases, rounds, positionals } = readOptions({ allowPositionals: true, only: ["foundation"] });
const [refA, refB = "worktree", ...others] = positionals;
if (refA === undefined || others.length > 0) throw new Error(USAGE);
const noise = unrest();
if (noise) print(noise);

await interruptible(async (signal) => {
  removeCheckouts();
  try {
    const builds = [buildApart("A", refA), buildApart("B", refB)];
    const runtimes = [...new Set(cases.map(({ part }) => part.runtime))];
    const contestants = builds.flatMap((build) =>
      runtimes.map((runtime) => ({ ...natspeedSide({ ...build, runtime }), side: "natspeed" })),
    );
    const baseline = builds[1].name;
    await withServer(async (server) => {
      const { failed } = await measureAll({ cases, contestants, baseline, rounds, server, signal });
      reportFailures(failed);
    });
  } finally {
    removeCheckouts();
  }
});
