import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

/** What programs import, by the name after the package's. */
const ENTRIES = ["jetstream", "kv", "object-store", "services", "server"];

/** Bundles modules for Node, with chunks of their own for what is loaded on demand. */
export async function bundleForNode(options: BuildOptions): Promise<void> {
  await build({
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "silent",
    ...options,
  });
}

/**
 * Puts the package as it is built beside the programs of `folder`, in a few files: many programs start sooner than with
 * some hundred modules each.
 */
export async function bundlePackage(folder: string): Promise<void> {
  const installed = join(folder, "node_modules/natspeed");
  await bundleForNode({
    entryPoints: {
      index: `${dist}index.js`,
      ...Object.fromEntries(ENTRIES.map((entry) => [entry, `${dist}${entry}/index.js`])),
    },
    outdir: installed,
  });
  const exports = Object.fromEntries([
    [".", "./index.js"],
    ...ENTRIES.map((entry) => [`./${entry}`, `./${entry}.js`]),
  ]);
  writeJson(join(installed, "package.json"), { name: "natspeed", type: "module", exports });
  // Else the programs are part of the package, and its name leads to the project itself.
  writeJson(join(folder, "package.json"), { type: "module" });
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, JSON.stringify(value));
}
