import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

/** How a program has ended. */
interface Ended {
  /** Null if it did not end by itself. */
  readonly code: number | null;
  /** All that it printed, and what it left open. */
  readonly output: string;
  /** Whether it came to its last line, and left nothing open. */
  readonly isComplete: boolean;
}

type Environment = Readonly<Record<string, string>>;

/** What the thread says of a program that has come to its last line. */
interface Complete {
  readonly output: string;
  /** Kinds of handles that would have kept its process alive. */
  readonly open: readonly string[];
}

/** Signals, the home directory and what the runners of tests patch are those of the whole process. */
const NEEDS_PROCESS = /process\.(?:once|on)\(|FileAuthenticator|from "(?:node:test|vitest)"/;

const ARGUMENTS = ["--unhandled-rejections=strict"];
const THREAD = new URL("snippet-thread.mjs", import.meta.url);
const VITEST = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));

/** Runs programs to their ends, one after the other. */
export class SnippetRunner implements AsyncDisposable {
  readonly #environment: Environment;
  /** For the next program that needs no process of its own: to start a thread takes as long as ten programs. */
  #idle: Worker | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  run(script: URL, code: string): Promise<Ended> {
    if (!NEEDS_PROCESS.test(code)) return this.#runInThread(script);
    return runProcess(commandOf(script, code), this.#environment);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#idle?.terminate();
  }

  async #runInThread(script: URL): Promise<Ended> {
    const thread = this.#idle ?? this.#start();
    this.#idle = undefined;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread.postMessage(script.href);
    const ended = await endOf(thread);
    if (ended.isComplete) this.#idle = thread;
    else await thread.terminate();
    return ended;
  }

  #start(): Worker {
    const env = { ...process.env, ...this.#environment };
    return new Worker(THREAD, { env, execArgv: ARGUMENTS });
  }
}

/** How the program ends that the thread runs now; the thread may end with it. */
async function endOf(thread: Worker): Promise<Ended> {
  const listening = new AbortController();
  const { signal } = listening;
  try {
    const [ended] = (await Promise.race([
      once(thread, "message", { signal }),
      once(thread, "exit", { signal }),
    ])) as [Complete | number];
    return typeof ended === "number" ? { code: ended, output: "", isComplete: false } : endedBy(ended);
  } catch (error) {
    // What the program threw.
    return {
      code: 1,
      output: error instanceof Error ? String(error.stack) : String(error),
      isComplete: false,
    };
  } finally {
    listening.abort();
  }
}

function endedBy({ output, open }: Complete): Ended {
  if (open.length === 0) return { code: 0, output, isComplete: true };
  return { code: null, output: `${output}\nleft open: ${open.join(", ")}`, isComplete: false };
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
