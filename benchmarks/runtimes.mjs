import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { programs } from "../scripts/runtimes/command-line.mjs";

const FOLDER = fileURLToPath(new URL("../.cache/runtimes", import.meta.url));
/** The one that runs this. */
export const HERE = "node";

/** How a program gets at the garbage collector, where that is not as in Node. */
const COLLECTOR = { deno: "--v8-flags=--expose-gc" };

/** The runtime of a part: `{ command, args }`, or `{ why }` if it is not there. */
export function findRuntime(name) {
  const [command = "", ...args] = name === HERE ? [process.execPath] : programs(FOLDER)[name];
  if (!existsSync(command))
    return { why: `there is no ${name} in .cache/runtimes; npm run runtimes gets it` };
  return { command, args: [...args, COLLECTOR[name] ?? "--expose-gc"] };
}

/** `24.21.0`, out of what it says with some words more. */
export function runtimeVersion(name) {
  const { command, why } = findRuntime(name);
  if (why) return "not there";
  return spawnSync(command, ["--version"], { encoding: "utf8" }).stdout.match(/\d+\.\d+\.\d+/)[0];
}
