import type { Invariants } from "../invariants.ts";

/** What is known of each numbered message: whether its publish was acked, how often it was handled, whether its ack was. */
export class Ledger {
  readonly #invariants: Invariants;
  /** The sequence of each acked publish, by number. */
  readonly #acked = new Map<number, number>();
  readonly #failed = new Set<number>();
  readonly #handled = new Map<number, number>();
  readonly #confirmed = new Set<number>();
  #published = 0;
  redelivered = 0;

  constructor(invariants: Invariants) {
    this.#invariants = invariants;
  }

  get published(): number {
    return this.#published;
  }

  get acked(): number {
    return this.#acked.size;
  }

  get failed(): number {
    return this.#failed.size;
  }

  get handled(): number {
    return this.#handled.size;
  }

  /** The number of the next message. */
  next(): number {
    return ++this.#published;
  }

  onAck(number: number, seq: number): void {
    this.#acked.set(number, seq);
  }

  onFailed(number: number): void {
    this.#failed.add(number);
  }

  /** Whether the handler has not had it before: its own record, by which it does its work once. */
  onDelivered(number: number): boolean {
    const times = (this.#handled.get(number) ?? 0) + 1;
    this.#handled.set(number, times);
    if (times > 1) this.redelivered++;
    this.#invariants.check(
      !this.#confirmed.has(number),
      "handled once",
      () => `message ${number} came again after its ack was confirmed`,
    );
    return times === 1;
  }

  onConfirmed(number: number): void {
    this.#confirmed.add(number);
  }

  /** Acked and not handled so far. */
  get owed(): number[] {
    return [...this.#acked.keys()].filter((number) => !this.#handled.has(number));
  }

  /** Each acked message is stored once, under the sequence that its ack told; every other one at most once. */
  checkStored(stored: ReadonlyMap<number, readonly number[]>): void {
    for (const [number, seq] of this.#acked) {
      const found = stored.get(number) ?? [];
      this.#invariants.check(
        found.length > 0,
        "no acked message is lost",
        () => `message ${number} was acked with sequence ${seq}, and is not there`,
      );
      this.#invariants.check(
        found.length === 0 || found.includes(seq),
        "no acked message is lost",
        () => `message ${number} was acked with sequence ${seq}, and is at ${found.join(", ")}`,
      );
    }
    for (const [number, found] of stored) {
      this.#invariants.check(
        found.length === 1,
        "no id is stored twice",
        () => `message ${number} is stored at ${found.join(", ")}`,
      );
    }
  }

  /** Every publish has been told: acked, or failed. */
  checkSettled(): void {
    const untold = this.#published - this.#acked.size - this.#failed.size;
    this.#invariants.check(untold === 0, "accounting", () => `${untold} publishes were never told`);
  }
}
