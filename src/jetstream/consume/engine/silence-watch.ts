/** Heartbeats of silence until the server counts as silent. */
const PATIENCE = 2;

/**
 * Watches for signs of the server: messages, heartbeats, statuses. It judges by the time at which they arrived, so that a
 * slow handler misses nothing; and a tick that is late itself, after a blocked event loop or a sleep of the computer, gives
 * what waits in the socket a heartbeat's time to be read first.
 */
export class SilenceWatch {
  #heartbeat = 0;
  #heardAt = 0;
  #lenientUntil = -Infinity;
  #wasLenient = false;
  #misses = 0;

  /** How often in a row the server was silent. */
  get misses(): number {
    return this.#misses;
  }

  /** A pull was sent. `isFirst`: none was open, so that the wait begins now. */
  asked(heartbeat: number, isFirst: boolean, at: number): void {
    this.#heartbeat = heartbeat;
    if (isFirst) this.#heardAt = at;
  }

  heard(at: number): void {
    this.#heardAt = at;
    this.#misses = 0;
    this.#wasLenient = false;
  }

  /** When the silence will have been too long; `Infinity` where there are no heartbeats. */
  get dueAt(): number {
    if (this.#heartbeat === 0) return Infinity;
    return Math.max(this.#heardAt + PATIENCE * this.#heartbeat, this.#lenientUntil);
  }

  /** True if the server was silent for too long. The wait begins anew. */
  isMissed(at: number): boolean {
    const late = at - this.dueAt;
    if (late < 0 || this.#heartbeat === 0) return false;
    if (late > this.#heartbeat && !this.#wasLenient) {
      this.#wasLenient = true;
      this.#lenientUntil = at + this.#heartbeat;
      return false;
    }
    this.#wasLenient = false;
    this.#heardAt = at;
    this.#misses += 1;
    return true;
  }
}
