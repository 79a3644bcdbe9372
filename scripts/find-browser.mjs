// Chromium and Firefox ESR of the system; Debian's are installed if there are none and NATSPEED_INSTALL=true.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mayInstall } from "./may-install.mjs";

/** @typedef {"chromium" | "firefox"} Browser */

/** By Debian's name of the package; each place is tried in turn. */
const BROWSERS = {
  chromium: {
    package: "chromium",
    places: [
      process.env["CHROMIUM"],
      "/usr/bin/chromium",
      "/usr/bin/chromium-browser",
      "/usr/bin/google-chrome",
    ],
  },
  firefox: { package: "firefox-esr", places: [process.env["FIREFOX"], "/usr/bin/firefox-esr"] },
};

/** Without most of these it looks for its maker's servers; without the first, it trusts no authority of a test's. */
export const CHROMIUM_FLAGS = [
  "--ignore-certificate-errors",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The path of a browser's program; undefined if there is none, and none could be installed. @param {Browser} name */
export function findBrowser(name) {
  const found = () => BROWSERS[name].places.find((place) => place !== undefined && existsSync(place));
  if (found() === undefined) install(BROWSERS[name].package);
  return found();
}

/** @param {string} name */
function install(name) {
  if (!mayInstall() || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    console.log(`There is no ${name}: install it, or, as root on Debian, set NATSPEED_INSTALL=true.`);
    return;
  }
  console.log(`Installing ${name} (apt-get) …`);
  const apt = (/** @type {string[]} */ ...args) =>
    spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=300", "-qq", ...args], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  apt("update");
  apt("install", "-y", "--no-install-recommends", name);
}
