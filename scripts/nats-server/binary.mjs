import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const PINNED_VERSION = "2.15.2";

/** The oldest server on which the whole test suite can run. */
export const MINIMUM_VERSION = "2.14.0";

export const PROGRAM = process.platform === "win32" ? "nats-server.exe" : "nats-server";

export const CACHE = fileURLToPath(new URL("../../.cache/nats-server/", import.meta.url));

/**
 * What each way of finding a server may use.
 *
 * @typedef {object} Search
 * @property {(line: string) => void} log
 * @property {NodeJS.ProcessEnv} env
 * @property {string} cache the folder that holds one folder per version
 * @property {string} version the version to get when none is at hand
 */

/**
 * @typedef {object} FoundServer
 * @property {string} path
 * @property {string} version for example "2.15.2"
 * @property {"NATS_SERVER" | "PATH" | "cache" | "archive" | "go install" | "package manager"} source
 */

const execute = promisify(execFile);

/**
 * Runs a program to its end. The error of a failed run carries what the program printed.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, timeout?: number }} [options]
 * @returns {Promise<string>} what it wrote to standard output
 */
export async function run(file, args, options = {}) {
  try {
    const { stdout } = await execute(file, args, { maxBuffer: 64 * 1024 * 1024, ...options });
    return stdout;
  } catch (error) {
    const failure =
      /** @type {NodeJS.ErrnoException & { stdout?: string, stderr?: string, killed?: boolean }} */ (error);
    if (failure.code === "ENOENT") throw new Error(`${file} was not found`, { cause: error });
    if (failure.killed) {
      throw new Error(`${file} did not end within ${options.timeout} ms`, { cause: error });
    }
    const printed = `${failure.stderr ?? ""}${failure.stdout ?? ""}`.trim().slice(-2000);
    const reason = printed === "" ? failure.message : printed;
    throw new Error(`${file} ${args.join(" ")} failed: ${reason}`, { cause: error });
  }
}

/**
 * The version that a nats-server binary reports; rejects when the file is no working nats-server.
 *
 * @param {string} path
 * @returns {Promise<string>}
 */
export async function versionOf(path) {
  const printed = await run(path, ["-v"], { timeout: 10_000 });
  const version = /^nats-server: v?(\d+\.\d+\.\d+\S*)/m.exec(printed)?.[1];
  if (version === undefined) {
    throw new Error(`${path} -v does not print a version of nats-server: ${printed.trim()}`);
  }
  return version;
}

/**
 * Compares major, minor and patch. A pre-release counts as its release, for it has the features.
 *
 * @param {string} version
 * @param {string} wanted
 * @returns {boolean}
 */
export function versionAtLeast(version, wanted) {
  const have = numbers(version);
  const need = numbers(wanted);
  for (const [index, part] of need.entries()) {
    const difference = (have[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/**
 * @param {string} version
 * @returns {number[]}
 */
function numbers(version) {
  const parts = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version);
  if (parts === null) throw new Error(`"${version}" is not a version such as "2.14.0"`);
  return parts.slice(1).map((part) => Number(part ?? 0));
}

/**
 * @param {Pick<Search, "cache" | "version">} search
 * @returns {string}
 */
export function cachedPath({ cache, version }) {
  return join(cache, version, PROGRAM);
}

/**
 * Lets `body` make a binary in a folder of its own beside the cache, checks that the binary runs,
 * and renames it into the cache: parallel runs see either no binary or a whole one.
 *
 * @param {Search} search
 * @param {(folder: string) => Promise<string>} body resolves to the path of the new binary
 * @returns {Promise<{ path: string, version: string }>}
 */
export async function installInCache(search, body) {
  await mkdir(search.cache, { recursive: true });
  const folder = await mkdtemp(join(search.cache, "new-"));
  try {
    const made = await body(folder);
    await chmod(made, 0o755);
    const version = await versionOf(made);
    const path = cachedPath(search);
    await mkdir(dirname(path), { recursive: true });
    await rename(made, path).catch((/** @type {unknown} */ error) => {
      // Windows does not replace a program that runs; the one of a parallel run serves as well.
      if (!existsSync(path)) throw error;
    });
    return { path, version };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
