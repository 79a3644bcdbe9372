import { aBoolean, checkOptions, invalidOption, milliseconds } from "../core/checks.ts";
import { ConnectionError } from "../core/errors.ts";
import type { ConnectOptions } from "../core/connect-options.ts";
import { INSPECT, type Inspect, inspected } from "../core/inspect.ts";
import { type ConnectionView, viewOf } from "./connection-view.ts";
import type { OpenAll, OpenDoors } from "./doors.ts";
import { Doorway } from "./doorway.ts";
import { Faults } from "./faults/faults.ts";
import { Injector } from "./faults/injector.ts";
import type { Entrance } from "./greeting.ts";
import type { Hub } from "./hub.ts";
import type { Link } from "./link.ts";
import { memoryConnection } from "./memory-link.ts";
import { openHub } from "./open-hub.ts";
import { type ResolvedServerOptions, someConnectUrls } from "./options.ts";
import { letGo } from "./let-go.ts";
import { pause } from "./pause.ts";
import type { RestartOptions } from "./restart-options.ts";
import { type Random, seededRandom } from "./routing/random.ts";
import type { Traffic } from "./session/traffic.ts";

/**
 * A NATS server inside the process, as `startServer` makes it: for development and tests, not for production. It
 * speaks core NATS as nats-server does; `await using` stops it.
 */
export class NatsServer implements AsyncDisposable {
  /** Lets it go wrong on purpose. */
  readonly faults: Faults;
  readonly #options: ResolvedServerOptions;
  readonly #doorway: Doorway;
  readonly #random: Random;
  readonly #injector: Injector;
  #hub: Hub;
  #state: "running" | "leaving" | "stopped" = "stopped";
  #isRefusing = false;
  #memoryConnections = 0;
  #connectUrls: readonly string[];
  /** The latest change of its state; each change waits for the one before. */
  #lastChange: Promise<void> = Promise.resolve();
  /** These cut waits short: those that have begun, and those that are yet to begin. */
  #lameDuckEnd = new AbortController();
  #downtimeEnd = new AbortController();

  private constructor(
    options: ResolvedServerOptions,
    openAll: OpenAll,
    seed: number,
    random: Random,
    hub: Hub,
  ) {
    this.#options = options;
    this.#connectUrls = options.connectUrls;
    this.#doorway = new Doorway(openAll);
    this.#random = random;
    this.#hub = hub;
    this.#injector = new Injector(seed, options.log);
    this.#injector.attach(hub);
    this.faults = new Faults(
      {
        refuse: (isRefusing) => this.#refuse(isRefusing),
        restart: (given) => this.restart(given),
        lameDuck: () => this.lameDuck(),
      },
      this.#injector,
      seed,
    );
  }

  /** @internal */
  static async start(options: ResolvedServerOptions, openAll: OpenAll): Promise<NatsServer> {
    const seed = options.seed ?? Math.floor(Math.random() * 0x1_0000_0000);
    const random = seededRandom(seed);
    const server = new NatsServer(options, openAll, seed, random, await openHub(options, random));
    await server.start();
    return server;
  }

  /** Runs a change of the state after those that were asked for before. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#lastChange.then(change);
    this.#lastChange = done.catch(() => undefined);
    return done;
  }

  /** A unique id that looks like nats-server's, which are public keys. */
  get id(): string {
    return this.#hub.id;
  }

  get name(): string {
    return this.#hub.name;
  }

