import { inNextTurn } from "../next-turn.ts";

/** Milliseconds that a loop of settled promises runs before the event loop turns. */
const SLICE = 2;

/** How many calls pass at most before the clock is looked at: it costs as much as publishing a small message. */
const MAX_CALLS = 64;

/**
 * A loop that awaits settled promises keeps timers, signals and sockets waiting for as long as it runs. This lets the event
 * loop turn once a slice of time, for a few nanoseconds a call.
 */
export class TimeSlice {
  #startedAt = 0;
  /** Whether the event loop has turned since the slice began. */
  #hasTurned = true;
  #calls = 1;
  #callsLeft = 1;

  /** A promise to await if the slice is over, which resolves in the next turn; undefined while it goes on. */
  turn(): Promise<void> | undefined {
    if (--this.#callsLeft > 0) return undefined;
    const now = performance.now();
    const isOver = now - this.#startedAt >= SLICE;
    // Calls that come slowly are looked at one by one.
    this.#calls = isOver ? Math.max(1, this.#calls >> 1) : Math.min(2 * this.#calls, MAX_CALLS);
    this.#callsLeft = this.#calls;
    if (this.#hasTurned) this.#begin(now);
    else if (isOver) return new Promise(inNextTurn);
    return undefined;
  }

  #begin(now: number): void {
    this.#startedAt = now;
    this.#hasTurned = false;
    inNextTurn(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#hasTurned = true;
  };
}
