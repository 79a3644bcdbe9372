import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const LIMIT_MS = 180_000;
const running = new Set();

/** Ends every process that was started here and still runs. */
export function stopSides() {
  for (const child of running) child.kill("SIGKILL");
}

/** A child process whose stdout is lines of JSON. */
export class SideProcess {
  #child;
  #lines;
  #errors = "";
  #name;
  #late = false;
  #exited;

  constructor(command, args) {
    this.#name = [command, ...args].map((word) => word.split("/").at(-1)).join(" ");
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.#child);
    const limit = setTimeout(() => {
      this.#late = true;
      this.#child.kill("SIGKILL");
    }, LIMIT_MS);
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.#errors += text));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#exited = once(this.#child, "close").finally(() => {
      running.delete(this.#child);
      clearTimeout(limit);
    });
    this.#exited.catch(() => {});
  }

  /** The next line; fails with what the process said on stderr when it ends without one. */
  async line() {
    const { done, value } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    throw await this.#failure();
  }

  /** Resolves when the process has ended well. */
  async end() {
    const [code] = await this.#exited;
    if (code !== 0) throw await this.#failure();
  }

  stop() {
    this.#child.kill("SIGKILL");
  }

  async #failure() {
    const outcome = await this.#exited.then(
      ([code, signal]) => `ended with ${signal ?? code}`,
      (error) => error.message,
    );
    const why = this.#late ? `took longer than ${LIMIT_MS / 1000} s` : outcome;
    return new Error(`${this.#name}: ${why}\n${this.#errors.trimEnd()}`);
  }
}
