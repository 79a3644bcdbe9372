import { isNatsError, type NatsError } from "../errors.ts";
import type { ServerPool } from "../servers/server-pool.ts";
import type { Server } from "../servers/server.ts";

/** The clients of one server must not come to the others all at once. */
const SPREAD = 1000;

/** Milliseconds before the next try to move. */
const RETRY = 1000;

/** What leaving a server needs of the connection, and tells it. */
export interface LameDuckHost {
  readonly pool: ServerPool;
  /** Rejects when no other server could be reached. */
  readonly moves: { begin(): Promise<void> };
  readonly connection: { readonly errors: { report(error: NatsError): void } };
}

/** Moves a connection away from a server that announced its end, over and over until it succeeds or the link ends. */
export class LameDuck {
  readonly #host: LameDuckHost;
  #isToldNotLoaded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: LameDuckHost) {
    this.#host = host;
  }

  begin(server: Server): void {
    if (this.#timer === undefined) this.#schedule(server, Math.random() * SPREAD);
  }

  #schedule(server: Server, delay: number): void {
    this.#timer = setTimeout(() => void this.#try(server), delay);
  }

  async #try(server: Server): Promise<void> {
    const timer = this.#timer;
    // Of no use where the only server is the one that goes: it takes no new connections.
    const { moves, pool } = this.#host;
    if (pool.hasOther(server)) await moves.begin().catch((thrown: unknown) => this.#onFailed(thrown));
    if (this.#timer === timer) this.#schedule(server, RETRY);
  }

  /** A move that fails is tried again; only the application can mend one whose code is missing: that is told once. */
  #onFailed(thrown: unknown): void {
    if (this.#isToldNotLoaded || !isNatsError(thrown, "CHUNK_NOT_LOADED")) return;
    this.#isToldNotLoaded = true;
    this.#host.connection.errors.report(thrown);
  }

  /** The link to the server is gone, or left. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
