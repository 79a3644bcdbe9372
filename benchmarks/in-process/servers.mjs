// The two servers, each in a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** @typedef {{ port: number, took?: number, stop: () => Promise<void> }} Running */

/** @returns {Promise<Running>} */
export async function startOurs() {
  const program = fileURLToPath(new URL("serve.mjs", import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { ...JSON.parse(String(line)), stop: () => end(child, () => child.stdin.end()) };
}

/** @param {string} path @returns {Promise<Running>} */
export async function startNatsServer(path) {
  const child = spawn(path, ["-a", "127.0.0.1", "-p", "-1"], { stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: child.stderr })) {
    const [, port] = /Listening for client connections on .*:(\d+)/.exec(line) ?? [];
    if (port !== undefined) {
      child.stderr.resume();
      return { port: Number(port), stop: () => end(child, () => void child.kill("SIGTERM")) };
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
