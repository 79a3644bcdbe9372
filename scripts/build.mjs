// npm run build: compiles src to dist; what is left there of sources that are gone would be published too.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const args = process.argv.slice(2);
const compiler = join(root, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json", ...args], {
  cwd: root,
  stdio: "inherit",
});
if (status === 0 && !args.includes("--outDir")) removeStale(join(root, "dist"));
process.exitCode = status ?? 1;

/** @param {string} folder */
function removeStale(folder) {
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const [, module] = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(file) ?? [];
    if (module !== undefined && !existsSync(join(root, "src", `${module}.ts`))) rmSync(join(folder, file));
  }
}
