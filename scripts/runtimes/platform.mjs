// What npm has for this machine: each runtime comes as a package for each system and processor.
import { join } from "node:path";

/** `process.platform` and `process.arch`, and what the makers of the packages say for it. */
const NAMES = {
  "darwin-arm64": { bun: "darwin-aarch64", deno: "darwin-arm64", workerd: "darwin-arm64" },
  "darwin-x64": { bun: "darwin-x64", deno: "darwin-x64", workerd: "darwin-64" },
  "linux-arm64": { bun: "linux-aarch64", deno: "linux-arm64-glibc", workerd: "linux-arm64" },
  "linux-x64": { bun: "linux-x64", deno: "linux-x64-glibc", workerd: "linux-64" },
  "win32-x64": { bun: "windows-x64", deno: "win32-x64", workerd: "windows-64" },
};

/**
 * Where the programs of the packages in `scripts/runtimes/package.json` are; there need not be one for this machine.
 *
 * @param {string} folder where they are installed
 */
export function installedPrograms(folder) {
  const here = `${process.platform}-${process.arch}`;
  const names = NAMES[/** @type {keyof typeof NAMES} */ (here)] ?? { bun: here, deno: here, workerd: here };
  const ending = process.platform === "win32" ? ".exe" : "";
  const path = (/** @type {string} */ place) => join(folder, "node_modules", place + ending);
  return {
    node: (/** @type {string} */ version) => path(`node-${version}-${here}/bin/node`),
    bun: path(`@oven/bun-${names.bun}/bin/bun`),
    deno: path(`@deno/${names.deno}/deno`),
    workerd: path(`@cloudflare/workerd-${names.workerd}/bin/workerd`),
  };
}
