import { chmodSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SOURCE = fileURLToPath(new URL("nats-server.mjs", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../../.cache/in-process/nats-server.mjs", import.meta.url));

/**
 * Runs before the tests of the vitest project `in-process`, which start some hundred servers: from one file a server
 * starts sooner than from a hundred modules.
 */
export default async function bundle(): Promise<void> {
  const made = `${PROGRAM}.${process.pid}`;
  await build({
    entryPoints: [SOURCE],
    outfile: made,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "silent",
  });
  chmodSync(made, 0o755);
  renameSync(made, PROGRAM);
}
