import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, speaksFirst, writeConfig } from "./command-line.mjs";
import { startGuard } from "./guard.mjs";
import { programFor } from "./program.mjs";
import { askInfo, getJson, poll, readPorts } from "./ready.mjs";
import { ServerProcess } from "./server-process.mjs";

/** @import { Guard } from "./guard.mjs" */
/** @import { Ports } from "./ready.mjs" */

const START_LIMIT = 30_000;
const RESTART_ATTEMPTS = 10;

/**
 * @typedef {object} StartOptions
 * @property {string} [path] the program; findServer() looks for one when it is not given
 * @property {string} [config] text of a configuration file. Its client host, client port and
 *   monitoring port have no effect: the server is on 127.0.0.1, on free ports or on `port`
 * @property {string[]} [args] more command line arguments; they win over the ones made here
 * @property {boolean} [jetstream]
 * @property {number} [port] of the clients; a free one when it is not given
 * @property {string} [storeDir] a folder to keep; a temporary one when it is not given
 * @property {string} [name]
 * @property {boolean} [inheritOutput] print the server's log instead of keeping it for output()
 * @property {(line: string) => void} [log]
 */

/**
 * Starts a nats-server on 127.0.0.1; resolves when it accepts connections and sends INFO. That
 * first look counts as one connection in the server's statistics.
 *
 * @param {StartOptions} [options]
 * @returns {Promise<RunningServer>}
 */
