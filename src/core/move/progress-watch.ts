import type { Link } from "../link/link.ts";
import { TimeLimit } from "../time-limit.ts";

/** Tells when a link has got nothing across for a while: no byte has left of those that wait, or none has come. */
export class ProgressWatch {
  readonly #limit: TimeLimit;
  #seen: number;

  constructor(link: Link, limit: number, onStalled: () => void) {
    this.#seen = link.progress;
    this.#limit = new TimeLimit(() => {
      const before = this.#seen;
      this.#seen = link.progress;
      if (this.#seen === before) onStalled();
      else this.#limit.start(limit);
    });
    this.#limit.start(limit);
  }

  stop(): void {
    this.#limit.stop();
  }
}
