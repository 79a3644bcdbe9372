/**
 * How far a move has come:
 * - `dialling`: the next link is being made.
 * - `joining`: members of queue groups begin there, until the whole cluster knows of them.
 * - `catching-up`: the old server is waited for, to be level with it in both directions.
 * - `ending`: everything ends at the old server; what is published is held back.
 */
export type MovePhase = "none" | "dialling" | "joining" | "catching-up" | "ending";

/** Any phase may be the last: the move is done, given up, or overtaken by the loss of a link. */
const NEXT: Readonly<Record<MovePhase, readonly MovePhase[]>> = {
  none: ["dialling"],
  dialling: ["joining", "none"],
  joining: ["catching-up", "none"],
  "catching-up": ["ending", "none"],
  ending: ["none"],
};

/** The one value that says how far a move has come. */
export class MoveProgress {
  #phase: MovePhase = "none";

  get current(): MovePhase {
    return this.#phase;
  }

  /** Goes on to a phase; an illegal step is a defect of this library and throws. */
  enter(next: MovePhase): void {
    if (!NEXT[this.#phase].includes(next))
      throw new Error(`illegal step of a move from ${this.#phase} to ${next}`);
    this.#phase = next;
  }
}
