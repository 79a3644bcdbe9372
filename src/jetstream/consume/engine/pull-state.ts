/**
 * What a pull engine is doing.
 * - `idle`: it has not begun.
 * - `running`: pulls are open, or will be as soon as there is room.
 * - `paused`: the connection is down.
 * - `verifying`: the consumer may be gone; it is asked for, waited for, or made anew.
 * - `draining`: no more is asked for; what is on its way is taken.
 * - `ended`: for good.
 */
export type PullState = "idle" | "running" | "paused" | "verifying" | "draining" | "ended";

/** The legal moves. */
export const PULL_MOVES: Readonly<Record<PullState, readonly PullState[]>> = {
  idle: ["running", "paused", "verifying", "ended"],
  running: ["paused", "verifying", "draining", "ended"],
  paused: ["running", "verifying", "ended"],
  verifying: ["running", "paused", "draining", "ended"],
  draining: ["ended"],
  ended: [],
};

/** The one value that says what an engine is doing. */
export class PullStateMachine {
  #current: PullState = "idle";

  get current(): PullState {
    return this.#current;
  }

  /** Makes a move; an illegal one is a defect of this library and throws. */
  move(next: PullState): void {
    if (!PULL_MOVES[this.#current].includes(next))
      throw new Error(`illegal move from ${this.#current} to ${next}`);
    this.#current = next;
  }
}
