import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installInCache, PROGRAM, run } from "./binary.mjs";

/** @import { Search } from "./binary.mjs" */

const RELEASES = "https://github.com/nats-io/nats-server/releases/download";
const CONNECT_LIMIT = 5_000;
const DOWNLOAD_LIMIT = 300_000;

/** @type {Partial<Record<NodeJS.Platform, string>>} */
const SYSTEMS = { linux: "linux", darwin: "darwin", win32: "windows", freebsd: "freebsd" };

/** @type {Partial<Record<NodeJS.Architecture, string>>} */
const ARCHITECTURES = {
  x64: "amd64",
  arm64: "arm64",
  ia32: "386",
  arm: "arm7",
  loong64: "loong64",
  ppc64: "ppc64le",
  riscv64: "riscv64",
  s390x: "s390x",
};

/**
 * Gets the release archive, refuses it unless its SHA-256 is the one that the release states, and
 * puts the binary into the cache.
 *
 * @param {Search} search
 * @param {string} [releases] where the releases are, one folder per tag
 * @returns {Promise<{ path: string, version: string }>}
 */
export async function installFromArchive(search, releases = RELEASES) {
  const { log, version } = search;
  const folder = folderName(version);
  const archive = `${folder}.${process.platform === "win32" ? "zip" : "tar.gz"}`;
  const base = `${releases}/v${version}`;

  log(`downloading ${archive}`);
  const sums = (await download(`${base}/SHA256SUMS`)).toString("utf8");
  const stated = statedSum(sums, archive);
  const bytes = await download(`${base}/${archive}`);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== stated) {
    throw new Error(`${archive} has the SHA-256 ${actual}, but the release states ${stated}`);
  }

  return installInCache(search, async (work) => {
    const file = join(work, archive);
    await writeFile(file, bytes);
    await run("tar", ["-xf", file, "-C", work], { timeout: 60_000 });
    return join(work, folder, PROGRAM);
  });
}

/**
 * The name of the archive without its ending, which is also the folder inside it.
 *
 * @param {string} version
 * @returns {string}
 */
export function folderName(version) {
  const system = SYSTEMS[process.platform];
  const architecture = ARCHITECTURES[process.arch];
  if (system === undefined || architecture === undefined) {
    throw new Error(`there is no release archive for ${process.platform} on ${process.arch}`);
  }
  return `nats-server-v${version}-${system}-${architecture}`;
}

/**
 * @param {string} sums lines of "<hex>  <file name>"
 * @param {string} archive
 * @returns {string}
 */
function statedSum(sums, archive) {
  for (const line of sums.split("\n")) {
    const [sum, name] = line.trim().split(/\s+\*?/);
    if (sum !== undefined && name === archive) return sum.toLowerCase();
  }
  throw new Error(`the release's SHA256SUMS does not list ${archive}`);
}

/**
 * @param {string} url
 * @returns {Promise<Buffer>}
 */
async function download(url) {
  const abort = new AbortController();
  const limit = (/** @type {number} */ ms, /** @type {string} */ what) =>
    setTimeout(() => abort.abort(new Error(`${what} within ${ms / 1000} s`)), ms);
  let timer = limit(CONNECT_LIMIT, "no answer");
  try {
    const response = await fetch(url, { signal: abort.signal });
    clearTimeout(timer);
    timer = limit(DOWNLOAD_LIMIT, "not complete");
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * fetch() says no more than "fetch failed"; what failed is in the cause.
 *
 * @param {unknown} error
 * @returns {string}
 */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
