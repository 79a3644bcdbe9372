import { closedError, drainingError } from "../failures.ts";

/**
 * The state of a connection.
 * - `connecting`: the first connect is under way.
 * - `connected`: there is a link to a server.
 * - `reconnecting`: the link was lost and is being restored.
 * - `draining`: subscriptions are being ended without loss; after that the connection closes.
 * - `closed`: for good.
 */
export type ConnectionState = "connecting" | "connected" | "reconnecting" | "draining" | "closed";

/** As {@link ConnectionState}; `flushing` is the end of draining, when publishing is over. */
export type InnerState = ConnectionState | "flushing";

/** The legal moves; `docs/connection-lifecycle.md` draws them, and a test holds the two together. */
export const MOVES: Readonly<Record<InnerState, readonly InnerState[]>> = {
  connecting: ["connected", "reconnecting", "closed"],
  connected: ["reconnecting", "draining", "closed"],
  reconnecting: ["connected", "draining", "closed"],
  draining: ["flushing", "closed"],
  flushing: ["closed"],
  closed: [],
};

/** The one value that says what a connection is doing. */
export class StateMachine {
  #state: InnerState = "connecting";

  get current(): InnerState {
    return this.#state;
  }

  /** A drain is under way; publishing may be over. */
  get isDraining(): boolean {
    return this.#state === "draining" || this.#state === "flushing";
  }

  /** Throws `CONNECTION_CLOSED` or `CONNECTION_DRAINING`: nothing new begins then. */
  checkOpen(subject?: string): void {
    if (this.#state === "closed") throw closedError(subject === undefined ? undefined : { subject });
    if (this.isDraining) throw drainingError(subject);
  }

  /** Makes a move; an illegal one is a defect of this library and throws. */
  move(next: InnerState): void {
    if (!MOVES[this.#state].includes(next)) throw new Error(`illegal move from ${this.#state} to ${next}`);
    this.#state = next;
  }
}
