/** What has to hold, whatever happens to servers and links. */
export type Invariant =
  | "no duplicate"
  | "order"
  | "no unexplained loss"
  | "accounting"
  | "content"
  | "requests settle"
  | "recovery"
  | "nothing left open"
  | "flat heap"
  | "variety"
  | "no unhandled error"
  | "no acked message is lost"
  | "no id is stored twice"
  | "handled once"
  | "ordered"
  | "views"
  | "one holder";

/** How many breaches of one invariant are told in full. */
const MAX_TOLD = 10;

/** Collects what broke, and tells it at once. */
export class Invariants {
  readonly #tell: (line: string) => void;
  readonly #breaches = new Map<Invariant, number>();

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  broken(invariant: Invariant, what: string): void {
    const count = (this.#breaches.get(invariant) ?? 0) + 1;
    this.#breaches.set(invariant, count);
    if (count <= MAX_TOLD) this.#tell(`BROKEN ${invariant}: ${what}`);
    if (count === MAX_TOLD) this.#tell(`BROKEN ${invariant}: further ones are counted only`);
  }

  /** Says that it broke unless `holds`. */
  check(holds: boolean, invariant: Invariant, what: () => string): void {
    if (!holds) this.broken(invariant, what());
  }

  get breaches(): ReadonlyMap<Invariant, number> {
    return this.#breaches;
  }
}
