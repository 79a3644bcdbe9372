import { fileURLToPath } from "node:url";
import { SideProcess } from "./side-process.mjs";

const PUBLISHER = fileURLToPath(new URL("sides/raw-publisher.mjs", import.meta.url));

async function startPublisher({ params }, port) {
  const { size, subjects, messages, warmup } = params;
  const json = JSON.stringify({ port, size, subjects, messages: messages + warmup });
  const publisher = new SideProcess(process.execPath, [PUBLISHER, json]);
  await publisher.line();
  return publisher;
}

async function confirmSent(publisher, { params }) {
  const { sent } = await publisher.line();
  await publisher.end();
  const expected = params.messages + params.warmup;
  if (sent !== expected) throw new Error(`the publisher sent ${sent} messages instead of ${expected}`);
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
    if (result.messages !== benchmark.params.messages) {
      throw new Error(`${result.messages} messages were measured instead of ${benchmark.params.messages}`);
    }
    if (publisher) await confirmSent(publisher, benchmark);
    return result;
  } finally {
    publisher?.stop();
  }
}

/**
 * Runs a case on each contestant in turn, the order reversed each round.
 * Returns the results of the rounds by the contestant's name, and `failures`: a side that fails is
 * out of this case.
 */
export async function runRounds({ benchmark, contestants, rounds, server, signal }) {
  const results = new Map(contestants.map(({ name }) => [name, []]));
  const failures = [];
  for (let round = 0; round < rounds; round++) {
    const order = contestants.filter(({ name }) => results.has(name));
    for (const contestant of round % 2 ? order.toReversed() : order) {
      signal.throwIfAborted();
      try {
        results.get(contestant.name).push(await measure(benchmark, contestant, server));
      } catch (error) {
        signal.throwIfAborted();
        results.delete(contestant.name);
        failures.push({ name: contestant.name, error });
      }
    }
  }
  return { results, failures };
}
