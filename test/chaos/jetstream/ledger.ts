import type { Invariants } from "../invariants.ts";

/** Messages that the books have room for at first, for each second of the run: more than are published in one. */
const ROOM = 1200;

/** So many messages behind it say whether a delivery is from after a moment. */
const WITNESSES = 1000;

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
  /** The number of its last delivery. */
  #deliveries: Uint32Array;
  /** How many had been published when its ack was confirmed. */
  #publishedBefore: Uint32Array;
  #published = 0;
  redelivered = 0;
  /** Of those, such as came after their ack was confirmed. */
  late = 0;

  /** Of a run of so many milliseconds. */
  constructor(invariants: Invariants, length: number) {
    const size = Math.ceil((length / 1000) * ROOM);
    this.#known = new Uint8Array(size);
    this.#seqs = new Uint32Array(size);
    this.#deliveries = new Uint32Array(size);
    this.#publishedBefore = new Uint32Array(size);
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

  /** `delivery` is its number at the consumer: each one has another. */
  onDelivered(number: number, delivery: number): void {
    if (this.#is(number, HANDLED)) this.redelivered++;
    this.#note(number, HANDLED);
    this.#invariants.check(
      this.#deliveries[number] !== delivery,
      "handled once",
      () => `delivery ${delivery} of message ${number} was handled twice`,
    );
    this.#deliveries[number] = delivery;
    if (this.#is(number, CONFIRMED)) this.#onLate(number, delivery);
  }

  /**
   * An ack calls nothing back: what was on its way again when it was confirmed still comes. `excuses/late-redelivery.test.ts` shows it
   * without natspeed. What the consumer sent after a message that was published after the ack was confirmed had not been on its way.
   */
  #onLate(number: number, delivery: number): void {
    this.late++;
    const from = this.#publishedBefore[number]! + 1;
    const witness = this.#deliveries
      .subarray(from, Math.min(from + WITNESSES, this.#published + 1))
      .some((one) => one > 0 && one < delivery);
    this.#invariants.check(
      !witness,
      "handled once",
      () => `message ${number} was sent again after its ack was confirmed`,
    );
  }

  onConfirmed(number: number): void {
    if (this.#is(number, CONFIRMED)) return;
    this.#note(number, CONFIRMED);
    this.#publishedBefore[number] = this.#published;
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
    known.set(this.#known);
    this.#known = known;
    this.#seqs = twice(this.#seqs);
    this.#deliveries = twice(this.#deliveries);
    this.#publishedBefore = twice(this.#publishedBefore);
  }
}

/** The same numbers, with room for as many again. */
function twice(numbers: Uint32Array): Uint32Array {
  const all = new Uint32Array(2 * numbers.length);
  all.set(numbers);
  return all;
}
