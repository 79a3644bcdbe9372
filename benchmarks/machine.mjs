import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { HERE, runtimeVersion } from "./runtimes.mjs";

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
  const commit = output("git", ["rev-parse", "--short", "HEAD"]);
  if (!commit) return version;
  const changed = output("git", ["status", "--porcelain", "--", "../src"]) ? ", with changes" : "";
  return `${version} (${commit}${changed})`;
}

function natsGoVersion() {
  return read("sides/nats-go/go.mod").match(/nats\.go v(\S+)/)[1];
}

function natsJsVersion() {
  return JSON.parse(read("package.json")).dependencies["@nats-io/transport-node"];
}

function wsVersion() {
  return JSON.parse(read("../package.json")).dependencies.ws;
}

/** `undefined` when the machine is quiet; otherwise a sentence. */
export function unrest(load = os.loadavg()[0]) {
  if (load <= os.availableParallelism() / 4) return undefined;
  const average = `the load average was ${load.toFixed(2)} at the start`;
  return `The machine was not quiet: ${average}, so these figures say little.`;
}

/** The rows of what only some cases need. */
function versionsOf(cases) {
  const runtimes = [...new Set(cases.map(({ part }) => part.runtime))].filter((name) => name !== HERE);
  const rows = runtimes.map((name) => [name[0].toUpperCase() + name.slice(1), runtimeVersion(name)]);
  if (cases.some(({ part }) => part.scheme === "ws")) rows.push(["ws", wsVersion()]);
  if (cases.some(({ sides }) => sides.includes("nats.go"))) {
    const go = output("go", ["env", "GOVERSION"])?.replace(/^go/, "") ?? "not installed";
    rows.push(["Go", go], ["nats.go", natsGoVersion()]);
  }
  return rows;
}

/** What the figures of these cases depend on: rows of name and value. */
export function describeMachine(serverVersion, cases) {
  const cpus = os.cpus();
  return [
    ["date", new Date().toISOString().slice(0, 10)],
    ["processor", `${cpus.length} cores, ${cpus[0]?.model.trim() || "model unknown"}`],
    ["memory", `${(os.totalmem() / 2 ** 30).toFixed(0)} GiB`],
    ["system", `${os.type()} ${os.arch()}`],
    ["load average at the start", os.loadavg()[0].toFixed(2)],
    ["Node", process.versions.node],
    ["nats-server", serverVersion],
    ["natspeed", natspeedVersion()],
    ["nats.js", natsJsVersion()],
    ...versionsOf(cases),
  ];
}
