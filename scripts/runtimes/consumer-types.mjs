// The packed declarations, compiled as an application of its own compiles them, with nothing skipped.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup.mjs";

const RESOLUTIONS = [
  { module: "NodeNext", moduleResolution: "NodeNext", exactOptionalPropertyTypes: false },
  { module: "ESNext", moduleResolution: "Bundler", exactOptionalPropertyTypes: true },
];

/** The types of browsers are a choice of the consumer's, and Node's are not needed. */
const OPTIONS = {
  noEmit: true,
  strict: true,
  skipLibCheck: false,
  target: "ES2022",
  lib: ["ES2022", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
  types: [],
};

/**
 * @param {string} folder where the package and the compilers are installed
 * @returns {import("./command-line.mjs").Result[]}
 */
export function checkConsumerTypes(folder) {
  const compilers = {
    5.4: join(folder, "node_modules/typescript-5.4/bin/tsc"),
    5.9: join(folder, "node_modules/typescript-5.9/bin/tsc"),
    7: join(root, "node_modules/typescript/bin/tsc"),
  };
  return Object.entries(compilers).flatMap(([version, compiler]) =>
    RESOLUTIONS.map((options) => {
      const resolution = options.moduleResolution;
      const project = join(folder, `tsconfig.${resolution}.json`);
      const compilerOptions = { ...OPTIONS, ...options };
      writeFileSync(project, JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
      const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", project], { encoding: "utf8" });
      const name = `TypeScript ${version}, ${resolution}`;
      return status === 0 ? { name } : { name, error: stdout.slice(0, 2000) };
    }),
  );
}
