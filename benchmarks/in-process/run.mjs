// npm run bench:server: the in-process server beside nats-server, in turns; writes docs/benchmarks-server.md.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { build, installDependencies, root } from "../../scripts/setup.mjs";
import { findServer } from "../../scripts/nats-server.mjs";
import { TIMES } from "../case-kinds.mjs";
import { describeMachine, describeSession, unrest } from "../machine.mjs";
import { resultsPath } from "../pages.mjs";
import { Results } from "../results.mjs";
import { composeServerPage } from "./server-page.mjs";
import { startNatsServer, startOurs } from "./servers.mjs";

const PAGE = "docs/benchmarks-server.md";

const PLAIN = { ...TIMES, size: 128, subscriptions: 0, connections: 0, subjects: 1 };
const CASES = [
  { ...PLAIN, name: "128 B", isTwice: true },
  { ...PLAIN, name: "16 B", size: 16 },
  { ...PLAIN, name: "4 KiB", size: 4096 },
  { ...PLAIN, name: "128 B, beside 10,000 subscriptions", subscriptions: 10_000 },
  { ...PLAIN, name: "128 B, to 10,000 subjects in turn, each with a subscription", subjects: 10_000 },
  { ...PLAIN, name: "128 B, beside 1,000 connections", connections: 1000 },
];

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    minutes: { type: "string", default: "Infinity" },
    quick: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 15));
const end = performance.now() + Number(values.minutes) * 60_000;

installDependencies();
build();
const natsServer = await findServer({ log: (/** @type {string} */ line) => console.log(line) });
const session = await describeSession();
const noise = unrest([session]);
if (noise !== undefined) console.log(noise);

const machine = [
  ...describeMachine({ serverVersion: natsServer.version, cases: [], before: "" }).filter(
    ([what]) => what !== "nats.js",
  ),
  ["Node", process.versions.node],
];
const results = new Results(resultsPath(PAGE, values.quick), {
  machine,
  isFresh: values.quick || values.fresh,
});
results.begin(session);

for (let number = 0; number < rounds; number++) {
  for (const one of CASES) {
    if (performance.now() > end || results.roundsOf(one).length > number) continue;
    const round = await measureRound(one, number);
    results.add(one, round);
    const shown = Object.entries(round).map(
      ([side, { messages, seconds }]) => `${side} ${(messages / seconds / 1e6).toFixed(2)} M/s`,
    );
    console.log(`${number + 1}/${rounds}  ${one.name}: ${shown.join(", ")}`);
  }
}
const path = join(root, values.quick ? PAGE.replace(/^docs/, ".cache/benchmarks") : PAGE);
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, composeServerPage(results, CASES));
console.log(`written: ${path}`);

/** Each server once, the order reversed each round. @param {typeof CASES[number] & { isTwice?: boolean }} one @param {number} number */
async function measureRound(one, number) {
  /** @type {[side: string, start: () => Promise<import("./servers.mjs").Running>][]} */
  const sides = [
    ["in-process", startOurs],
    ["nats-server", () => startNatsServer(natsServer.path)],
  ];
  if (one.isTwice === true) sides.push(["again", startOurs]);
  /** @type {Record<string, { messages: number, seconds: number, took: number }>} */
  const round = {};
  for (const [side, start] of number % 2 === 0 ? sides : sides.toReversed())
    round[side] = await measure(start, one);
  return round;
}

/** @param {() => Promise<import("./servers.mjs").Running>} start @param {typeof CASES[number]} one */
async function measure(start, one) {
  const { port, took = 0, stop } = await start();
  try {
    const times = values.quick ? { seconds: 0.1, warmupSeconds: 0.1 } : {};
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(root, "benchmarks/in-process/load.mjs"),
      JSON.stringify({ ...one, ...times, port }),
    ]);
    return { ...JSON.parse(stdout), took };
  } finally {
    await stop();
  }
}
