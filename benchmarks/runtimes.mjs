import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { programs } from "../scripts/runtimes/command-line.mjs";

const FOLDER = fileURLToPath(new URL("../.cache/runtimes", import.meta.url));
const [MAJOR] = process.versions.node.split(".");

/** How a program gets at the garbage collector, where that is not as in Node. */
const COLLECTOR = { deno: "--v8-flags=--expose-gc" };

/** The runtime of a part: `{ command, args }`, or `{ why }` if it is not there. */
export function findRuntime(name) {
  const [command = "", ...args] = programOf(name);
  if (!existsSync(command))
    return { why: `there is no ${name} in .cache/runtimes; npm run bench and npm run runtimes get it` };
  return { command, args: [...args, COLLECTOR[name] ?? "--expose-gc"] };
}

/** @returns {readonly string[]} */
function programOf(name) {
  const installed = programs(FOLDER);
  if (name === `node ${MAJOR}` && !installed[name]?.every(existsSync)) return [process.execPath];
  return installed[name] ?? installed[`${name}.19.0`] ?? [];
}

/** `24.21.0`, out of what it says with some words more. */
export function runtimeVersion(name) {
  const { command, why } = findRuntime(name);
  if (command === undefined || why !== undefined) return "not there";
  return spawnSync(command, ["--version"], { encoding: "utf8" }).stdout.match(/\d+\.\d+\.\d+/)?.[0];
}
