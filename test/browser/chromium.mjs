import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const PLACES = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** What would reach out to other machines is switched off: a test dials loopback only. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Starts Chromium without a window, and installs Debian's if there is none and this process may.
 *
 * @param {any} playwright the module playwright-core
 * @returns {Promise<any>}
 */
export function launchChromium(playwright) {
  const executablePath = findChromium() ?? installChromium();
  return playwright.chromium.launch({ executablePath, headless: true, args: ARGS });
}

function findChromium() {
  return PLACES.find((place) => place !== undefined && place !== "" && existsSync(place));
}

function installChromium() {
  if (process.platform === "linux" && process.getuid?.() === 0) {
    console.log("Installing Chromium (apt-get) …");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], { stdio: "ignore", env });
  }
  const found = findChromium();
  if (found === undefined) {
    throw new Error("there is no Chromium: install it, or name its program in the variable CHROMIUM");
  }
  return found;
}
