import type { Invariants } from "../invariants.ts";

/** Messages that the books have room for at first, for each second of the run: more than are published in one. */
const ROOM = 1200;

/** What is known of a message, as bits. */
const ACKED = 1;
const FAILED = 2;
const HANDLED = 4;
const CONFIRMED = 8;

/**
 * What is known of each numbered message: whether its publish was acked, whether it was handled, whether its own ack was
 * confirmed. A few bytes each, which are there from the beginning, for the run measures its own heap.
 */
export class Ledger {
  readonly #invariants: Invariants;
  #known: Uint8Array;
  /** The sequence that each ack told. */
  #seqs: Uint32Array;
  #published = 0;
  redelivered = 0;

  /** Of a run of so many milliseconds. */
  constructor(invariants: Invariants, length: number) {
    const size = Math.ceil((length / 1000) * ROOM);
    this.#known = new Uint8Array(size);
    this.#seqs = new Uint32Array(size);
    this.#invariants = invariants;
  }

  get published(): number {
    return this.#published;
  }

  get acked(): number {
    return this.#count(ACKED);
  }

  get failed(): number {
    return this.#count(FAILED);
  }

  get handled(): number {
    return this.#count(HANDLED);
  }

  /** The number of the next message. */
  next(): number {
    if (++this.#published === this.#known.length) this.#grow();
    return this.#published;
  }

  onAck(number: number, seq: number): void {
    this.#note(number, ACKED);
    this.#seqs[number] = seq;
  }

  onFailed(number: number): void {
    this.#note(number, FAILED);
  }

  onDelivered(number: number): void {
    if (this.#is(number, HANDLED)) this.redelivered++;
    this.#note(number, HANDLED);
    this.#invariants.check(
      !this.#is(number, CONFIRMED),
      "handled once",
      () => `message ${number} came again after its ack was confirmed`,
    );
  }

  onConfirmed(number: number): void {
    this.#note(number, CONFIRMED);
  }

  /** Acked and not handled so far. */
  get owed(): number[] {
    return this.#numbers().filter((number) => this.#is(number, ACKED) && !this.#is(number, HANDLED));
  }

  /** Each acked message is stored once, under the sequence that its ack told; every other one at most once. */
  checkStored(stored: ReadonlyMap<number, readonly number[]>): void {
    for (const number of this.#numbers().filter((one) => this.#is(one, ACKED))) {
      const seq = this.#seqs[number]!;
      const found = stored.get(number) ?? [];
      this.#invariants.check(
        found.includes(seq),
        "no acked message is lost",
        () => `message ${number} was acked with sequence ${seq}, and is at ${found.join(", ") || "none"}`,
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
    const untold = this.#published - this.acked - this.failed;
    this.#invariants.check(untold === 0, "accounting", () => `${untold} publishes were never told`);
  }

  #note(number: number, what: number): void {
    this.#known[number]! |= what;
  }

  #is(number: number, what: number): boolean {
    return (this.#known[number]! & what) !== 0;
  }

  #count(what: number): number {
    return this.#numbers().filter((number) => this.#is(number, what)).length;
  }

  #numbers(): number[] {
    return Array.from({ length: this.#published }, (_, index) => index + 1);
  }

  #grow(): void {
    const known = new Uint8Array(2 * this.#known.length);
    const seqs = new Uint32Array(2 * this.#seqs.length);
    known.set(this.#known);
    seqs.set(this.#seqs);
    this.#known = known;
    this.#seqs = seqs;
  }
}
