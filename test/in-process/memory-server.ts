import { getJson } from "../../scripts/nats-server/ready.mjs";
import type { RunningServer, StartOptions } from "../../scripts/nats-server.mjs";
import { type NatsServer, startServer } from "../../src/server/index.ts";
import { readConfiguration } from "./configuration.mjs";
import { memoryServers } from "./memory-servers.ts";
import { toServerOptions } from "./options.mjs";

/** Starts the server of `natspeed/server` within this process, for tests that take it for a nats-server. */
export async function startInMemory(options: StartOptions): Promise<RunningServer> {
  const server = new MemoryServer(options);
  await server.restart();
  return server as unknown as RunningServer;
}

/** What tests ask of a nats-server, as far as a server within this process has it. */
class MemoryServer {
  /** What it is as good as; the tests skip by it. */
  readonly version = "2.15.2";
  #options: StartOptions;
  #port: number;
  #server: NatsServer | undefined;

  constructor(options: StartOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  monitor(path: string): Promise<unknown> {
    return getJson(`${this.#server!.monitorUrl}${path}`);
  }

  /** Ends all links at once, with all that is on its way, and takes no others. */
  async kill(): Promise<void> {
    void this.#server?.faults.refuse();
    this.#server?.faults.disconnect({ how: "reset" });
    await this.#server?.stop();
  }

  async restart(changes: { config?: string } = {}): Promise<void> {
    this.#options = { ...this.#options, ...changes };
    await this.#server?.stop();
    const { config = "", name } = this.#options;
    this.#server = await startServer({
      ...toServerOptions(readConfiguration(config)),
      ...(name === undefined ? {} : { name }),
      port: this.#port,
      monitor: {},
    });
    this.#port = Number(new URL(this.#server.url).port);
    memoryServers.set(this.#port, this.#server);
  }

  /** A client that still knows the port finds nobody there. */
  async stop(): Promise<void> {
    await this.#server?.stop();
    memoryServers.delete(this.#port);
  }

  lameDuck(): void {
    void this.#server?.lameDuck();
  }
}
