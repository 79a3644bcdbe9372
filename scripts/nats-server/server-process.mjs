import { spawn } from "node:child_process";
import { once } from "node:events";
import { poll } from "./ready.mjs";
import { isStopped } from "./stopped.mjs";

/** @import { ChildProcess, StdioOptions } from "node:child_process" */
/** @import { Guard } from "./guard.mjs" */

const STOP_LIMIT = 10_000;

/**
 * @typedef {object} Exit
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 */

/** One process of a server, from its start to its end. */
export class ServerProcess {
  /** @readonly */
  #child;
  /**
   * Settles when the process ends, for whatever reason.
   *
   * @type {Promise<Exit>}
   * @readonly
   */
  exited;
  #frozen = false;
  #leaving = false;

  /**
   * @param {ChildProcess} child
   * @param {Guard} guard
   */
  constructor(child, guard) {
    this.#child = child;
    guard.watch(child.pid);
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        guard.watch(undefined);
        resolve({ code, signal });
      });
    });
  }

  /**
   * @param {string} path
   * @param {string[]} args
   * @param {{ output: number | "inherit", guard: Guard }} options
   * @returns {Promise<ServerProcess>}
   */
  static async start(path, args, { output, guard }) {
    /** @type {StdioOptions} */
    const stdio = ["ignore", output, output];
    const child = spawn(path, args, { stdio });
    const started = new ServerProcess(child, guard);
    await once(child, "spawn");
    return started;
  }

  get pid() {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("the process was never started");
    return pid;
  }

  get running() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Throws, saying how it ended, when the process does not run. */
  requireRunning() {
    if (this.running) return;
    const { exitCode, signalCode, spawnfile } = this.#child;
    const how = signalCode === null ? `with code ${exitCode}` : `by ${signalCode}`;
    throw new Error(`${spawnfile} ended ${how}`);
  }

  async freeze() {
    this.#signal("SIGSTOP");
    this.#frozen = true;
    await poll(async () => ((await isStopped(this.pid)) ? true : undefined), {
      deadline: Date.now() + STOP_LIMIT,
      check: () => this.requireRunning(),
    });
  }

  thaw() {
    this.#signal("SIGCONT");
    this.#frozen = false;
  }

  lameDuck() {
    this.#signal("SIGUSR2");
    this.#leaving = true;
  }

  reload() {
    this.#signal("SIGHUP");
  }

  /**
   * Resolves when the process is gone, at once when it already is.
   *
   * @param {"SIGTERM" | "SIGKILL"} signal
   */
  async end(signal) {
    if (!this.running) return;
    // In lame duck mode a server takes no notice of SIGTERM.
    this.#signal(this.#leaving && signal === "SIGTERM" ? "SIGINT" : signal);
    // A frozen process notices SIGTERM only once it runs again.
    if (this.#frozen) this.#signal("SIGCONT");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_LIMIT);
    await this.exited;
    clearTimeout(timer);
  }

  /** @param {NodeJS.Signals} signal */
  #signal(signal) {
    this.requireRunning();
    this.#child.kill(signal);
  }
}
