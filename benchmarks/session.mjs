import { startServer } from "../scripts/nats-server.mjs";
import { terminalTable } from "./format.mjs";
import { runRounds } from "./rounds.mjs";
import { stopSides } from "./side-process.mjs";
import { tablesOf } from "./tables.mjs";

export const print = (text) => process.stdout.write(`${text}\n`);

/** Runs the cases in turn and prints the table of each when it is ready: `{ measured, failed }`. */
export async function measureAll({ cases, contestants, baseline, ...how }) {
  const measured = [];
  const failed = [];
  for (const benchmark of cases) {
    const taking = contestants.filter(({ name, side = name }) => benchmark.sides.includes(side));
    if (taking.length === 0) continue;
    const { results, failures } = await runRounds({ benchmark, contestants: taking, ...how });
    measured.push({ benchmark, results });
    for (const { title, head, rows } of tablesOf(measured.slice(-1), baseline)) {
      print(`\n${title}\n${terminalTable(head, rows)}`);
    }
    for (const { name, error } of failures) {
      failed.push(`${benchmark.name} on ${name}`);
      print(`FAILED ${failed.at(-1)}: ${error.message}`);
    }
  }
  return { measured, failed };
}

/** The failures once more at the end, where they are seen. */
export function reportFailures(failed) {
  if (failed.length === 0) return;
  print(`\n${failed.length} failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}

/** A signal ends the sides and aborts `work`, which then cleans up on its way out. */
export async function interruptible(work) {
  const controller = new AbortController();
  const interrupt = (name) => {
    controller.abort(new Error(`interrupted by ${name}`));
    stopSides();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** One server for everything inside `work`, stopped however that ends. */
export async function withServer(work) {
  const server = await startServer({ log: print });
  try {
    return await work(server);
  } finally {
    stopSides();
    await server.stop();
  }
}
