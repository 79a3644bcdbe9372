import type { Connection } from "../../core/connection/connection.ts";
import { setUnheldTimer } from "../../core/unheld-timer.ts";
import type { PullLane } from "./pull-lane.ts";

/** Milliseconds after which a lane that nobody uses is closed. */
const IDLE = 2000;

/** So many are kept for the next calls; more are used at a time when more calls run. */
const MOST_IDLE = 4;

interface IdleLane {
  readonly lane: PullLane;
  readonly nextPull: number;
  readonly since: number;
}

/** The lanes of a consumer that one call after another pulls by: each call has one of its own, for as long as it takes. */
export class PullLanes {
  readonly #connection: Connection;
  readonly #idle: IdleLane[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** A lane that no pull is open on, if there is one, and the number of its next pull. */
  take(): { readonly lane: PullLane; readonly nextPull: number } | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.lane.isOpen) return idle;
    }
    return undefined;
  }

  /** A lane back that no pull is open on. */
  give(lane: PullLane, nextPull: number): void {
    lane.listener = undefined;
    if (!lane.isOpen || this.#idle.length >= MOST_IDLE || this.#connection.state !== "connected") {
      void lane.close();
      return;
    }
    this.#idle.push({ lane, nextPull, since: performance.now() });
    if (this.#timer === undefined) this.#timer = setUnheldTimer(this.#onTimer, IDLE);
  }

  /** Closes those that nobody has used for a while. */
  readonly #onTimer = (): void => {
    const old = performance.now() - IDLE / 2;
    while (this.#idle.length > 0 && this.#idle[0]!.since < old) void this.#idle.shift()!.lane.close();
    this.#timer = this.#idle.length > 0 ? setUnheldTimer(this.#onTimer, IDLE) : undefined;
  };
}
