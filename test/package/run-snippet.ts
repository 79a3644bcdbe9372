import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

/** How a program has ended. */
interface Ended {
  readonly code: number | null;
  /** All that it printed. */
  readonly output: string;
  /** Whether it came to its last line. */
  readonly isComplete: boolean;
}

type Environment = Readonly<Record<string, string>>;

/** Signals, the home directory and what the runners of tests patch are those of the whole process. */
const NEEDS_PROCESS = /process\.(?:once|on)\(|FileAuthenticator|from "(?:node:test|vitest)"/;

const ARGUMENTS = ["--unhandled-rejections=strict"];
const THREAD = new URL("snippet-thread.mjs", import.meta.url);
const VITEST = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));

/** Runs a program to its end: in a thread, which starts sooner, or in a process where it needs one of its own. */
export function runSnippet(script: URL, code: string, environment: Environment): Promise<Ended> {
  if (!NEEDS_PROCESS.test(code)) return runThread(script, environment);
  return runProcess(commandOf(script, code), environment);
}

async function runThread(script: URL, environment: Environment): Promise<Ended> {
  const thread = new Worker(THREAD, {
    workerData: script.href,
    env: { ...process.env, ...environment },
    execArgv: ARGUMENTS,
    stdout: true,
    stderr: true,
  });
  const failures: string[] = [];
  let isComplete = false;
  thread.on("message", () => (isComplete = true));
  thread.on("error", (error: Error) => failures.push(error.stack ?? String(error)));
  const exit = new Promise<number>((resolve) => thread.on("exit", resolve));
  const printed = await Promise.all([text(thread.stdout), text(thread.stderr)]);
  return { code: await exit, output: [...printed, ...failures].join(""), isComplete };
}

/** What runs a program: vitest, if it is a test for vitest. */
function commandOf(script: URL, code: string): string[] {
  if (!code.includes('from "vitest"')) return [...ARGUMENTS, fileURLToPath(script)];
  const test = fileURLToPath(script).replace(/\.js$/, ".test.js");
  writeFileSync(test, code);
  writeFileSync(
    new URL("vitest.config.mjs", script),
    `export default { test: { include: ["*.test.js"] } };\n`,
  );
  return [VITEST, "run", "--root", fileURLToPath(new URL("./", script)), test];
}

/** Node itself tells of a program that ends too early, by its code. */
async function runProcess(command: readonly string[], environment: Environment): Promise<Ended> {
  const child = spawn(process.execPath, command, { env: { ...process.env, ...environment } });
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  const printed = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await exit, output: printed.join(""), isComplete: true };
}
