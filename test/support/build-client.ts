import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** The folder of the project. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** Builds the client for a program of a test to import; returns its module. Two tests at once must not share a folder. */
export function buildClient(folder: string): string {
  const tsc = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", `build/${folder}`];
  const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: ROOT, encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
  return `${ROOT}build/${folder}/index.js`;
}
