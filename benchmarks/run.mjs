// npm run bench: measures what is still missing, and writes the pages.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BEFORE } from "./checkouts.mjs";
import { findContestants, nameOf } from "./contestants.mjs";
import { describeMachine, describeSession, unrest } from "./machine.mjs";
import { measureAll } from "./measuring.mjs";
import { resultsPath, writePage, writePages } from "./pages.mjs";
import { Results } from "./results.mjs";
import { readOptions } from "./run-options.mjs";
import { interruptible, print, reportFailures, withServer } from "./session.mjs";

const { cases, rounds, minutes, quick, fresh, pagesOnly, before = BEFORE } = readOptions();
if (pagesOnly) writePages(print);
else await measure();

async function measure() {
  if (!existsSync(fileURLToPath(new URL("../dist/index.js", import.meta.url))))
    throw new Error("natspeed is not built: npm run build, or npm run bench");
  const session = await describeSession();
  const noise = unrest([session]);
  if (noise) print(noise);
  const { contestants, leftOut } = findContestants(cases, before);
  for (const side of leftOut) print(`${nameOf(side)} is left out: ${side.why}`);
  await interruptible((signal) =>
    withServer(async (server) => {
      const end = performance.now() + minutes * 60_000;
      for (const page of new Set(cases.map(({ part }) => part.page))) {
        const own = cases.filter(({ part }) => part.page === page);
        const machine = describeMachine({ serverVersion: server.version, cases: own, before });
        const isFresh = fresh || quick || machine.some(([, value]) => value?.endsWith("with changes)"));
        const results = new Results(resultsPath(page, quick), { machine, isFresh });
        results.begin(session);
        try {
          const left = Math.max(0, (end - performance.now()) / 60_000);
          const failed = await measureAll({
            cases: own,
            contestants,
            results,
            rounds,
            minutes: left,
            server,
            signal,
          });
          reportFailures(failed);
        } finally {
          // Also of what was measured before an interruption.
          if (own.some((benchmark) => results.roundsOf(benchmark).length > 0))
            print(`\nwritten: ${writePage(page, results, quick)}`);
        }
      }
    }),
  );
}
