import { TurnClock } from "./turn-clock.ts";

/** Who is told what becomes of messages on a {@link Shelf}. */
export interface ShelfListener<M> {
  /** It lay here for `age` milliseconds, longer than its deadline allows, and is dropped. */
  onStale(message: M, age: number): void;
}

/** How many messages a shelf has room for at first. */
const FIRST_SIZE = 64;

/**
 * Messages that came and that nobody has been given yet, in order of arrival. Each has a deadline, by `performance.now()`,
 * from which on the server may deliver it anew: it is not handed out any more then.
 */
export class Shelf<M> {
  readonly #listener: ShelfListener<M>;
  readonly #clock = new TurnClock();
  // A ring, for nothing is allocated for a message that comes and goes.
  #messages: (M | undefined)[] = Array.from<undefined>({ length: FIRST_SIZE });
  #arrivals = new Float64Array(FIRST_SIZE);
  #deadlines = new Float64Array(FIRST_SIZE);
  #head = 0;
  #length = 0;
  /** Of those that have one. */
  #withDeadline = 0;
  #takenDeadline = Infinity;
  #takenWait = Infinity;

  constructor(listener: ShelfListener<M>) {
    this.#listener = listener;
  }

  get length(): number {
    return this.#length;
  }

  /** The deadline of the message that was taken last. */
  get takenDeadline(): number {
    return this.#takenDeadline;
  }

  /** For how long that message is safe once the server has been told that it is not forgotten. */
  get takenWait(): number {
    return this.#takenWait;
  }

  push(message: M, deadline: number): void {
    if (this.#length === this.#messages.length) this.#grow();
    const at = (this.#head + this.#length) & (this.#messages.length - 1);
    this.#length++;
    this.#messages[at] = message;
    this.#deadlines[at] = deadline;
    if (deadline === Infinity) return;
    this.#withDeadline++;
    this.#arrivals[at] = this.#clock.now();
  }

  /** The oldest message; what is too old on the way to it is dropped. */
  shift(): M | undefined {
    while (this.#length > 0) {
      const at = this.#head;
      const message = this.#messages[at]!;
      const deadline = this.#deadlines[at]!;
      this.#messages[at] = undefined;
      this.#head = (at + 1) & (this.#messages.length - 1);
      this.#length--;
      this.#takenDeadline = deadline;
      this.#takenWait = deadline === Infinity ? Infinity : deadline - this.#arrivals[at]!;
      if (deadline === Infinity) return message;
      this.#withDeadline--;
      const now = performance.now();
      if (now < deadline) return message;
      this.#listener.onStale(message, now - this.#arrivals[at]!);
    }
    return undefined;
  }

  /** Up to `limit` messages. */
  take(limit: number): M[] {
    const taken: M[] = [];
    while (taken.length < limit) {
      const message = this.shift();
      if (message === undefined) break;
      taken.push(message);
    }
    return taken;
  }

  /** Takes all that is left, however old. */
  clear(): M[] {
    const left = [...this];
    this.#messages = Array.from<undefined>({ length: FIRST_SIZE });
    this.#arrivals = new Float64Array(FIRST_SIZE);
    this.#deadlines = new Float64Array(FIRST_SIZE);
    this.#head = 0;
    this.#length = 0;
    this.#withDeadline = 0;
    return left;
  }

  *[Symbol.iterator](): IterableIterator<M> {
    for (let i = 0; i < this.#length; i++) yield this.#messages[this.#at(i)]!;
  }

  /**
   * Renews the deadlines of which half is over at `now`, as far as `renew` could do so: it gets a message and says whether
   * the server was told. Returns when to come again; `Infinity` if nothing here has a deadline.
   */
  renew(now: number, renew: (message: M) => boolean): number {
    let next = Infinity;
    if (this.#withDeadline === 0) return next;
    for (let i = 0; i < this.#length; i++) {
      const at = this.#at(i);
      const deadline = this.#deadlines[at]!;
      if (deadline === Infinity || now >= deadline) continue;
      const half = (deadline - this.#arrivals[at]!) / 2;
      if (deadline - now > half) {
        next = Math.min(next, deadline - half);
        continue;
      }
      if (renew(this.#messages[at]!)) {
        this.#arrivals[at] = now;
        this.#deadlines[at] = now + 2 * half;
      }
      next = Math.min(next, now + half / 2);
    }
    return next;
  }

  #at(i: number): number {
    return (this.#head + i) & (this.#messages.length - 1);
  }

  /** To twice the size, which stays a power of two. */
  #grow(): void {
    const size = this.#messages.length;
    const messages = Array.from<M | undefined>({ length: 2 * size });
    const arrivals = new Float64Array(2 * size);
    const deadlines = new Float64Array(2 * size);
    for (let i = 0; i < size; i++) {
      const at = this.#at(i);
      messages[i] = this.#messages[at];
      arrivals[i] = this.#arrivals[at]!;
      deadlines[i] = this.#deadlines[at]!;
    }
    this.#messages = messages;
    this.#arrivals = arrivals;
    this.#deadlines = deadlines;
    this.#head = 0;
  }
}
