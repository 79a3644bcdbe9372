import { takesPart } from "./contestants.mjs";
import { scaled } from "./format.mjs";
import { runRound } from "./rounds.mjs";
import { print } from "./session.mjs";
import { measures, summary } from "./statistics.mjs";

/**
 * Goes round the cases, one round of each in turn, until each has its rounds or the time is up: whatever happens, all have
 * about as many. What was measured goes to `results` at once.
 *
 * @param {{
 *   cases: readonly any[],
 *   contestants: readonly any[],
 *   results: import("./results.mjs").Results,
 *   rounds: number,
 *   minutes: number,
 *   server: any,
 *   signal: AbortSignal,
 * }} options
 */
export async function measureAll({ cases, contestants, results, rounds, minutes, ...how }) {
  const end = performance.now() + minutes * 60_000;
  const failed = new Set();
  for (let number = 0; number < rounds; number++) {
    for (const benchmark of cases) {
      const taking = contestants.filter((contestant) => takesPart(contestant, benchmark));
      if (taking.length === 0 || results.roundsOf(benchmark).length > number) continue;
      if (performance.now() > end) return failed;
      const { round, failures } = await runRound({ benchmark, contestants: taking, number, ...how });
      results.add(benchmark, round);
      print(
        `${String(number + 1).padStart(2)}/${rounds}  ${benchmark.name.padEnd(28)} ${inShort(benchmark, round)}`,
      );
      for (const { name, error } of failures) {
        failed.add(`${benchmark.name} on ${name}`);
        print(`FAILED ${benchmark.name} on ${name}: ${error.message}`);
      }
    }
  }
  return failed;
}

/** What stands for a case whose speed says nothing. @type {Readonly<Record<string, string>>} */
const MEASURES = { "Queued unread": "memory", Views: "memory", "Stalled readers": "peak" };

/** `natspeed 8.10 M, nats.js 1.90 M` */
function inShort({ group }, round) {
  const measure = MEASURES[group] ?? "throughput";
  return Object.entries(round)
    .map(([side, result]) => `${side} ${scaled(summary([measures[measure](result)]))}`)
    .join(", ");
}
