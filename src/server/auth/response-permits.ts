import type { ResponseRule } from "./permissions.ts";

interface Permit {
  readonly given: number;
  used: number;
}

/**
 * The reply subjects that a client may publish to because it got messages with them. One that is used up goes at once,
 * and they expire in the order in which they were given: no call looks at more than those that it takes away, and one.
 */
export class ResponsePermits {
  readonly #rule: ResponseRule;
  /** The oldest first. */
  readonly #permits = new Map<string, Permit>();

  constructor(rule: ResponseRule) {
    this.#rule = rule;
  }

  /** How many are kept. */
  get size(): number {
    return this.#permits.size;
  }

  /** `now` is in milliseconds. */
  give(reply: string, now: number): void {
    this.#forgetExpired(now);
    this.#permits.delete(reply);
    this.#permits.set(reply, { given: now, used: 0 });
  }

  /** Uses a permit; false if there is none. */
  use(reply: string, now: number): boolean {
    this.#forgetExpired(now);
    const permit = this.#permits.get(reply);
    if (permit === undefined) return false;
    permit.used++;
    const { max } = this.#rule;
    if (max > 0 && permit.used >= max) this.#permits.delete(reply);
    return true;
  }

  #forgetExpired(now: number): void {
    const { expires } = this.#rule;
    if (expires <= 0) return;
    for (const [reply, { given }] of this.#permits) {
      if (now - given <= expires) return;
      this.#permits.delete(reply);
    }
  }
}
