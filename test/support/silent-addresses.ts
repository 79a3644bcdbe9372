import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Listens with the shortest of queues, says so, and never takes anybody; ends by itself if whoever began it can't. */
const LISTENER = `
  const { createServer } = require("node:net");
  const [port, ...hosts] = process.argv.slice(1);
  const listen = (host) => new Promise((done) => createServer().listen({ host, port, backlog: 1 }, done));
  Promise.all(hosts.map(listen)).then(() => {
    process.stdout.write("listening", () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
      process.exit();
    });
  });
`;

/** Milliseconds in which the system connects, on loopback, whom it connects at all. */
const PATIENCE = 300;

/** Addresses on which nothing answers, not even by a refusal: as behind a firewall that drops what comes. */
export class SilentAddresses {
  readonly hosts: readonly string[];
  readonly #listener: ChildProcess;
  readonly #waiting: Socket[] = [];

  private constructor(hosts: readonly string[], listener: ChildProcess) {
    this.hosts = hosts;
    this.#listener = listener;
  }

  /** The hosts are some of 127.0.0.0/8 beside 127.0.0.1. */
  static async open(hosts: readonly string[], port: number): Promise<SilentAddresses> {
    const listener = spawn(process.execPath, ["-e", LISTENER, `${port}`, ...hosts]);
    const addresses = new SilentAddresses(hosts, listener);
    await once(listener.stdout, "data");
    for (const host of hosts) while (await addresses.#takes(host, port));
    return addresses;
  }

  /** Whether there was room in the queue; one more waits there now. */
  async #takes(host: string, port: number): Promise<boolean> {
    const socket = connect({ host, port }).on("error", () => undefined);
    this.#waiting.push(socket);
    const connected = new Promise<boolean>((resolve) => socket.once("connect", () => resolve(true)));
    return await Promise.race([connected, sleep(PATIENCE, false)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    const gone = once(this.#listener, "exit");
    this.#listener.kill("SIGKILL");
    await gone;
  }
}
