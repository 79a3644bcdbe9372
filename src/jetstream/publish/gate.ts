import type { Connection } from "../../core/connection/connection.ts";
import { inNextTurn } from "../../core/next-turn.ts";
import { type LinkHost, LinkWatch } from "./link-watch.ts";

/**
 * open: messages leave. resting: nobody took one, and the next attempt comes a little later. full: the connection takes no more
 * just now. linkless: there is no link. closed: nothing leaves any more.
 */
type GateState = "open" | "resting" | "full" | "linkless" | "closed";

const MOVES: Readonly<Record<GateState, readonly GateState[]>> = {
  open: ["resting", "full", "linkless", "closed"],
  resting: ["open", "linkless", "closed"],
  full: ["open", "linkless", "closed"],
  linkless: ["open", "closed"],
  closed: [],
};

/** What a gate needs of the connection. */
export type GateConnection = LinkHost & Pick<Connection, "pendingBytes" | "ready">;

/** What hears of a gate. */
export interface GateListener {
  /** Messages may leave again. */
  onOpen(): void;
  /** The connection is closed. */
  onConnectionClosed(): void;
}

/** Whether messages leave now, and when they may again. */
export class Gate {
  readonly #connection: GateConnection;
  readonly #listener: GateListener;
  readonly #link: LinkWatch;
  #state: GateState = "open";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: GateConnection, listener: GateListener) {
    this.#connection = connection;
    this.#listener = listener;
    this.#link = new LinkWatch(
      connection,
      () => this.#openFrom("linkless"),
      () => listener.onConnectionClosed(),
    );
  }

  get isOpen(): boolean {
    if (this.#state !== "open") return false;
    if (this.#connection.server !== undefined) return true;
    this.awaitLink();
    return false;
  }

  get isResting(): boolean {
    return this.#state === "resting";
  }

  /** Closes the gate for so many milliseconds. Returns whether that begins a rest. */
  rest(delay: number): boolean {
    if (!this.#move("resting")) return false;
    this.#timer = setTimeout(() => this.#openFrom("resting"), delay);
    return true;
  }

  /** Opens with the next link, unless there is one: the lost link may be one that the connection had left by a move. */
  awaitLink(): void {
    if (this.#connection.server !== undefined) return;
    if (this.#move("linkless")) this.#link.start();
  }

  /** Opens when there is room in the connection's buffer. False if the buffer is empty, and will never have more room. */
  awaitOutbox(): boolean {
    if (this.#connection.pendingBytes === 0) return false;
    if (this.#move("full")) {
      void this.#connection.ready().then(
        // A turn later, for a message may be too large for the room that there is now.
        () => inNextTurn(() => this.#openFrom("full")),
        () => this.#listener.onConnectionClosed(),
      );
    }
    return true;
  }

  close(): void {
    this.#move("closed");
  }

  #openFrom(state: GateState): void {
    if (this.#state !== state) return;
    this.#move("open");
    this.#listener.onOpen();
  }

  #move(to: GateState): boolean {
    if (!MOVES[this.#state].includes(to)) return false;
    this.#state = to;
    clearTimeout(this.#timer);
    if (to !== "linkless") this.#link.stop();
    return true;
  }
}
