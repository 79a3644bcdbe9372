// npm run runtimes: the smoke suite on every runtime, against the package as it would be published.
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findBrowser } from "./find-browser.mjs";
import { tellNotRun } from "./missing.mjs";
import { runBrowser } from "./runtimes/browsers.mjs";
import { programs, runScript } from "./runtimes/command-line.mjs";
import { checkConsumerTypes } from "./runtimes/consumer-types.mjs";
import { issueIdentities } from "./runtimes/identities.mjs";
import { installRuntimes, npm, RUNTIMES as folder } from "./runtimes/install.mjs";
import { installedPrograms } from "./runtimes/platform.mjs";
import { startSurroundings } from "./runtimes/surroundings.mjs";
import { runWorkerd } from "./runtimes/workerd.mjs";
import { build, installDependencies, root } from "./setup.mjs";

const only = process.argv.includes("--only") ? process.argv.at(-1)?.split(",") : undefined;

installDependencies();
build();
install();
await bundle();

const counts = { passed: 0, failed: 0, "not run": 0 };
const identities = await issueIdentities();
const surroundings = await startSurroundings();
try {
  if (isWanted("types")) report("types", checkConsumerTypes(folder));
  for (const [name, program] of Object.entries(programs(folder))) await runProgram(name, program);
  const { authority } = surroundings;
  for (const scheme of /** @type {const} */ (["ws", "wss"])) {
    const { workerd } = installedPrograms(folder);
    await runIf(`workerd, ${scheme}`, workerd, () =>
      runWorkerd(workerd, folder, surroundings.of(scheme), authority),
    );
    for (const name of /** @type {const} */ (["chromium", "firefox"])) {
      const path = isWanted(name) ? findBrowser(name) : undefined;
      await runIf(`${name}, ${scheme}`, path, () =>
        runBrowser(name, path ?? "", folder, surroundings.of(scheme)),
      );
    }
  }
} finally {
  await surroundings.stop();
}
const notRun = counts["not run"] === 0 ? "" : `, ${counts["not run"]} runtimes not run`;
console.log(`${counts.passed} passed, ${counts.failed} failed${notRun}`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

/** @param {string} name @param {readonly string[]} program */
async function runProgram(name, program) {
  const tls = { ca: surroundings.authority };
  for (const scheme of /** @type {const} */ (["nats", "tls", "ws", "wss"])) {
    await runIf(`${name}, ${scheme}`, program[0], () =>
      runScript(program, "main.mjs", { ...surroundings.of(scheme), tls }, folder),
    );
  }
  await runIf(`${name}, CommonJS`, program[0], () => runScript(program, "require.cjs", {}, folder));
  const copy = join(folder, "copy/node_modules/natspeed/dist/index.js");
  await runIf(`${name}, two copies`, program[0], () =>
    runScript(program, "two-copies.mjs", { ...surroundings.of("nats"), copy }, folder),
  );
  await runIf(`${name}, server with TLS`, program[0], () =>
    runScript(program, "server-tls.mjs", identities, folder),
  );
}

/**
 * @param {string} name
 * @param {string | undefined} program
 * @param {() => Promise<readonly import("./runtimes/command-line.mjs").Result[]>} run
 */
async function runIf(name, program, run) {
  if (!isWanted(name)) return;
  if (program !== undefined && existsSync(program)) {
    report(name, await run());
    return;
  }
  const reason = `there is no ${program ?? "such program"} here, and it could not be installed`;
  counts[tellNotRun(name, reason) ? "failed" : "not run"]++;
}

/** The runtimes, and the package twice, each from its tarball. */
function install() {
  installRuntimes();
  mkdirSync(join(folder, "copy"), { recursive: true });
  cpSync(join(root, "test/runtimes"), folder, { recursive: true });
  // It is built already.
  const packing = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
  const packed =
    npm(root, ...packing)
      .trim()
      .split("\n")
      .at(-1) ?? "";
  rmSync(join(folder, "copy/node_modules"), { recursive: true, force: true });
  for (const place of [folder, join(folder, "copy")]) {
    npm(place, "install", "--no-save", "--no-package-lock", "--prefix", place, join(folder, packed));
  }
}

/** The suite for runtimes without a file system, as an application would bundle it. */
async function bundle() {
  const { build: esbuild } = await import("esbuild");
  for (const [name, condition] of /** @type {const} */ ([
    ["worker", "workerd"],
    ["page", "browser"],
  ])) {
    await esbuild({
      entryPoints: [join(folder, `${name}.mjs`)],
      outfile: join(folder, `${name}.js`),
      bundle: true,
      format: "esm",
      conditions: [condition],
    });
  }
}

/** @param {string} name */
function isWanted(name) {
  return only === undefined || only.some((one) => name.startsWith(one));
}

/** @param {string} where @param {readonly import("./runtimes/command-line.mjs").Result[]} results */
function report(where, results) {
  const broken = results.filter(({ error }) => error !== undefined);
  counts.passed += results.length - broken.length;
  counts.failed += broken.length;
  console.log(`${broken.length === 0 ? "ok" : "FAILED"}  ${where}: ${results.length} checks`);
  for (const { name, error } of broken) console.log(`        ${name}: ${error}`);
}
