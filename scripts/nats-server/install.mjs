import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installInCache, MINIMUM_VERSION, PROGRAM, run, versionAtLeast, versionOf } from "./binary.mjs";

import { mayInstall } from "../may-install.mjs";

/** @import { Search } from "./binary.mjs" */

const BUILD_LIMIT = 900_000;

/** Where package managers put programs that a user's PATH may lack. */
const PACKAGE_FOLDERS = ["/usr/sbin", "/opt/homebrew/bin", "/usr/local/bin"];

/**
 * @param {Search} search
 * @returns {Promise<{ path: string, version: string }>}
 */
export async function installWithGo(search) {
  const { env, log, version } = search;
  await run("go", ["version"], { env, timeout: 60_000 });
  log(`building nats-server ${version} with go (about a minute)`);
  return installInCache(search, async (folder) => {
    await run("go", ["install", `github.com/nats-io/nats-server/v2@v${version}`], {
      env: { ...env, GOBIN: folder },
      cwd: folder,
      timeout: BUILD_LIMIT,
    });
    return join(folder, PROGRAM);
  });
}

/**
 * The last resort takes any version: an old server runs a part of the tests, no server runs none. It installs nothing
 * unless it is asked to.
 *
 * @param {Search} search
 * @returns {Promise<{ path: string, version: string }>}
 */
export async function installWithPackageManager({ env, log }) {
  const folders = [...programFolders(env), ...PACKAGE_FOLDERS];
  if (findIn(folders).length === 0) await installPackage(env, log);
  const [path] = findIn(folders);
  if (path === undefined) throw new Error("the package was installed but its program not found");
  const version = await versionOf(path);
  if (!versionAtLeast(version, MINIMUM_VERSION)) {
    log(`${path} is ${version}: tests that need a newer server will skip`);
  }
  return { path, version };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} log
 */
async function installPackage(env, log) {
  if (!mayInstall(env)) {
    throw new Error("not asked: install nats-server yourself, or set NATSPEED_INSTALL=true");
  }
  if (process.platform === "darwin") {
    log("installing nats-server with brew");
    await run("brew", ["install", "nats-server"], { env, timeout: BUILD_LIMIT });
    return;
  }
  if (process.platform !== "linux") {
    throw new Error(`no package manager is known for ${process.platform}`);
  }
  if (process.getuid?.() !== 0) throw new Error("apt-get needs root");

  log("installing nats-server with apt-get");
  const options = { env: { ...env, DEBIAN_FRONTEND: "noninteractive" }, timeout: BUILD_LIMIT };
  const install = ["install", "-y", "--no-install-recommends", "nats-server"];
  try {
    await run("apt-get", install, options);
  } catch {
    // A fresh system has no package lists yet.
    await run("apt-get", ["update"], options);
    await run("apt-get", install, options);
  }
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 */
export function programFolders(env) {
  return (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

/**
 * The servers in these folders, in the folders' order.
 *
 * @param {string[]} folders
 * @returns {string[]}
 */
export function findIn(folders) {
  return folders.map((folder) => join(folder, PROGRAM)).filter((path) => existsSync(path));
}
