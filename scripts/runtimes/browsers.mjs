// Chromium, driven by Playwright, and Firefox, driven over WebDriver BiDi by Puppeteer: Debian's browsers, not their own.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { CHROMIUM_FLAGS } from "../find-browser.mjs";

/**
 * @param {"chromium" | "firefox"} name
 * @param {string} path
 * @param {string} folder with the bundled page.js
 * @param {object} surroundings
 * @returns {Promise<import("./command-line.mjs").Result[]>}
 */
export async function runBrowser(name, path, folder, surroundings) {
  const page = await readFile(join(folder, "page.js"), "utf8");
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    response.end(
      isScript ? page : `<!doctype html><title>smoke</title><script type="module" src="/page.js"></script>`,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  try {
    return await drive(name, path, folder, `http://127.0.0.1:${port}/`, surroundings);
  } catch (error) {
    return [{ name: "runs", error: String(error) }];
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** @param {string} name @param {string} executablePath @param {string} folder @param {string} url @param {object} surroundings */
async function drive(name, executablePath, folder, url, surroundings) {
  const require = createRequire(join(folder, "package.json"));
  const browser =
    name === "chromium"
      ? await require("playwright-core").chromium.launch({ executablePath, args: CHROMIUM_FLAGS })
      : await (
          await import(require.resolve("puppeteer-core"))
        ).default.launch({ browser: "firefox", executablePath, acceptInsecureCerts: true });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    return await page.evaluate(
      (/** @type {any} */ given) => /** @type {any} */ (globalThis).smoke(given),
      surroundings,
    );
  } finally {
    await browser.close();
  }
}
