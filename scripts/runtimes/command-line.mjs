// Runtimes that are programs: Node, Bun and Deno.
import { spawn } from "node:child_process";
import { installedPrograms } from "./platform.mjs";

/** A process that hangs at the end has left something open. */
const LIMIT = 90_000;

/** The one that the whole test suite runs on as well, for applications will. */
export const NEWEST_NODE = "node 26";

/** @typedef {{ name: string, error?: string }} Result */

/**
 * The programs, by name; npm may have none for this platform.
 *
 * @param {string} folder where they are installed
 * @returns {Record<string, readonly string[]>}
 */
export function programs(folder) {
  const { node, bun, deno } = installedPrograms(folder);
  return {
    [`node ${process.versions.node}`]: [process.execPath],
    // The oldest, and the first that can require ES modules.
    "node 20.19.0": [node("20.19")],
    "node 22": [node("22")],
    "node 24": [node("24")],
    [NEWEST_NODE]: [node("26")],
    bun: [bun, "run"],
    deno: [deno, "run", "-A", "--quiet"],
  };
}

/**
 * Runs a script with one argument; its last line of output is what came of it.
 *
 * @param {readonly string[]} program
 * @param {string} script
 * @param {object} argument
 * @param {string} cwd
 * @returns {Promise<Result[]>}
 */
export async function runScript([program = "", ...args], script, argument, cwd) {
  const child = spawn(program, [...args, script, JSON.stringify(argument)], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  const code = await new Promise((resolve) =>
    child.on("close", (status, signal) => resolve(status ?? signal)),
  );
  clearTimeout(timer);
  const ended = { name: "ends by itself, with nothing left open" };
  const results = output.split("\n").find((line) => line.startsWith("["));
  if (code !== 0 || results === undefined) {
    return [{ ...ended, error: `it ended with ${code} and said:\n${output.slice(-2000)}` }];
  }
  return [...JSON.parse(results), ended];
}
