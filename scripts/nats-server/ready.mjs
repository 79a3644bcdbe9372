import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { connect } from "node:net";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PROBE_LIMIT = 2_000;

/**
 * The addresses that a server reports under --ports_file_dir.
 *
 * @typedef {object} Ports
 * @property {string[]} nats
 * @property {string[]} [monitoring]
 * @property {string[]} [cluster]
 * @property {string[]} [profile]
 * @property {string[]} [websocket]
 */

/**
 * Asks again and again until there is an answer; `check` may throw to give up early.
 *
 * @template T
 * @param {() => Promise<T | undefined>} ask
 * @param {{ deadline: number, check: () => void }} limits
 * @returns {Promise<T>}
 */
export async function poll(ask, { deadline, check }) {
  for (;;) {
    check();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error("timed out");
    await sleep(10);
  }
}

/**
 * @param {string} folder
 * @param {string} program
 * @param {number} pid
 * @returns {Promise<Ports | undefined>} nothing while the file is missing or half written
 */
export async function readPorts(folder, program, pid) {
  try {
    return JSON.parse(await readFile(join(folder, `${basename(program)}_${pid}.ports`), "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Connects and reads the first line.
 *
 * @param {number} port
 * @param {{ speaksFirst: boolean }} options
 * @returns {Promise<{ version?: string } | undefined>} the INFO; empty for a server that waits
 *   for a TLS handshake first; nothing when there is no server yet
 */
export function askInfo(port, { speaksFirst }) {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(PROBE_LIMIT, () => socket.destroy());
    socket.on("connect", () => {
      if (speaksFirst) return;
      socket.destroy();
      resolve({});
    });
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const line = /^INFO (.*)\r\n/.exec(text)?.[1];
      if (line === undefined) return;
      socket.destroy();
      resolve(JSON.parse(Buffer.from(line, "latin1").toString("utf8")));
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(undefined));
  });
}

/**
 * One JSON answer of the monitoring port, on a connection that is not kept: a pooled one would look
 * like a leak to tests that count sockets.
 *
 * @param {string} url
 * @returns {Promise<Record<string, any>>}
 */
export function getJson(url) {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: PROBE_LIMIT }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (text += part));
      response.on("error", reject);
      response.on("end", () => {
        try {
          resolve(JSON.parse(text));
        } catch (error) {
          reject(new Error(`${url} answered ${response.statusCode}: ${text}`, { cause: error }));
        }
      });
    });
    request.on("timeout", () => request.destroy(new Error(`${url} does not answer`)));
    request.on("error", reject);
  });
}
