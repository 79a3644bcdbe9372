/** Milliseconds; the pause doubles from `least` to `most`. */
export interface BackOffSettings {
  readonly least: number;
  readonly most: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * The pause between attempts, in the time of whoever asks. Half of a pause is certain, the other half is left to chance:
 * clients that failed together don't come back together, and no luck of the draw makes a hot loop.
 */
export class BackOff {
  readonly #settings: BackOffSettings;
  #failures = 0;
  #until = -Infinity;

  constructor(settings: BackOffSettings) {
    this.#settings = settings;
  }

  /** Nothing shall be tried before this time. */
  get until(): number {
    return this.#until;
  }

  /** An attempt failed: the next one waits, at least `atLeast` milliseconds. */
  failed(at: number, atLeast = 0): void {
    this.pause(at, atLeast);
    this.#failures = Math.min(this.#failures + 1, 30);
  }

  /** A pause as after a failure, of which there was none: the next one is no longer. */
  pause(at: number, atLeast = 0): void {
    const { least, most, random } = this.#settings;
    const full = Math.min(most, least * 2 ** this.#failures);
    this.#until = Math.max(this.#until, at + atLeast + full / 2 + (random() * full) / 2);
  }

  /** It works again: the next failure is the first one. A pause that has begun goes on. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** Ends a pause that has begun. */
  endPause(): void {
    this.#until = -Infinity;
  }
}
