import { inNextTurn, NEEDS_REST, whenRested } from "../next-turn.ts";

/** Milliseconds that a loop of settled promises runs before the event loop turns. */
const SLICE = 2;

/** How many calls pass at most before the clock is looked at: it costs as much as publishing a small message. */
const MAX_CALLS = 64;

/** How many slices pass before a rest, where one is needed: it costs a millisecond. */
const SLICES = 8;

/**
 * A loop that awaits settled promises keeps timers, signals and sockets waiting for as long as it runs. This lets the event
 * loop turn once a slice of time, for a few nanoseconds a call; and rest now and then, where sockets are read only then.
 */
export class TimeSlice {
  readonly #needsRest: boolean;
  #slices = 0;
  #startedAt = 0;
  /** Whether the event loop has turned since the slice began. */
  #hasTurned = true;
  #calls = 1;
  #callsLeft = 1;

  constructor(needsRest: boolean = NEEDS_REST) {
    this.#needsRest = needsRest;
  }

  /** A promise to await if the slice is over, which resolves in the next turn or later; undefined while it goes on. */
  turn(): Promise<void> | undefined {
    if (--this.#callsLeft > 0) return undefined;
    const now = performance.now();
    const isOver = now - this.#startedAt >= SLICE;
    // Calls that come slowly are looked at one by one.
    this.#calls = isOver ? Math.max(1, this.#calls >> 1) : Math.min(2 * this.#calls, MAX_CALLS);
    this.#callsLeft = this.#calls;
    if (this.#hasTurned) return this.#begin(now);
    return isOver ? new Promise(inNextTurn) : undefined;
  }

  #begin(now: number): Promise<void> | undefined {
    this.#startedAt = now;
    this.#hasTurned = false;
    inNextTurn(this.#onTurn);
    return this.takeRest();
  }

  /** A promise to await if a rest is due after one more slice, or after as much as is sent in one; undefined if none is. */
  takeRest(): Promise<void> | undefined {
    if (!this.#needsRest || ++this.#slices < SLICES) return undefined;
    this.#slices = 0;
    return new Promise(whenRested);
  }

  readonly #onTurn = (): void => {
    this.#hasTurned = true;
  };
}
