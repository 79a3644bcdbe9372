/** How many events may wait for a slow listener or reader; beyond, the oldest go. */
export const MAX_WAITING = 1024;

/** An event of a connection, or of what is built on one. */
export interface AnyEvent {
  readonly type: string;
}

/** Events that wait for one listener or reader, and the count of those that found no room. */
export class EventQueue<E extends AnyEvent> {
  readonly #waiting: E[] = [];
  #missed = 0;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(event: E): void {
    this.#waiting.push(event);
    if (this.#waiting.length <= MAX_WAITING) return;
    const oldest = this.#waiting.shift()!;
    // The word of what was missed counts for all that it told of.
    this.#missed += oldest.type === "missed" ? (oldest as unknown as { readonly count: number }).count : 1;
  }

  shift(): E | undefined {
    return this.#waiting.shift();
  }

  /** How many were missed since the last call. */
  takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#missed = 0;
  }
}
