import type { ResponseRule } from "./permissions.ts";

interface Permit {
  readonly given: number;
  used: number;
}

/** Permits looked through for those that are over. */
const PRUNE_ABOVE = 4096;

/** The reply subjects that a client may publish to because it got messages with them. */
export class ResponsePermits {
  readonly #rule: ResponseRule;
  readonly #permits = new Map<string, Permit>();

  constructor(rule: ResponseRule) {
    this.#rule = rule;
  }

  give(reply: string, now: number): void {
    if (this.#permits.size >= PRUNE_ABOVE) this.#prune(now);
    this.#permits.set(reply, { given: now, used: 0 });
  }

  /** Uses a permit; false if there is none. */
  use(reply: string, now: number): boolean {
    const permit = this.#permits.get(reply);
    if (permit === undefined) return false;
    permit.used++;
    if (this.#isOver(permit, now)) {
      this.#permits.delete(reply);
      return false;
    }
    return true;
  }

  #isOver({ given, used }: Permit, now: number): boolean {
    const { max, expires } = this.#rule;
    return (max > 0 && used > max) || (expires > 0 && now - given > expires);
  }

  #prune(now: number): void {
    for (const [reply, permit] of this.#permits) if (this.#isOver(permit, now)) this.#permits.delete(reply);
  }
}
