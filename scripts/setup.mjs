// What every command of the package needs first: its dependencies, and a fresh build. Plain Node, no dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Standard output is for results: `npm pack --json` prints its own there. @type {import("node:child_process").StdioOptions} */
const PROGRESS = ["inherit", 2, 2];

/** Where a test run leaves its counts. */
export const TEST_REPORT = `${root}.cache/test-report.json`;

/**
 * Runs a program in the package's folder and ends this process with its exit code if it fails.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, stdio?: import("node:child_process").StdioOptions }} [options]
 */
export function run(program, args, { env = process.env, stdio = "inherit" } = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    env,
    stdio,
    shell: needsShell(program),
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** npm and npx are scripts on Windows, which only a shell starts. @param {string} program */
export function needsShell(program) {
  return process.platform === "win32" && program.startsWith("np");
}

/** Installs the dependencies of the lockfile unless they are there already. */
export function installDependencies() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`natspeed needs Node 20.19 or later; this is ${process.versions.node}`);
    process.exit(1);
  }
  if (isInstalled()) return;
  console.error("Installing dependencies (npm ci) …");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: PROGRESS });
}

/** npm writes this file last, so it tells of a complete install of a lockfile that is not newer. */
function isInstalled() {
  const marker = `${root}node_modules/.package-lock.json`;
  if (!existsSync(marker)) return false;
  const installed = JSON.parse(readFileSync(marker, "utf8"));
  const wanted = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8"));
  const optional = (/** @type {{ optional?: boolean }} */ entry) => entry.optional === true;
  return (
    statSync(marker).isFile() &&
    Object.entries(wanted.packages).every(
      ([path, entry]) =>
        path === "" || optional(entry) || installed.packages[path]?.version === entry.version,
    )
  );
}

/** Compiles `src` to `dist`. */
export function build() {
  console.error("Building natspeed …");
  run("npm", ["run", "--silent", "build"], { stdio: PROGRESS });
}