  /** Whether it is neither stopped nor, for now, away in a restart. */
  get isRunning(): boolean {
    return this.#state !== "stopped";
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
    const url = this.#doorway.urlOf(door);
    if (url !== undefined && this.isRunning) return url;
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
        if (this.#isShut) {
          const why = this.isRunning ? "takes no connections" : "is stopped";
          throw new ConnectionError("CONNECTION_REFUSED", `the server in memory (${host}:${port}) ${why}`, {
            phase: "tcp",
          });
        }
        const { link, transport } = memoryConnection(this.name, ++this.#memoryConnections);
        const { host: shownHost } = this.#options;
        this.#accept(link, { host: shownHost, port: this.#doorway.tcpPort, tls: undefined });
        return await Promise.resolve(transport);
      },
    };
  }

  /** The clients that are connected. */
  get connections(): readonly ConnectionView[] {
    return Array.from(this.#hub.clients.values(), (client) => viewOf(client));
  }

  /** The number of subscriptions of all connections. */
  get subscriptionCount(): number {
    let count = 0;
    for (const { subscriptions } of this.#hub.clients.values()) count += subscriptions.size;
    return count;
  }

  /** Counters of what has passed through the server. */
  stats(): Readonly<Traffic> {
    return { ...this.#hub.traffic };
  }

  /**
   * Tells clients of other servers (`host:port`), as a cluster does when it changes. They replace those of the option
   * `connectUrls` and of earlier calls. Connected clients hear of them at once, later ones with their first INFO, also after
   * a restart. Throws `INVALID_OPTION`.
   */
  setConnectUrls(urls: readonly string[]): void {
    this.#connectUrls = someConnectUrls("urls", urls);
    this.#hub.setConnectUrls(this.#connectUrls);
  }

  /**
   * Tells clients that the server is going to stop, takes no new ones, and closes one connection after another over the time
   * of the option `lameDuck.duration`; then stops. Without clients it stops at once. Resolves when the server has stopped, or
   * when {@link stop} or {@link restart} cuts this short.
   */
  lameDuck(): Promise<void> {
    const { signal } = this.#lameDuckEnd;
    return this.#inTurn(async () => {
      if (!this.isRunning) return;
      this.#state = "leaving";
      await this.#openOrShut();
      await letGo(this.#hub, this.#options.lameDuck, signal);
      await this.#close();
    });
  }

  /**
   * Stops listening and closes all connections, after everything that was written to them has left or `writeDeadline` is
   * over. Cuts short lame duck mode, the downtime of a restart and plans of faults. Resolves when nothing of the server is
   * open any more. {@link start} brings it back, at the same ports.
   */
  stop(): Promise<void> {
    this.faults.stop();
    this.#endLameDuck();
    this.#downtimeEnd.abort();
    this.#downtimeEnd = new AbortController();
    return this.#inTurn(() => this.#close());
  }

  #endLameDuck(): void {
    this.#lameDuckEnd.abort();
    this.#lameDuckEnd = new AbortController();
  }

  async #close(): Promise<void> {
    if (!this.isRunning) return;
    this.#state = "stopped";
    this.#doorway.shut();
    await this.#hub.closeAll("Server Shutdown");
    await this.#doorway.emptied();
  }

  /**
   * Listens again after {@link stop}; does nothing if the server is running. Rejects with the system's error if a port has
   * been taken meanwhile.
   */
  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  async #start(): Promise<void> {
    if (this.isRunning) return;
    this.#state = "running";
    try {
      await this.#openOrShut();
    } catch (error) {
      this.#state = "stopped";
      throw error;
    }
  }

  /**
   * Stops and starts again, at the same ports, with the same users and lasting faults. Resolves when clients can connect, or
   * when {@link stop} cuts it short. Rejects with `INVALID_OPTION`, and as {@link start} does.
   */
  async restart(options: RestartOptions = {}): Promise<void> {
    const checks = { keepState: aBoolean, downtime: milliseconds };
    const { keepState = true, downtime = 0 } = checkOptions(options, checks);
    this.#endLameDuck();
    const { signal } = this.#downtimeEnd;
    await this.#inTurn(async () => {
      await this.#close();
      if (!keepState) await this.#renew();
      if (downtime > 0) await pause(downtime, signal);
      if (!signal.aborted) await this.#start();
    });
  }

  async #renew(): Promise<void> {
    this.#hub = await openHub(this.#options, this.#random);
    this.#hub.setConnectUrls(this.#connectUrls);
    this.#injector.attach(this.#hub);
  }

  /** Refuses clients, or no longer. */
  #refuse(isRefusing: boolean): Promise<void> {
    this.#isRefusing = isRefusing;
    return this.#inTurn(() => this.#openOrShut());
  }

  /** Whether nobody gets in. */
  get #isShut(): boolean {
    return this.#isRefusing || this.#state !== "running";
  }

  readonly #accept = (link: Link, entrance: Entrance): void => {
    void this.#hub.accept(this.#injector.wrap(link), entrance);
  };

  /** Opens the doors, or shuts those for clients. */
  async #openOrShut(): Promise<void> {
    if (!this.isRunning) return;
    if (this.#isShut) this.#doorway.shutClientsOut();
    else await this.#doorway.open(this.#hub, this.#accept);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** What `console.log` shows. @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { name, isRunning, subscriptionCount } = this;
    const url = isRunning ? this.#doorway.urlOf("tcp") : undefined;
    const facts = { name, url, isRunning, connections: this.#hub.clients.size, subscriptionCount };
    return inspected("NatsServer", facts, depth, options, inspect);
  }
}
