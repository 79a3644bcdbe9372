/** So many things in one pass of time are a loop without end. */
const MOST = 20_000;

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** What happens when, in a time of its own. Things of one moment happen in the order in which they were planned. */
export class VirtualTime {
  #now = 0;
  #order = 0;
  #planned: Planned[] = [];

  get now(): number {
    return this.#now;
  }

  /** Plans something; what it returns calls it off. */
  plan(at: number, happen: () => void): () => void {
    const entry = { at: Math.max(at, this.#now), order: this.#order++, happen };
    this.#planned.push(entry);
    return () => {
      this.#planned = this.#planned.filter((other) => other !== entry);
    };
  }

  /** Lets this much time go by, and everything in it happen. */
  pass(milliseconds: number): void {
    const until = this.#now + milliseconds;
    let moments = 0;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      if (++moments > MOST) throw new Error(`time stands still at ${next.at}`);
      this.#now = next.at;
      this.#planned = this.#planned.filter((other) => other !== next);
      next.happen();
    }
    this.#now = until;
  }

  #next(until: number): Planned | undefined {
    let earliest: Planned | undefined;
    for (const entry of this.#planned) {
      if (entry.at > until) continue;
      if (earliest === undefined || entry.at < earliest.at) earliest = entry;
      else if (entry.at === earliest.at && entry.order < earliest.order) earliest = entry;
    }
    return earliest;
  }
}
