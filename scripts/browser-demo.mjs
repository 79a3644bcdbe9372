// npm run demo:browser: the page of examples/browser and a nats-server with a WebSocket listener, until Ctrl-C.
// With --check: drives the page in Chromium instead, and ends with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { checkPage } from "../test/browser/page.mjs";
import { findBrowser } from "./find-browser.mjs";
import { tellNotRun } from "./missing.mjs";
import { startServer } from "./nats-server.mjs";
import { freePorts } from "./nats-server/free-port.mjs";
import { build, installDependencies, needsShell, root, run } from "./setup.mjs";

const EXAMPLE = `${root}examples/browser`;
const isCheck = process.argv.includes("--check");
const chromium = isCheck ? findBrowser("chromium") : undefined;
if (isCheck && chromium === undefined) {
  const isFailure = tellNotRun("the page in Chromium", "there is none; CHROMIUM may name its program");
  console.log(`0 passed, ${isFailure ? 1 : 0} failed`);
  process.exit(isFailure ? 1 : 0);
}

installDependencies();
build();
installExample();
run("npm", ["exec", "--", "tsc", "-p", "examples/browser"]);

const log = (/** @type {string} */ line) => console.log(line);
// The port is kept, so that a page finds the server again after a restart.
const [webSocketPort = 0, pagePort = 0] = await freePorts(2);
const server = await startServer({
  jetstream: true,
  config: `websocket { listen: "127.0.0.1:${webSocketPort}", no_tls: true }`,
  log,
});
try {
  const page = await servePage(pagePort);
  try {
    const url = `${page.url}?server=${encodeURIComponent(`ws://127.0.0.1:${webSocketPort}`)}`;
    if (chromium === undefined) {
      await untilInterrupted(url);
    } else {
      const playwright = await fromExample("playwright-core");
      process.exitCode = (await checkPage({ url, server, playwright, chromium })) ? 0 : 1;
    }
  } finally {
    await page.close();
  }
} finally {
  await server.stop();
}

/** npm writes the marker last, so it tells of a complete install. */
function installExample() {
  const marker = `${EXAMPLE}/node_modules/.package-lock.json`;
  const wanted = JSON.parse(readFileSync(`${EXAMPLE}/package.json`, "utf8")).devDependencies;
  if (existsSync(marker)) {
    const installed = JSON.parse(readFileSync(marker, "utf8")).packages;
    if (Object.keys(wanted).every((name) => installed[`node_modules/${name}`]?.version === wanted[name]))
      return;
  }
  console.log("Installing the example's dependencies (npm ci) …");
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", args, { cwd: EXAMPLE, stdio: "inherit", shell: needsShell("npm") });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * A module that only the example depends on.
 *
 * @param {string} name
 * @returns {Promise<any>}
 */
async function fromExample(name) {
  const require = createRequire(`${EXAMPLE}/package.json`);
  const module = await import(pathToFileURL(require.resolve(name)).href);
  // Of a CommonJS module only the default is sure to be there.
  return module.default ?? module;
}

/**
 * Built, and not by the development server: that one reloads a page that was offline, which would hide how the
 * connection comes back.
 *
 * @param {number} port
 */
async function servePage(port) {
  const vite = await fromExample("vite");
  await vite.build({ root: EXAMPLE, logLevel: "warn" });
  const options = { host: "127.0.0.1", port, strictPort: false, open: false };
  const preview = await vite.preview({ root: EXAMPLE, logLevel: "warn", preview: options });
  return {
    url: /** @type {string} */ (preview.resolvedUrls.local[0]),
    close: () => preview.close(),
  };
}

/** @param {string} url */
async function untilInterrupted(url) {
  const interrupted = new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  console.log(`Started nats-server ${server.version}, WebSocket on port ${webSocketPort}`);
  console.log(`\n  ${url}\n\nOpen it in two tabs. Ctrl-C stops everything.`);
  await interrupted;
}
