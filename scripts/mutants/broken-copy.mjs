import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** @import { ListedBreakage } from "./breakage.mjs" */

/** Milliseconds; a test that goes on for longer has been hung by the breakage. */
const LIMIT = 120_000;

/** A copy of the sources and tests as they are, in which one breakage at a time is tried. */
export class BrokenCopy {
  #root;
  #nodeArguments;
  #env;

  /**
   * @param {string} source the package's folder
   * @param {string} root where the copy goes
   * @param {{ env: NodeJS.ProcessEnv, nodeArguments?: readonly string[] }} options
   */
  constructor(source, root, { env, nodeArguments = [] }) {
    this.#root = root;
    this.#env = env;
    this.#nodeArguments = nodeArguments;
    rmSync(root, { recursive: true, force: true });
    for (const file of listFiles(source)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      cpSync(join(source, file), join(root, file));
    }
    cpSync(join(source, "dist"), join(root, "dist"), { recursive: true });
    symlinkSync(join(source, "node_modules"), join(root, "node_modules"), "junction");
  }

  /**
   * What became of the tests once the code was broken; without a breakage, what they say of the code as it is.
   *
   * @param {Pick<ListedBreakage, "testFile" | "title" | "project">} test
   * @param {ListedBreakage} [breakage]
   * @returns {Promise<"failed" | "passed" | "hung" | "not loaded" | "not found">}
   */
  async run(test, breakage) {
    const restore = breakage === undefined ? () => {} : this.#break(breakage);
    try {
      return await this.#runTest(test);
    } finally {
      restore();
    }
  }

  remove() {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** @param {ListedBreakage} breakage */
  #break({ file, from, to }) {
    const path = join(this.#root, file);
    const source = readFileSync(path, "utf8");
    writeFileSync(
      path,
      source.replace(from, () => to),
    );
    return () => writeFileSync(path, source);
  }

  /** @param {Pick<ListedBreakage, "testFile" | "title" | "project">} test */
  async #runTest({ testFile, title, project = "default" }) {
    const report = join(this.#root, ".cache/mutant.json");
    rmSync(report, { force: true });
    const child = spawn(
      process.execPath,
      [
        ...this.#nodeArguments,
        join(this.#root, "node_modules/vitest/vitest.mjs"),
        "run",
        `--project=${project}`,
        `--testNamePattern=${patternOf(title)}`,
        "--reporter=json",
        `--outputFile=${report}`,
        "--maxWorkers=1",
        `test/${testFile}`,
      ],
      { cwd: this.#root, stdio: "ignore", env: this.#env, detached: process.platform !== "win32" },
    );
    let isHung = false;
    const timer = setTimeout(() => {
      isHung = true;
      killTree(child);
    }, LIMIT);
    const status = await new Promise((resolve) => child.once("exit", resolve));
    clearTimeout(timer);
    return isHung ? "hung" : verdictOf(report, status === 0);
  }
}

/** @param {string} path @param {boolean} isClean whether the runner itself was content: no unhandled rejection */
function verdictOf(path, isClean) {
  if (!existsSync(path)) return "not loaded";
  /** @type {{ testResults: { assertionResults: { status: string }[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(path, "utf8"));
  const statuses = testResults.flatMap((file) => file.assertionResults.map(({ status }) => status));
  if (statuses.includes("failed")) return "failed";
  if (statuses.includes("passed")) return isClean ? "passed" : "failed";
  return testResults.some((file) => file.assertionResults.length === 0) ? "not loaded" : "not found";
}

/** Tracked files and new ones, as they are on disk. @param {string} source */
function listFiles(source) {
  const { stdout } = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: source,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split("\0").filter((file) => file !== "" && existsSync(join(source, file)));
}

/** The runner has workers, and they have servers. @param {import("node:child_process").ChildProcess} child */
function killTree(child) {
  if (child.pid === undefined || process.platform === "win32") child.kill("SIGKILL");
  else process.kill(-child.pid, "SIGKILL");
}

/** A title as it is written; the runner joins it to its suites by blanks, and fills in the placeholders of a table. @param {string} title */
function patternOf(title) {
  const escaped = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return escaped.replaceAll(" > ", " ").replaceAll(/%[sdifjoO]/g, ".*");
}
