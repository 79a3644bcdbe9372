// Puts the runtimes of scripts/runtimes/package.json where programs() finds them.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup.mjs";

/** Where they are. */
export const RUNTIMES = join(root, ".cache/runtimes");

/** npm writes its own list last, so it tells of a complete installation of this lockfile. */
export function installRuntimes() {
  mkdirSync(RUNTIMES, { recursive: true });
  const from = (/** @type {string} */ name) => join(root, "scripts/runtimes", name);
  const to = (/** @type {string} */ name) => join(RUNTIMES, name);
  const isSame = (/** @type {string} */ name) =>
    existsSync(to(name)) && readFileSync(from(name), "utf8") === readFileSync(to(name), "utf8");
  const names = ["package.json", "package-lock.json"];
  if (names.every(isSame) && existsSync(to("node_modules/.package-lock.json"))) return;
  for (const name of names) copyFileSync(from(name), to(name));
  console.error("Installing Node, Bun, Deno and workerd (npm ci) …");
  npm(RUNTIMES, "ci");
}

/** What npm prints; throws with that if it fails. @param {string} cwd @param {string[]} args */
export function npm(cwd, ...args) {
  const { status, stdout, stderr } = spawnSync(
    "npm",
    [...args, "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd, encoding: "utf8", shell: process.platform === "win32" },
  );
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}
