import { TimeLimit } from "../time-limit.ts";

/** Something that ends by itself at a time; it is linked into the list of its timeout. */
export interface Deadline {
  /** Milliseconds of the monotonic clock. */
  expiresAt: number;
  /** Present while it is in a list. */
  previous: Deadline | undefined;
  next: Deadline | undefined;
  /** `timeout` is the time that it had. */
  onExpired(timeout: number): void;
}

/**
 * Deadlines of one length, which therefore expire in the order in which they were added: adding and removing are
 * O(1), and one timer serves them all.
 */
class DeadlineList {
  readonly timeout: number;
  readonly #onEmpty: () => void;
  /** Stands behind the last and before the first: a deadline is removed without a look at its list. */
  readonly #end: Deadline = { expiresAt: Infinity, previous: undefined, next: undefined, onExpired: noop };
  readonly #limit = new TimeLimit((now) => this.#onOver(now));

  constructor(timeout: number, onEmpty: () => void) {
    this.timeout = timeout;
    this.#onEmpty = onEmpty;
    this.#end.previous = this.#end;
    this.#end.next = this.#end;
  }

  add(deadline: Deadline): void {
    const end = this.#end;
    const last = end.previous!;
    // A whole number needs no memory of its own.
    deadline.expiresAt = Math.ceil(performance.now() + this.timeout);
    deadline.previous = last;
    deadline.next = end;
    last.next = deadline;
    end.previous = deadline;
    if (!this.#limit.isRunning) this.#limit.start(this.timeout);
  }

  /** Nobody is left in it; it only waits for its own end. */
  get isIdle(): boolean {
    return this.#first === this.#end && this.#limit.isRunning;
  }

  stop(): void {
    this.#limit.stop();
  }

  // Removing leaves the limit alone: it is cheaper to let it look once than to set it anew for each request.
  #onOver(now: number): void {
    for (let first = this.#first; first.expiresAt <= now; first = this.#first) {
      remove(first);
      first.onExpired(this.timeout);
    }
    if (this.#first === this.#end) this.#onEmpty();
    else this.#limit.start(Math.max(1, Math.ceil(this.#first.expiresAt - performance.now())));
  }

  get #first(): Deadline {
    return this.#end.next!;
  }
}

function remove(deadline: Deadline): void {
  const { previous, next } = deadline;
  if (previous === undefined || next === undefined) return;
  previous.next = next;
  next.previous = previous;
  deadline.previous = undefined;
  deadline.next = undefined;
}

function noop(): void {
  // The end of a list never expires.
}

/** From so many lists on, empty ones are looked for: each length leaves a list and its timer until that ends. */
const PRUNE_FROM = 32;

/** The deadlines of all requests, with a timer for each length in use and none for each request. */
export class Deadlines {
  readonly #lists = new Map<number, DeadlineList>();
  /** The one that was used last: most requests of an application have the same timeout. */
  #current: DeadlineList | undefined;
  #pruneAt = PRUNE_FROM;

  add(deadline: Deadline, timeout: number): void {
    // What is left of a deadline is a fraction: each would have a list to itself.
    const whole = Math.ceil(timeout);
    if (this.#current?.timeout !== whole) this.#current = this.#listFor(whole);
    this.#current.add(deadline);
  }

  #listFor(timeout: number): DeadlineList {
    let list = this.#lists.get(timeout);
    if (list === undefined) {
      if (this.#lists.size >= this.#pruneAt) this.#prune();
      list = new DeadlineList(timeout, () => this.#forget(timeout));
      this.#lists.set(timeout, list);
    }
    return list;
  }

  #prune(): void {
    for (const [timeout, list] of this.#lists) {
      if (!list.isIdle) continue;
      list.stop();
      this.#lists.delete(timeout);
    }
    this.#pruneAt = Math.max(PRUNE_FROM, 2 * this.#lists.size);
  }

  #forget(timeout: number): void {
    this.#lists.delete(timeout);
    this.#current = undefined;
  }

  remove(deadline: Deadline): void {
    remove(deadline);
  }

  /** Stops all timers, for a connection that is closed. */
  stop(): void {
    for (const list of this.#lists.values()) list.stop();
    this.#lists.clear();
    this.#current = undefined;
  }
}
