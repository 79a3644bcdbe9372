import type { Server } from "../servers/server.ts";

/** The clients of one server must not come to the others all at once. */
const SPREAD = 1000;

/** Milliseconds before the next try to move. */
const RETRY = 1000;

/** Moves a connection away from a server that announced its end, over and over until it succeeds or the link ends. */
export class LameDuck {
  readonly #hasOther: (server: Server) => boolean;
  readonly #move: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `move` rejects when no other server could be reached. */
  constructor(hasOther: (server: Server) => boolean, move: () => Promise<void>) {
    this.#hasOther = hasOther;
    this.#move = move;
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
    if (this.#hasOther(server)) await this.#move().catch(() => undefined);
    if (this.#timer === timer) this.#schedule(server, RETRY);
  }

  /** The link to the server is gone, or left. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
