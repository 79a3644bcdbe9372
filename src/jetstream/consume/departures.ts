/** Departures are told when they are 1 / PART of what must be free for a pull. */
const PART = 4;

/**
 * Counts messages that have left, and tells an engine of many at a time, for it does nothing until much of the capacity is free. The
 * rest is told when no message is held any more.
 */
export class Departures {
  messages = 0;
  bytes = 0;
  readonly #atATime: number;
  readonly #bytesAtATime: number;
  #held = 0;

  /** `enough`, `enoughBytes`: so many make room for a pull. */
  constructor(enough: number, enoughBytes: number = Infinity) {
    this.#atATime = Math.floor(enough / PART);
    this.#bytesAtATime = Math.floor(enoughBytes / PART);
  }

  arrived(): void {
    this.#held++;
  }

  /** A message has left. Returns whether the engine must be told now. */
  left(bytes: number): boolean {
    this.messages++;
    this.bytes += bytes;
    this.#held--;
    return this.messages >= this.#atATime || this.bytes >= this.#bytesAtATime || this.#held === 0;
  }

  /** One was given up, of which the engine is told by itself. */
  dropped(): void {
    this.#held--;
  }

  /** The engine has been told. */
  clear(): void {
    this.messages = 0;
    this.bytes = 0;
  }
}

/** For pulls of so much. */
export function departuresOf(asked: {
  readonly capacity: number;
  readonly capacityBytes: number;
  readonly threshold: number;
}): Departures {
  const { capacity, capacityBytes, threshold } = asked;
  return new Departures(capacity * threshold, capacityBytes * threshold);
}
