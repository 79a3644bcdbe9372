import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const BENCHMARKS = join(ROOT, "benchmarks");

// npm is a shell script on Windows.
const shell = process.platform === "win32";

/** @param {string} folder */
async function install(folder) {
  if (existsSync(join(folder, "node_modules"))) return;
  await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, shell });
}

/**
 * Ends this script, with the same exit code, when the command fails.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, shell?: boolean }} options
 */
async function run(command, args, options) {
  const child = spawn(command, args, { ...options, stdio: "inherit" });
  const terminate = () => void child.kill("SIGTERM");
  // A terminal sends Ctrl-C to the child as well; this script waits until it has cleaned up.
  const wait = () => {};
  process.on("SIGTERM", terminate).on("SIGINT", wait);
  const [code] = await once(child, "exit");
  process.off("SIGTERM", terminate).off("SIGINT", wait);
  if (code !== 0) process.exit(code ?? 1);
}

await install(ROOT);
await install(BENCHMARKS);
await run("npm", ["run", "build"], { cwd: ROOT, shell });
await run(process.execPath, [join(BENCHMARKS, "run.mjs"), ...process.argv.slice(2)], { cwd: ROOT });
