// A client in a process of its own, which takes orders as lines of JSON.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { ACTIONS } from "./client.mjs";

/** @import { Client } from "./client.mjs" */

/** @param {string} name @param {string} program @param {string[]} args @returns {Promise<Client>} */
export async function agent(name, program, args) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  /** @type {Map<number, { resolve(result: unknown): void, reject(error: Error): void }>} */
  const waiting = new Map();
  let last = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line);
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(`${name}: ${error}`));
    waiting.delete(id);
  });
  void ended.then(() => {
    for (const order of waiting.values()) order.reject(new Error(`${name} has ended`));
  });
  /** @param {string} action */
  const order = (action) => (/** @type {object} */ args) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ id: last, do: action, args })}\n`);
    });
  const actions = Object.fromEntries(ACTIONS.map((action) => [action, order(action)]));
  const close = async () => {
    child.stdin.end();
    await ended;
  };
  return /** @type {any} */ ({ name, ...actions, close });
}
