// npm run bench: sets everything up, the runtimes of the tables included, and runs the benchmarks.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installRuntimes, npm } from "./runtimes/install.mjs";
import { build, installDependencies, root } from "./setup.mjs";

const folder = join(root, "benchmarks");
installDependencies();
if (!existsSync(join(folder, "node_modules"))) npm(folder, "ci");
installRuntimes();
build();

const child = spawn(process.execPath, [join(folder, "run.mjs"), ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
// A terminal sends Ctrl-C to the child as well; this script waits until it has written what it has.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => void child.kill("SIGTERM"));
const [code] = await once(child, "exit");
process.exitCode = code ?? 1;
