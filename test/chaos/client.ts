import { connect, type Connection, type ConnectOptions, type EventOf } from "natspeed";
import type { Fleet, Place } from "./fleet.ts";
import type { Invariants } from "./invariants.ts";

/** A quick one, so that a run of minutes has many outages: silence is noticed within 4 s. */
const OPTIONS = {
  pingInterval: 1000,
  maxPingsOut: 2,
  timeout: 1000,
  reconnect: { delay: 50, maxDelay: 1000 },
} satisfies ConnectOptions;

/** What an actor wants to know of its connection. */
export interface ClientListener {
  /** One line for the journal. */
  note?(line: string): void;
  onDisconnected?(place: Place): void;
  /** It has gone to another server without an outage. */
  onMoved?(place: Place): void;
  onReconnected?(event: { readonly replayed: number; readonly dropped: number }, place: Place): void;
}

/** What may be reported as an `error` event in the course of a run: what servers say when they leave. */
const EXPECTED_ERRORS = new Set(["SERVER_ERROR", "STALE_CONNECTION", "RETRYING"]);

/** A connection under test, its outages, and whether its events come as promised. */
export class Client {
  readonly name: string;
  readonly nc: Connection;
  readonly #fleet: Fleet;
  readonly #invariants: Invariants;
  readonly #listener: ClientListener;
  #place: Place;
  #disconnectedAt: number | undefined;
  reconnects = 0;
  moves = 0;
  lameDucks = 0;
  longestOutage = 0;
  /** Messages that were given up when it closed. */
  lost: number | undefined;

  private constructor(
    name: string,
    nc: Connection,
    fleet: Fleet,
    invariants: Invariants,
    listener: ClientListener,
  ) {
    this.name = name;
    this.nc = nc;
    this.#fleet = fleet;
    this.#invariants = invariants;
    this.#listener = listener;
    this.#place = fleet.placeOf(nc.server!);
    listener.note?.(`${name} is on server ${this.#place.instance}`);
    this.#watch();
  }

  static async open(
    options: ConnectOptions & { readonly name: string },
    fleet: Fleet,
    invariants: Invariants,
    listener: ClientListener,
  ): Promise<Client> {
    const nc = await connect({ ...OPTIONS, ...options });
    return new Client(options.name, nc, fleet, invariants, listener);
  }

  /** Where it is, or was last. */
  get place(): Place {
    return this.#place;
  }

  get isConnected(): boolean {
    return this.#disconnectedAt === undefined && this.nc.state === "connected";
  }

  #watch(): void {
    const { nc } = this;
    nc.on("disconnected", (event) => this.#onDisconnected(event));
    nc.on("reconnected", (event) => this.#onReconnected(event));
    nc.on("moved", (event) => this.#onMoved(event));
    nc.on("lameDuck", () => void this.lameDucks++);
    nc.on("leftBehind", ({ server, unconfirmed, dropped }) =>
      this.#listener.note?.(`${this.name} left at ${server}: ${unconfirmed} unconfirmed, ${dropped} dropped`),
    );
    nc.on("reconnecting", ({ attempt, server, delay, error }) =>
      this.#listener.note?.(
        `${this.name} attempt ${attempt}: ${server} in ${delay} ms, after ${error.message}`,
      ),
    );
    nc.on("closed", ({ error, lost }) => {
      this.lost = lost.messages;
      if (error !== undefined) this.#broken(`closed by itself: ${error.message}`);
    });
    nc.on("error", ({ error }) => {
      if (!EXPECTED_ERRORS.has(error.code)) this.#broken(`error event: ${error.code} ${error.message}`);
    });
    nc.on("handlerError", ({ error }) => this.#broken(`handler failed: ${error.message}`));
    nc.on("missed", ({ count }) => this.#broken(`${count} events were missed`));
  }

  #onDisconnected({ error }: EventOf<"disconnected">): void {
    if (this.#disconnectedAt !== undefined) this.#broken("two disconnected events in one outage");
    this.#disconnectedAt = performance.now();
    this.#listener.note?.(`${this.name} lost server ${this.#place.instance}: ${error.code} ${error.message}`);
    this.#listener.onDisconnected?.(this.#place);
  }

  #onMoved({ server }: EventOf<"moved">): void {
    const from = this.#place.instance;
    this.moves++;
    this.#place = this.#fleet.placeOf(server);
    this.#listener.note?.(`${this.name} moved from server ${from} to ${this.#place.instance}`);
    this.#listener.onMoved?.(this.#place);
  }

  #onReconnected(event: {
    readonly server: string;
    readonly replayed: number;
    readonly dropped: number;
  }): void {
    if (this.#disconnectedAt === undefined) this.#broken("a reconnected event without an outage");
    const now = performance.now();
    this.longestOutage = Math.max(this.longestOutage, now - (this.#disconnectedAt ?? now));
    this.#disconnectedAt = undefined;
    this.reconnects++;
    this.#place = this.#fleet.placeOf(event.server);
    const { replayed, dropped } = event;
    this.#listener.note?.(
      `${this.name} is on server ${this.#place.instance}, replayed ${replayed}, dropped ${dropped}`,
    );
    this.#listener.onReconnected?.(event, this.#place);
  }

  #broken(what: string): void {
    this.#invariants.broken("no unhandled error", `${this.name}: ${what}`);
  }
}
