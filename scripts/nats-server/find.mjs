import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { installFromArchive } from "./archive.mjs";
import { CACHE, cachedPath, MINIMUM_VERSION, PINNED_VERSION, versionAtLeast, versionOf } from "./binary.mjs";
import { findIn, installWithGo, installWithPackageManager, programFolders } from "./install.mjs";

/** @import { FoundServer, Search } from "./binary.mjs" */

/**
 * @typedef {object} FindOptions
 * @property {(line: string) => void} [log] told of steps that take more than a second
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cache] the folder that holds one folder per version
 * @property {boolean} [install] whether one may be fetched; true unless said otherwise
 */

/** @typedef {[FoundServer["source"], (search: Search) => Promise<{ path: string, version: string }>]} Way */

/** @type {Way[]} */
const AT_HAND = [
  ["PATH", fromPath],
  ["cache", fromCache],
];

/** @type {Way[]} */
const TO_FETCH = [
  ["archive", (search) => installFromArchive(search)],
  ["go install", installWithGo],
  ["package manager", installWithPackageManager],
];

/**
 * Finds a usable nats-server, or gets one.
 *
 * @param {FindOptions} [options]
 * @returns {Promise<FoundServer>}
 */
export async function findServer({ log = () => {}, env = process.env, cache = CACHE, install = true } = {}) {
  const named = env["NATS_SERVER"];
  if (named !== undefined && named !== "") return fromEnvironment(named);

  const failures = [];
  for (const [source, way] of install ? [...AT_HAND, ...TO_FETCH] : AT_HAND) {
    try {
      return { ...(await way({ log, env, cache, version: PINNED_VERSION })), source };
    } catch (error) {
      failures.push(`  ${source}: ${messageOf(error)}`);
    }
  }
  throw new Error(
    `no nats-server could be found or installed:\n${failures.join("\n")}\n` +
      `Set the environment variable NATS_SERVER to the path of a nats-server ` +
      `${MINIMUM_VERSION} or later, for example NATS_SERVER=/usr/local/bin/nats-server`,
  );
}

/**
 * A wrong NATS_SERVER is an error: tests on another server than the one asked for would mislead.
 *
 * @param {string} named
 * @returns {Promise<FoundServer>}
 */
async function fromEnvironment(named) {
  const path = resolve(named);
  try {
    return { path, version: await versionOf(path), source: "NATS_SERVER" };
  } catch (error) {
    throw new Error(`NATS_SERVER=${named} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * @param {Search} search
 * @returns {Promise<{ path: string, version: string }>}
 */
async function fromPath({ env, log }) {
  const refusals = [];
  for (const path of findIn(programFolders(env))) {
    try {
      const version = await versionOf(path);
      if (versionAtLeast(version, MINIMUM_VERSION)) return { path, version };
      refusals.push(`${path} is ${version}, older than ${MINIMUM_VERSION}`);
    } catch (error) {
      refusals.push(messageOf(error));
    }
    log(`passed over: ${refusals.at(-1)}`);
  }
  throw new Error(refusals.length === 0 ? "no nats-server there" : refusals.join("; "));
}

/**
 * @param {Search} search
 * @returns {Promise<{ path: string, version: string }>}
 */
async function fromCache(search) {
  const path = cachedPath(search);
  if (!existsSync(path)) throw new Error(`no ${path}`);
  return { path, version: await versionOf(path) };
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
