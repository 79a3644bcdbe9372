import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { setTimeout } from "node:timers/promises";
import { runtimeVersion } from "./runtimes.mjs";

const read = (relative) => readFileSync(new URL(relative, import.meta.url), "utf8");

function output(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: new URL(".", import.meta.url),
    encoding: "utf8",
  });
  return status === 0 ? stdout.trim() : undefined;
}

function natspeedVersion() {
  const { version } = JSON.parse(read("../package.json"));
  // The last commit that a figure may depend on: a run goes on after the documentation has changed.
  const commit = output("git", ["log", "-1", "--format=%h", "--", "../src", ".", ":!results"]);
  if (!commit) return version;
  const changed = output("git", ["status", "--porcelain", "--", "../src"]) ? ", with changes" : "";
  return `${version} (${commit}${changed})`;
}

function natsGoVersion() {
  return read("sides/nats-go/go.mod").match(/nats\.go v(\S+)/)?.[1];
}

function natsJsVersion() {
  return JSON.parse(read("package.json")).dependencies["@nats-io/transport-node"];
}

function wsVersion() {
  return JSON.parse(read("../package.json")).dependencies.ws;
}

/**
 * `undefined` when the machine was quiet at the start of these runs; otherwise a sentence.
 *
 * @param {readonly import("./results.mjs").Session[]} sessions
 */
export function unrest(sessions) {
  const cores = os.availableParallelism();
  const [most] = sessions.toSorted((a, b) => busyCores(b) - busyCores(a));
  if (most === undefined || busyCores(most) <= cores / 4) return undefined;
  const figure = busyCores(most).toFixed(2);
  const what = isByLoad(most) ? `the load average was ${figure}` : `${figure} of ${cores} cores were busy`;
  return `The machine was not quiet: ${what} at the start of a run, so these figures say little.`;
}

/** The rows of what only some cases need. */
function versionsOf(cases) {
  const runtimes = [...new Set(cases.map(({ part }) => part.runtime))];
  const rows = runtimes.map((name) => [name[0].toUpperCase() + name.slice(1), runtimeVersion(name)]);
  if (cases.some(({ part }) => part.scheme === "ws")) rows.push(["ws", wsVersion()]);
  if (cases.some(({ sides }) => sides.includes("nats.go"))) {
    const go = output("go", ["env", "GOVERSION"])?.replace(/^go/, "") ?? "not installed";
    rows.push(["Go", go], ["nats.go", natsGoVersion()]);
  }
  return rows;
}

/** What the figures of these cases depend on: rows of name and value. */
export function describeMachine({ serverVersion, cases, before }) {
  const cpus = os.cpus();
  return [
    ["processor", `${cpus.length} cores, ${cpus[0]?.model.trim() || "model unknown"}`],
    ["memory", `${(os.totalmem() / 2 ** 30).toFixed(0)} GiB`],
    ["system", `${os.type()} ${os.arch()}`],
    ["nats-server", serverVersion],
    ["natspeed", natspeedVersion()],
    ...(cases.some(({ sides }) => sides.includes("before")) ? [["before", before]] : []),
    ["nats.js", natsJsVersion()],
    ...versionsOf(cases),
  ];
}

/** How many cores were busy at the start of a run. @param {import("./results.mjs").Session} session */
export function busyCores({ busy, load = 0 }) {
  return busy ?? load;
}

/** Older figures have the load average in its place. @param {import("./results.mjs").Session} session */
export function isByLoad({ busy }) {
  return busy === undefined;
}

/** How long it is looked whether the machine is quiet, in milliseconds. */
const LOOK = 3000;

/**
 * The date of a run that begins now, and how many cores are busy. The load average would not do: it still counts a run that has
 * just ended.
 */
export async function describeSession() {
  const before = busyTime();
  const start = performance.now();
  await setTimeout(LOOK);
  const busy = (busyTime() - before) / (performance.now() - start);
  const date = new Date().toISOString().slice(0, 10);
  return { date, busy: Number(busy.toFixed(2)) };
}

/** What all cores together have been at work, in milliseconds. */
function busyTime() {
  const times = os.cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
  return times.reduce((sum, time) => sum + time, 0);
}
