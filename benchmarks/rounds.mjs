import { fileURLToPath } from "node:url";
import { SideProcess } from "./side-process.mjs";

const PUBLISHER = fileURLToPath(new URL("sides/raw-publisher.mjs", import.meta.url));

async function startPublisher({ params }, port) {
  const { size, subjects, content, headers } = params;
  const json = JSON.stringify({ port, size, subjects, content, headers });
  const publisher = new SideProcess(process.execPath, [PUBLISHER, json]);
  await publisher.line();
  return publisher;
}

async function confirmSent(publisher, granted) {
  const { sent } = await publisher.line();
  await publisher.end();
  if (sent !== granted) throw new Error(`the publisher sent ${sent} messages instead of ${granted}`);
}

/** One case on one side, in a process of its own. */
async function measure(benchmark, contestant, { port, urls }) {
  const publisher = benchmark.publisher ? await startPublisher(benchmark, port) : undefined;
  try {
    const url = urls[benchmark.part.scheme];
    const json = JSON.stringify({ ...benchmark.params, ...contestant.params, port, url });
    const side = new SideProcess(contestant.command, [...contestant.args, benchmark.program, json]);
    const result = await side.line();
    await side.end();
    if (!(result.messages > 0)) throw new Error("nothing was measured");
    if (publisher) await confirmSent(publisher, result.granted);
    return result;
  } finally {
    publisher?.stop();
  }
}

/**
 * Measures a case once on each contestant in turn; the order is reversed each round. Returns the results by the
 * contestants' names, and the failures.
 *
 * @param {{ benchmark: any, contestants: readonly any[], number: number, server: any, signal: AbortSignal }} options
 */
export async function runRound({ benchmark, contestants, number, server, signal }) {
  /** @type {Record<string, any>} */
  const results = {};
  const failures = [];
  for (const contestant of number % 2 ? contestants.toReversed() : contestants) {
    signal.throwIfAborted();
    try {
      results[contestant.name] = await measure(benchmark, contestant, server);
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ name: contestant.name, error });
    }
  }
  // In the order of the tables, whichever came first.
  const ordered = contestants.filter(({ name }) => name in results).map(({ name }) => [name, results[name]]);
  return { round: Object.fromEntries(ordered), failures };
}
