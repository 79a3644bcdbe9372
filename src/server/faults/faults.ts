import { aSignal, checkOptions, count, milliseconds, oneOf } from "../../core/checks.ts";
import { type Random, seededRandom } from "../routing/random.ts";
import { aim } from "./aim.ts";
import type { FaultyServer } from "./faulty-server.ts";
import type { DisconnectHow, Injector } from "./injector.ts";
import { linkChange } from "./link-change.ts";
import { anOnly, type Only } from "./only.ts";
import {
  aDirection,
  aFraction,
  aGarbageSize,
  aHow,
  checkSteps,
  type FaultDirection,
  type FaultStep,
} from "./plan.ts";
import { type PlayedStep, Player } from "./player.ts";

/** Which connections a fault hits. */
export interface FaultOptions {
  /**
   * The name that a client gave itself, the server's id for it, or a function that is called with each connection. With a
   * lasting fault the function is called for later connections too: once when they arrive, and once after CONNECT.
   * @default all
   */
  readonly only?: Only;
}

/** Options of `faults.disconnect`. */
export interface DisconnectOptions extends FaultOptions {
  /**
   * `"clean"`: everything that the server has written reaches the client first. `"reset"`: ends at once; over TCP without
   * TLS the client sees a reset. `"mid-frame"`: the server sends half of the next frame, whenever there is one, and then
   * ends the connection. @default "clean"
   */
  readonly how?: DisconnectHow;
}

/** Options of faults that may hit one direction alone. */
export interface DirectionOptions extends FaultOptions {
  /** As the server sees it: what it reads comes from the client. @default "both" */
  readonly direction?: FaultDirection;
}

/** Options of `faults.dropReplies`. */
export interface DropRepliesOptions extends FaultOptions {
  /** How many are dropped before this ends by itself. @default no limit */
  readonly count?: number;
  /** How likely each is to be dropped, from 0 to 1. @default 1 */
  readonly fraction?: number;
}

/** The faults that last until they are cleared. `"disconnect"` is one with `"mid-frame"`, until the frame was cut. */
export type LastingFaultName =
  | "refuse"
  | "stall"
  | "delay"
  | "split"
  | "merge"
  | "dropReplies"
  | "disconnect";

/**
 * Lets a server go wrong on purpose: `server.faults`. Lasting faults also hit clients that connect later, survive a restart,
 * and end with {@link clear}. If two faults of the same kind hit one connection, the later one counts. Everything random
 * depends on the server's `seed` alone.
 *
 * Methods return how many connections they hit. They throw `INVALID_OPTION` for a wrong argument, before anything happens;
 * an error that `only` throws passes through. For faults of the moment (`disconnect`, `garbage`, `expireCredentials`) an
 * `only` that picks no connection is a wrong argument. A step of a plan that hits no connection is reported to the
 * server's `log`.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { startServer } from "natspeed/server";
 *
 * await using server = await startServer({ seed: 1 });
 * await using nc = await connect({ servers: server.url, name: "billing", reconnect: { delay: 10 } });
 * const back = new Promise((resolve) => nc.on("reconnected", resolve));
 * server.faults.disconnect({ how: "reset", only: "billing" });
 * await back;
 * ```
 */
export class Faults {
  readonly #server: FaultyServer;
  readonly #injector: Injector;
  readonly #random: Random;
  #stopped = new AbortController();

  /** @internal */
  constructor(server: FaultyServer, injector: Injector, seed: number) {
    this.#server = server;
    this.#injector = injector;
    this.#random = seededRandom(seed ^ 0x165667b1);
  }

  /**
   * Refuses new connections, in memory too, until {@link accept}. Existing connections stay, and so does the monitor.
   * Resolves when the server refuses.
   */
  async refuse(): Promise<void> {
    await this.#server.refuse(true);
  }

  /** Accepts connections again, at the same ports. Rejects with the system's error if a port has been taken meanwhile. */
  async accept(): Promise<void> {
    await this.#server.refuse(false);
  }

