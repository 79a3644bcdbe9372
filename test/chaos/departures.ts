/** How long before and after a member's link was lost a message may have been sent that a server had picked that member for. */
const MARGIN = 1000;

/** Losses that are remembered. */
const MEMORY = 32;

/** When the members of a queue group lost their links. */
export class Departures {
  readonly #times: number[] = [];

  onLost(): void {
    this.#times.push(performance.now());
    if (this.#times.length > MEMORY) this.#times.shift();
  }

  /** Whether a message that was sent then may have been meant for a member that was gone. */
  areAround(time: number): boolean {
    return this.#times.some((lostAt) => Math.abs(lostAt - time) < MARGIN);
  }
}
