/**
 * A flush waits for this many turns of the microtask queue in which nothing was added, so that a loop which awaits
 * `ready()` before each publish is sent by the slab and not by the message.
 */
const QUIET_TURNS = 3;

const SETTLED: Promise<void> = Promise.resolve();

/** Calls `flush` at the end of a turn in which something was added. */
export class FlushTurns {
  readonly #flush: () => void;
  #isScheduled = false;
  #quietTurns = 0;

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  /** Something was added. */
  schedule(): void {
    this.#quietTurns = 0;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    nextMicrotask(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    if (++this.#quietTurns <= QUIET_TURNS) {
      nextMicrotask(this.#onTurn);
      return;
    }
    this.#isScheduled = false;
    this.#flush();
  };
}

/** In Node a reaction costs a third of what `queueMicrotask` does. */
function nextMicrotask(run: () => void): void {
  void SETTLED.then(run);
}