  /** Ends connections without an error message. With `"mid-frame"` an idle one stays until its next PING or PONG. */
  disconnect(options: DisconnectOptions = {}): number {
    const { how = "clean", only } = checkOptions(options, { how: aHow, only: anOnly });
    const clients = aim(this.#injector, only);
    this.#injector.disconnect(clients, how);
    return clients.length;
  }

  /**
   * Stops reading, writing or both. Without reading, bytes back up on the client's side. Without writing, they wait in the
   * server, in order, until the client is cut off as a slow consumer (`maxPending`, `writeDeadline`).
   */
  stall(options: DirectionOptions = {}): number {
    const { direction, only } = checkOptions(options, { direction: aDirection, only: anOnly });
    const change = linkChange({ fault: "stall", direction: direction ?? "both" });
    return this.#injector.last("stall", only, change).clients.length;
  }

  /** Delays all bytes by `time` milliseconds, in order. At most 1 MiB is held back in each direction. */
  delay(time: number, options: DirectionOptions = {}): number {
    const { direction, only } = checkOptions(options, { direction: aDirection, only: anOnly });
    const change = linkChange({
      fault: "delay",
      milliseconds: milliseconds("milliseconds", time),
      direction: direction ?? "both",
    });
    return this.#injector.last("delay", only, change).clients.length;
  }

  /** Writes to clients in pieces of `size` bytes, each in its own turn of the event loop. */
  split(size: number, options: FaultOptions = {}): number {
    const { only } = checkOptions(options, { only: anOnly });
    const change = linkChange({ fault: "split", size: count("size", size) });
    return this.#injector.last("split", only, change).clients.length;
  }

  /** Collects what goes to clients for `time` milliseconds, and writes it in one piece. */
  merge(time: number, options: FaultOptions = {}): number {
    const { only } = checkOptions(options, { only: anOnly });
    const change = linkChange({ fault: "merge", milliseconds: milliseconds("milliseconds", time) });
    return this.#injector.last("merge", only, change).clients.length;
  }

  /** Sends `size` bytes (up to 1 MiB) of nonsense between two frames. */
  garbage(size: number, options: FaultOptions = {}): number {
    const { only } = checkOptions(options, { only: anOnly });
    const bytes = aGarbageSize("size", size);
    const clients = aim(this.#injector, only);
    this.#injector.garbage(clients, bytes);
    return clients.length;
  }

  /**
   * Drops replies, as if they got lost: messages to a subject that a request has named as its reply subject since this call.
   * `only` picks the clients that send requests. "No responders" (`503`) is not dropped.
   */
  dropReplies(options: DropRepliesOptions = {}): number {
    const checks = { count, fraction: aFraction, only: anOnly };
    const { count: limit = Infinity, fraction = 1, only } = checkOptions(options, checks);
    return this.#injector.dropReplies(only, limit, fraction).clients.length;
  }

  /** Ends connections as if their credentials had expired: with `-ERR 'User Authentication Expired'`. */
  expireCredentials(options: FaultOptions = {}): number {
    const { only } = checkOptions(options, { only: anOnly });
    const clients = aim(this.#injector, only);
    this.#injector.expire(clients);
    return clients.length;
  }

  /**
   * Ends all lasting faults, or those of one kind. Bytes that they have held back are sent at once. Resolves when the
   * server accepts connections again; rejects as {@link accept} does.
   */
  async clear(fault?: LastingFaultName): Promise<void> {
    if (fault !== undefined) aLastingFault("fault", fault);
    this.#injector.clear(fault);
    if (fault === undefined || fault === "refuse") await this.#server.refuse(false);
  }

  /**
   * Plays a plan: one step after the other, each `after` milliseconds later than the one before; `restart` and `lameDuck`
   * count from their end. Resolves with the steps that were carried out, when the last one is done and every fault with a
   * `for` has ended, or when the server is stopped.
   *
   * Rejects with `INVALID_OPTION` before anything happens, with the error of a step that fails, and with `ABORTED` when the
   * signal aborts: all lasting faults have ended by then, but a restart or lame duck mode that has begun goes on.
   *
   * @example
   * ```ts
   * import { startServer } from "natspeed/server";
   *
   * await using server = await startServer({ seed: 42 });
   * const done = await server.faults.play([
   *   { after: 20, fault: "disconnect", how: "reset", pick: "one" },
   *   { after: 10, fault: "stall", direction: "writing", for: 50, chance: 0.5 },
   *   { fault: "restart", downtime: 20, keepState: false },
   * ]);
   * console.log(done.map(({ fault, connections }) => `${fault}: ${connections.length}`));
   * ```
   */
  async play(
    steps: readonly FaultStep[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<PlayedStep[]> {
    const { signal } = checkOptions(options, { signal: aSignal });
    const checked = checkSteps(steps);
    const player = new Player(this.#injector, this.#server);
    try {
      return await player.play(checked, this.#random, { signal, stopped: this.#stopped.signal });
    } finally {
      if (signal?.aborted === true) await this.clear();
    }
  }

  /** The server was told to stop: plans end. @internal */
  stop(): void {
    this.#stopped.abort();
    this.#stopped = new AbortController();
  }
}

const aLastingFault = oneOf<LastingFaultName>(
  "refuse",
  "stall",
  "delay",
  "split",
  "merge",
  "dropReplies",
  "disconnect",
);
