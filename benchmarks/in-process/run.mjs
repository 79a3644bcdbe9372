// npm run bench:server: the in-process server beside nats-server, in turns; writes docs/benchmarks-server.md.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import os from "node:os";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { build, installDependencies, root } from "../../scripts/setup.mjs";
import { findServer } from "../../scripts/nats-server.mjs";
import { unrest } from "../machine.mjs";

const ROUNDS = 5;
const CASES = [
  { name: "128 B", messages: 2_000_000, size: 128, subscriptions: 0, connections: 0, subjects: 1 },
  { name: "16 B", messages: 3_000_000, size: 16, subscriptions: 0, connections: 0, subjects: 1 },
  { name: "4 KiB", messages: 200_000, size: 4096, subscriptions: 0, connections: 0, subjects: 1 },
  {
    name: "128 B, beside 10,000 subscriptions",
    messages: 2_000_000,
    size: 128,
    subscriptions: 10_000,
    connections: 0,
    subjects: 1,
  },
  {
    name: "128 B, to 10,000 subjects in turn, each with a subscription",
    messages: 1_000_000,
    size: 128,
    subscriptions: 0,
    connections: 0,
    subjects: 10_000,
  },
  {
    name: "128 B, beside 1,000 connections",
    messages: 2_000_000,
    size: 128,
    subscriptions: 0,
    connections: 1000,
    subjects: 1,
  },
];

installDependencies();
build();
const natsServer = await findServer({ log: (/** @type {string} */ line) => console.log(line) });

/** @typedef {{ port: number, took?: number, stop: () => Promise<void> }} Running */

/** @returns {Promise<Running>} */
async function startOurs() {
  const child = spawn(process.execPath, [`${root}benchmarks/in-process/serve.mjs`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { ...JSON.parse(String(line)), stop: () => end(child, () => child.stdin.end()) };
}

/** @returns {Promise<Running>} */
async function startTheirs() {
  const child = spawn(natsServer.path, ["-a", "127.0.0.1", "-p", "-1"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  for await (const line of createInterface({ input: child.stderr })) {
    const [, port] = /Listening for client connections on .*:(\d+)/.exec(line) ?? [];
    if (port !== undefined) {
      child.stderr.resume();
      return { port: Number(port), stop: () => end(child, () => child.kill("SIGTERM")) };
    }
  }
  throw new Error("nats-server did not start");
}

/** @param {import("node:child_process").ChildProcess} child @param {() => void} ask */
async function end(child, ask) {
  const ended = once(child, "exit");
  ask();
  await ended;
}

/** @param {() => Promise<Running>} start @param {typeof CASES[number]} one */
async function measure(start, { messages, size, subscriptions, connections, subjects }) {
  const { port, took = 0, stop } = await start();
  try {
    const args = [port, messages, size, subscriptions, connections, subjects].map(String);
    const { stdout } = await promisify(execFile)(process.execPath, [
      `${root}benchmarks/in-process/load.mjs`,
      ...args,
    ]);
    return { rate: Number(stdout), took };
  } finally {
    await stop();
  }
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const noise = unrest();
if (noise !== undefined) console.log(noise);
const rows = [];
/** @type {number[]} */
const starts = [];
for (const one of CASES) {
  /** @type {number[]} */
  const ours = [];
  /** @type {number[]} */
  const theirs = [];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push((await measure(startTheirs, one)).rate);
    const { rate, took } = await measure(startOurs, one);
    ours.push(rate);
    starts.push(took);
  }
  const row = { name: one.name, ours: median(ours), theirs: median(theirs) };
  rows.push(row);
  console.log(one.name, row.ours, row.theirs, `${(row.ours / row.theirs).toFixed(2)}x`);
}

/** @param {number} rate */
function millions(rate) {
  return `${(rate / 1e6).toFixed(2)} M/s`;
}

writeFileSync(
  `${root}docs/benchmarks-server.md`,
  `# The in-process server beside nats-server

One raw publisher, one raw subscriber on another connection, over loopback; the load and each server in processes of their
own; the median of ${ROUNDS} rounds in turns. The aim is at least 0.3x of nats-server's rate: the in-process server is for
development and tests. It runs on one core; nats-server has all of them, and with more cores than here it gets further ahead.

| Case | in-process | nats-server ${natsServer.version} | ratio |
|---|--:|--:|--:|
${rows.map(({ name, ours, theirs }) => `| ${name} | ${millions(ours)} | ${millions(theirs)} | ${(ours / theirs).toFixed(2)}x |`).join("\n")}

\`startServer()\` takes ${median(starts).toFixed(1)} ms (median of ${starts.length} starts, each the first of its process; the aim is 30 ms).

${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} cores (${os.cpus()[0]?.model.trim()}), ${os.type()}, Node ${process.versions.node}. \`npm run bench:server\` writes this page; nothing else should run then.
${noise === undefined ? "" : `\n${noise}\n`}`,
);