export async function startServer(options = {}) {
  const path = options.path ?? (await programFor(options.log));
  const folder = await mkdtemp(join(tmpdir(), "nats-server-"));
  const server = new RunningServer(path, folder, options);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

export class RunningServer {
  /** @readonly */
  #path;
  /** @readonly */
  #folder;
  /** @readonly */
  #storeDir;
  #options;
  #port;
  #version = "";
  /** @type {Ports} */
  #ports = { nats: [] };
  /** @type {ServerProcess | undefined} */
  #process;
  /** @type {Guard | undefined} */
  #guard;
  /** @type {Promise<void> | undefined} */
  #stopping;
  #earlierOutput = "";

  /**
   * @param {string} path
   * @param {string} folder
   * @param {StartOptions} options
   */
  constructor(path, folder, options) {
    this.#path = path;
    this.#folder = folder;
    this.#options = options;
    this.#port = options.port ?? -1;
    this.#storeDir = options.storeDir ?? join(folder, "store");
  }

  get port() {
    return this.#port;
  }

  get url() {
    return `nats://127.0.0.1:${this.#port}`;
  }

  /** Where /varz, /connz, /subsz and the like are; another port after a restart. */
  get monitorUrl() {
    const address = this.#ports.monitoring?.[0];
    if (address === undefined) throw new Error("this server has no monitoring port");
    return address;
  }

  /** All the addresses that the server reported, for example `ports.websocket`. */
  get ports() {
    return this.#ports;
  }

  /** The process id of the latest start. */
  get pid() {
    return this.#current.pid;
  }

  get running() {
    return this.#process?.running ?? false;
  }

  get storeDir() {
    return this.#storeDir;
  }

  get version() {
    return this.#version;
  }

  /** Settles when the process of the latest start ends, for whatever reason. */
  get exited() {
    return this.#current.exited;
  }

  /** What the server has logged so far, over all its starts. */
  output() {
    const file = join(this.#folder, "log");
    return this.#earlierOutput + (existsSync(file) ? readFileSync(file, "utf8") : "");
  }

  /**
   * One answer of the monitoring port.
   *
   * @param {string} path for example "/connz?subs=1"
   */
  monitor(path) {
    return getJson(`${this.monitorUrl}${path}`);
  }

  /** Used by startServer(); a server that runs is started again by restart(). */
  async start() {
    const before = this.output().length;
    try {
      this.#process = await this.#launch();
      await this.#becomeReady(this.#process);
    } catch (error) {
      await this.kill();
      const reason = error instanceof Error ? error.message : String(error);
      const printed = this.output().slice(before);
      throw new Error(`nats-server did not start: ${reason}\n${printed}`, { cause: error });
    }
  }

  /** Ends the server in order and removes its folders, except a storeDir that the caller named. */
  stop() {
    this.#stopping ??= this.#endAndRemove();
    return this.#stopping;
  }

  /** Ends the server without a chance to say goodbye; the store stays for restart(). */
  async kill() {
    await this.#process?.end("SIGKILL");
  }

  /** Halts the process: its sockets stay open, and nothing is read or written once this resolves. */
  async freeze() {
    await this.#current.freeze();
  }

  thaw() {
    this.#current.thaw();
  }

  /** Makes the server tell its clients to leave, then leave itself. */
  lameDuck() {
    this.#current.lameDuck();
  }

  /**
   * Makes the server read another configuration while it runs; resolves when it holds. What a server can't change
   * while it runs, it refuses, and goes on as before: then this rejects.
   *
   * @param {string} config
   */
  async reload(config) {
    this.#options = { ...this.#options, config };
    await writeConfig(this.#folder, config);
    const loadTime = async () => (await this.monitor("/varz"))["config_load_time"];
    const before = await loadTime();
    this.#current.reload();
    await poll(async () => ((await loadTime()) === before ? undefined : true), {
      deadline: Date.now() + START_LIMIT,
      check: () => this.#current.requireRunning(),
    });
  }

  /**
   * Starts the server again on the same port and store (an empty one after stop(), unless the
   * caller named it). One that still runs is ended in order first.
   *
   * @param {{ config?: string }} [changes] a configuration to use from now on
   */
  async restart(changes = {}) {
    await this.#stopping;
    this.#stopping = undefined;
    await this.#process?.end("SIGTERM");
    this.#options = { ...this.#options, ...changes };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.start();
        return;
      } catch (error) {
        // While the server was away its port was free for any outgoing connection of this machine.
        const taken = /address already in use/.test(String(error));
        if (!taken || attempt === RESTART_ATTEMPTS) throw error;
        await sleep(100 * attempt);
      }
    }
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }

  get #current() {
    if (this.#process === undefined) throw new Error("the server has not been started");
    return this.#process;
  }

  async #launch() {
    await mkdir(this.#folder, { recursive: true });
    await mkdir(this.#storeDir, { recursive: true });
    const guard = (this.#guard ??= startGuard(this.#folder));
    const args = await commandLine(this.#options, {
      port: this.#port,
      folder: this.#folder,
      storeDir: this.#storeDir,
    });
    if (this.#options.inheritOutput === true) {
      return ServerProcess.start(this.#path, args, { output: "inherit", guard });
    }
    // A file, not a pipe: a full pipe would halt the server while this process is busy.
    const file = await open(join(this.#folder, "log"), "a");
    try {
      return await ServerProcess.start(this.#path, args, { output: file.fd, guard });
    } finally {
      await file.close();
    }
  }

  /** @param {ServerProcess} server */
  async #becomeReady(server) {
    const check = () => server.requireRunning();
    const limits = { deadline: Date.now() + START_LIMIT, check };
    const ports = await poll(() => readPorts(this.#folder, this.#path, server.pid), limits);
    const port = Number(new URL(ports.nats[0] ?? "").port);
    const first = speaksFirst(this.#options);
    const info = await poll(() => askInfo(port, { speaksFirst: first }), limits);
    this.#ports = ports;
    this.#port = port;
    this.#version = info["version"] ?? (await this.monitor("/varz"))["version"];
  }

  async #endAndRemove() {
    await this.#process?.end("SIGTERM");
    this.#earlierOutput = this.output();
    await rm(this.#folder, { recursive: true, force: true });
    this.#guard?.dismiss();
    this.#guard = undefined;
  }
}
