import { invalidOption } from "../core/checks.ts";
import { ConnectionError } from "../core/errors.ts";
import type { ConnectOptions } from "../core/options.ts";
import { type ConnectionView, viewOf } from "./connection-view.ts";
import { closeDoors, portsOf, type OpenAll, type OpenDoors, type Ports } from "./doors.ts";
import type { Hub } from "./hub.ts";
import { memoryConnection } from "./memory-link.ts";
import { openHub } from "./open-hub.ts";
import type { ResolvedServerOptions } from "./options.ts";
import { type Random, seededRandom } from "./routing/random.ts";
import type { Traffic } from "./session/traffic.ts";

/** What a restart does. */
export interface RestartOptions {
  /** Whether the server is the same one again: its id and its counters. @default true */
  readonly keepState?: boolean;
  /** Milliseconds that it is away. @default 0 */
  readonly downtime?: number;
}

/**
 * A NATS server inside the process, as `startServer` makes it: for development and tests, not for production. It
 * speaks core NATS as nats-server does; `await using` stops it.
 */
export class NatsServer implements AsyncDisposable {
  readonly #options: ResolvedServerOptions;
  readonly #openAll: OpenAll;
  readonly #random: Random;
  #hub: Hub;
  /** Undefined while it is stopped. */
  #doors: OpenDoors | undefined;
  /** Where it listened first: clients find it there again after a restart. */
  #ports: Ports = {};
  #memoryConnections = 0;

  private constructor(options: ResolvedServerOptions, openAll: OpenAll, random: Random, hub: Hub) {
    this.#options = options;
    this.#openAll = openAll;
    this.#random = random;
    this.#hub = hub;
  }

  /** @internal */
  static async start(options: ResolvedServerOptions, openAll: OpenAll): Promise<NatsServer> {
    const random = seededRandom(options.seed ?? Math.floor(Math.random() * 0x1_0000_0000));
    const server = new NatsServer(options, openAll, random, await openHub(options, random));
    await server.#open();
    return server;
  }

  async #open(): Promise<void> {
    const doors = await this.#openAll(this.#hub, this.#ports);
    this.#doors = doors;
    this.#ports = portsOf(doors);
  }

  /** Tells this server from others; nats-server's are public keys, and so does this one look. */
  get id(): string {
    return this.#hub.id;
  }

  get name(): string {
    return this.#hub.name;
  }

  get isRunning(): boolean {
    return this.#doors !== undefined;
  }

  /** Where clients connect to over TCP: `nats://127.0.0.1:<port>`. Throws `INVALID_OPTION` with `port: false`. */
  get url(): string {
    return this.#urlOf("tcp", "port");
  }

  /** Where clients connect to over WebSocket. Throws `INVALID_OPTION` without the option `websocket`. */
  get websocketUrl(): string {
    return this.#urlOf("websocket", "websocket");
  }

  /** Where the monitoring pages are. Throws `INVALID_OPTION` without the option `monitor`. */
  get monitorUrl(): string {
    return this.#urlOf("monitor", "monitor");
  }

  #urlOf(door: keyof OpenDoors, option: string): string {
    const url = this.#doors?.[door]?.url;
    if (url !== undefined) return url;
    throw invalidOption(
      option,
      this.isRunning ? "the server does not listen there" : "the server is stopped",
    );
  }

  /**
   * Options for `connect` that reach the server without a socket, on every runtime; others can be added.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { startServer } from "natspeed/server";
   *
   * await using server = await startServer({ port: false });
   * await using nc = await connect({ ...server.inMemory, name: "test" });
   * ```
   */
  get inMemory(): Required<Pick<ConnectOptions, "servers" | "dial">> {
    return {
      servers: ["nats://memory"],
      dial: async ({ host, port }) => {
        if (!this.isRunning) {
          throw new ConnectionError(
            "CONNECTION_REFUSED",
            `the server in memory (${host}:${port}) is stopped`,
            {
              phase: "tcp",
            },
          );
        }
        const { link, transport } = memoryConnection(this.name, ++this.#memoryConnections);
        const { host: shownHost } = this.#options;
        void this.#hub.accept(link, { host: shownHost, port: this.#ports.tcp ?? 0, tls: undefined });
        return await Promise.resolve(transport);
      },
    };
  }

  /** Those who are connected. */
  get connections(): readonly ConnectionView[] {
    return Array.from(this.#hub.clients.values(), viewOf);
  }

  /** How many subscriptions there are, of all connections. */
  get subscriptionCount(): number {
    let count = 0;
    for (const { subscriptions } of this.#hub.clients.values()) count += subscriptions.size;
    return count;
  }

  /** All that has passed. */
  stats(): Readonly<Traffic> {
    return { ...this.#hub.traffic };
  }

  /**
   * Announces the end to clients, takes no new ones, and closes connection by connection; then stops. Resolves when
   * that is done.
   */
  async lameDuck(): Promise<void> {
    const doors = this.#doors;
    if (doors === undefined) return;
    await closeDoors(doors);
    this.#hub.announceLameDuck();
    const { gracePeriod, duration } = this.#options.lameDuck;
    await pause(gracePeriod);
    const clients = [...this.#hub.clients.values()];
    const interval = Math.min(1000, Math.max(0, duration - gracePeriod) / Math.max(1, clients.length));
    for (const client of clients) {
      if (!this.isRunning) return;
      client.close("Server Shutdown");
      await pause(interval);
    }
    await this.stop();
  }

  /** Closes all connections and listens no more. {@link start} brings it back, at the same ports. */
  async stop(): Promise<void> {
    const doors = this.#doors;
    if (doors === undefined) return;
    this.#doors = undefined;
    await closeDoors(doors);
    this.#hub.closeAll("Server Shutdown");
  }

  /** Listens again after {@link stop}. */
  async start(): Promise<void> {
    if (!this.isRunning) await this.#open();
  }

  async restart({ keepState = true, downtime = 0 }: RestartOptions = {}): Promise<void> {
    await this.stop();
    if (!keepState) this.#hub = await openHub(this.#options, this.#random);
    if (downtime > 0) await pause(downtime);
    await this.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
