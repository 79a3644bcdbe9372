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
   * The name that a client gave itself, the server's id for it, or a function that is asked for each. A lasting fault
   * asks it again for those who come later: when they come, and when they have said who they are. @default all
   */
  readonly only?: Only;
}

/** Options of `faults.disconnect`. */
export interface DisconnectOptions extends FaultOptions {
  /**
   * `"clean"`: what was sent leaves before. `"reset"`: at once, and over TCP without TLS with a reset. `"mid-frame"`:
   * half of the next frame leaves, whenever one comes, and nothing after it. @default "clean"
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

/** The faults that last until they are cleared; `"disconnect"` stands for frames that are yet to be cut. */
export type LastingFaultName =
  | "refuse"
  | "stall"
  | "delay"
  | "split"
  | "merge"
  | "dropReplies"
  | "disconnect";

/**
 * What can go wrong with a server, on purpose: `server.faults`. Faults that last are for those too that connect later,
 * outlive a restart, and end with {@link clear}; where two of a kind meet on a connection, the later one holds. What
 * is left to chance depends on the server's `seed` alone.
 *
 * Methods throw `INVALID_OPTION` for a wrong argument, before anything happens; so does whatever an `only` throws. They
 * return how many connections they hit. Where it all happens at once (`disconnect`, `garbage`, `expireCredentials`), an
 * `only` that picks nobody is a wrong argument; a step of a plan that hits nobody is told to the server's `log`.
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
   * Closes the doors: dials are refused, in memory too, until {@link accept}. Who is in stays, and the monitor stays
   * open. Resolves when that is so.
   */
  async refuse(): Promise<void> {
    await this.#server.refuse(true);
  }

  /** Opens the doors again, at the same ports. Rejects with what the system says if a port is taken meanwhile. */
  async accept(): Promise<void> {
    await this.#server.refuse(false);
  }

  /** Ends connections without a word. With `"mid-frame"`, those that get nothing stay until their next PING. */
  disconnect(options: DisconnectOptions = {}): number {
    const { how = "clean", only } = checkOptions(options, { how: aHow, only: anOnly });
    const clients = aim(this.#injector, only);
    this.#injector.disconnect(clients, how);
    return clients.length;
  }

  /**
   * Stops reading, so that a client's bytes back up on its side; or writing, so that they wait in the server, in order,
   * until the client is cut off as a slow consumer (`maxPending`, `writeDeadline`). Or both.
   */
  stall(options: DirectionOptions = {}): number {
    const { direction, only } = checkOptions(options, { direction: aDirection, only: anOnly });
    const change = linkChange({ fault: "stall", direction: direction ?? "both" });
    return this.#injector.last("stall", only, change).clients.length;
  }

  /** Lets all bytes take as many milliseconds longer, in order; up to 1 MiB is under way in each direction. */
  delay(time: number, options: DirectionOptions = {}): number {
    const { direction, only } = checkOptions(options, { direction: aDirection, only: anOnly });
    const change = linkChange({
      fault: "delay",
      milliseconds: milliseconds("milliseconds", time),
      direction: direction ?? "both",
    });
    return this.#injector.last("delay", only, change).clients.length;
  }

  /** Writes what goes to clients in pieces of as many bytes, each in a turn of its own. */
  split(size: number, options: FaultOptions = {}): number {
    const { only } = checkOptions(options, { only: anOnly });
    const change = linkChange({ fault: "split", size: count("size", size) });
    return this.#injector.last("split", only, change).clients.length;
  }

  /** Gathers what goes to clients for as many milliseconds, and writes it in one piece. */
  merge(time: number, options: FaultOptions = {}): number {
    const { only } = checkOptions(options, { only: anOnly });
    const change = linkChange({ fault: "merge", milliseconds: milliseconds("milliseconds", time) });
    return this.#injector.last("merge", only, change).clients.length;
  }

  /** Sends as many bytes (up to 1 MiB) that mean nothing, between two frames. */
  garbage(size: number, options: FaultOptions = {}): number {
    const { only } = checkOptions(options, { only: anOnly });
    const bytes = aGarbageSize("size", size);
    const clients = aim(this.#injector, only);
    this.#injector.garbage(clients, bytes);
    return clients.length;
  }

  /**
   * Drops replies, as if they got lost: messages to a subject that was named as the reply of a message since then.
   * `only` picks those who ask. The answer to a request that nobody takes (`503`) is none.
   */
  dropReplies(options: DropRepliesOptions = {}): number {
    const checks = { count, fraction: aFraction, only: anOnly };
    const { count: limit = Infinity, fraction = 1, only } = checkOptions(options, checks);
    return this.#injector.dropReplies(only, limit, fraction).clients.length;
  }

  /** Ends connections as if their credentials were over: with `-ERR 'User Authentication Expired'`. */
  expireCredentials(options: FaultOptions = {}): number {
    const { only } = checkOptions(options, { only: anOnly });
    const clients = aim(this.#injector, only);
    this.#injector.expire(clients);
    return clients.length;
  }

  /**
   * Takes away all faults that last, or one kind of them; what they held goes on its way at once. Resolves when the
   * doors are open again; rejects as {@link accept}.
   */
  async clear(fault?: LastingFaultName): Promise<void> {
    if (fault !== undefined) aLastingFault("fault", fault);
    this.#injector.clear(fault);
    if (fault === undefined || fault === "refuse") await this.#server.refuse(false);
  }

  /**
   * Plays a plan: one step after the other, each `after` milliseconds behind the last (behind its end, with `restart`
   * and `lameDuck`). Resolves with what was done, when the last step is and everything with a `for` is over; or when
   * the server is stopped.
   *
   * Rejects with `INVALID_OPTION` before anything happens, with `ABORTED` on the signal, with no lasting fault left,
   * and with what a step failed with. A restart or lame duck mode that has begun goes on.
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
