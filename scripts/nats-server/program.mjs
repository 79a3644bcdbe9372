import { findServer } from "./find.mjs";

/** What was found, by what decides which it is. @type {Map<string, Promise<string>>} */
const found = new Map();

/**
 * The path of a usable nats-server. It is looked for once in a process, as long as the environment says the same: each
 * look runs the program, which takes as long as starting the server.
 *
 * @param {(line: string) => void} [log]
 * @returns {Promise<string>}
 */
export function programFor(log) {
  const { NATS_SERVER = "", PATH = "" } = process.env;
  const key = `${NATS_SERVER}\n${PATH}`;
  const known = found.get(key);
  if (known !== undefined) return known;
  const path = findServer(log === undefined ? {} : { log }).then((server) => server.path);
  found.set(key, path);
  // What is not there may come.
  path.catch(() => found.delete(key));
  return path;
}
