import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDER = join(ROOT, ".cache", "compare");
const WORKTREE = "worktree";

/** The build that a page shows beside the new one, unless `--before` names another: that of the page before. */
export const BEFORE = "af794545b2ac";

function run(command, args, cwd = ROOT) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout.trim();
}

// Most commits share their dependencies with the checkout, which spares an installation.
function provideDependencies(folder) {
  const lock = (at) => readFileSync(join(at, "package-lock.json"), "utf8");
  const installed = join(ROOT, "node_modules");
  if (existsSync(installed) && lock(folder) === lock(ROOT))
    symlinkSync(installed, join(folder, "node_modules"), "junction");
  else run("npm", ["ci", "--no-audit", "--no-fund"], folder);
}

function buildCommit(folder, commit) {
  run("git", ["worktree", "add", "--force", "--detach", folder, commit]);
  provideDependencies(folder);
  run("npm", ["run", "build"], folder);
}

// A copy, so that somebody may go on working in the checkout meanwhile. Its package.json says that
// it is ESM.
function buildWorktree(folder) {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
  run("npm", ["run", "build", "--", "--outDir", join(folder, "dist")]);
}

/** Builds a commit, or the checkout as it is (`worktree`): `{ name, library }`, a URL for import. */
export function buildApart(label, ref) {
  const commit = ref === WORKTREE ? undefined : run("git", ["rev-parse", "--verify", `${ref}^{commit}`]);
  const folder = join(FOLDER, label);
  if (commit) buildCommit(folder, commit);
  else buildWorktree(folder);
  const name = `${label}: ${commit ? `${ref} (${commit.slice(0, 8)})` : WORKTREE}`;
  return { name, library: pathToFileURL(join(folder, "dist", "index.js")).href };
}

/**
 * The build of an earlier commit as a URL for import; it stays in the cache, for a run that goes on later.
 *
 * @param {string} ref
 */
export function buildBefore(ref) {
  const commit = run("git", ["rev-parse", "--verify", `${ref}^{commit}`]);
  const folder = join(ROOT, ".cache", "before", commit.slice(0, 12));
  const entry = join(folder, "dist", "index.js");
  if (!existsSync(entry)) {
    rmSync(folder, { recursive: true, force: true });
    run("git", ["worktree", "prune"]);
    buildCommit(folder, commit);
  }
  return pathToFileURL(entry).href;
}

/** Also clears what a run left behind that was killed. */
export function removeCheckouts() {
  for (const label of existsSync(FOLDER) ? readdirSync(FOLDER) : []) {
    const folder = join(FOLDER, label);
    if (existsSync(join(folder, ".git"))) run("git", ["worktree", "remove", "--force", folder]);
  }
  rmSync(FOLDER, { recursive: true, force: true });
}
