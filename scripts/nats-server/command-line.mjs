import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** @import { StartOptions } from "./launch.mjs" */

/**
 * The arguments of a server that keeps all it writes in `folder` and `storeDir`.
 *
 * @param {StartOptions} options
 * @param {{ port: number, folder: string, storeDir: string }} place
 * @returns {Promise<string[]>}
 */
export async function commandLine({ config, jetstream, name, args = [] }, place) {
  const { port, folder, storeDir } = place;
  const made = ["-a", "127.0.0.1", "-p", String(port), "-m", "-1", "--ports_file_dir", folder];
  // Always: the server's own default is one folder for all servers of the machine.
  made.push("-sd", storeDir);
  if (jetstream === true) made.push("-js");
  if (name !== undefined) made.push("-n", name);
  if (config !== undefined) {
    made.push("-c", await writeConfig(folder, config));
  }
  return [...made, ...args];
}

/**
 * The path of the configuration file, with this text.
 *
 * @param {string} folder
 * @param {string} config
 */
export async function writeConfig(folder, config) {
  const file = join(folder, "server.conf");
  await writeFile(file, config);
  return file;
}

/**
 * A server with `handshake_first` sends its INFO only within TLS.
 *
 * @param {StartOptions} options
 * @returns {boolean}
 */
export function speaksFirst({ config = "" }) {
  return !/\bhandshake_first\b/.test(config);
}
