import { elapsed, type Instant } from "./instant.ts";

/**
 * held: a write that is confirmed keeps others out. renewing: the next one is on its way. lost: it may be another's.
 * released: it was given back.
 */
export type LeasePhase = "held" | "renewing" | "lost" | "released";

export const LEASE_MOVES: Readonly<Record<LeasePhase, readonly LeasePhase[]>> = {
  held: ["renewing", "lost", "released"],
  renewing: ["held", "lost", "released"],
  lost: [],
  released: [],
};

/** The server's clock starts to count at a write, and may go faster than ours: by this part of the time it ends earlier here. */
const SAFETY = 0.1;

/** It is renewed so many times before it would be free. */
const RENEWALS = 3;

/** A renewal that failed is tried again after this part of the time. */
const RETRY = 0.05;

/** A write that keeps others out: its revision, and when it was sent. */
export interface Confirmed {
  readonly revision: number;
  readonly sentAt: Instant;
}

/**
 * How long a lock is held, by what its holder knows. Time is an input: nothing here waits. A write keeps others out for `ttl` from
 * the moment on when the server stores it, which is never before the holder sends it.
 */
export class Lease {
  /** Grows from holder to holder. */
  readonly fence: number;
  readonly #ttl: number;
  #phase: LeasePhase = "held";
  #confirmed: Confirmed;
  #sentAt: Instant | undefined;
  /** The first of the attempts since the last confirmed write of which nobody knows whether it was stored. */
  #uncertainSince: Instant | undefined;
  #nextAt: Instant;

  constructor(ttl: number, taken: Confirmed) {
    this.#ttl = ttl;
    this.#confirmed = taken;
    this.fence = taken.revision;
    this.#nextAt = later(taken.sentAt, ttl / RENEWALS);
  }

  get phase(): LeasePhase {
    return this.#phase;
  }

  /** The key's last one, as far as known: the next write is conditional on it. */
  get revision(): number {
    return this.#confirmed.revision;
  }

  get isOver(): boolean {
    return LEASE_MOVES[this.#phase].length === 0;
  }

  /** Milliseconds until the lock may be another's; 0 or less: it may be by now. */
  left(now: Instant): number {
    return this.#ttl * (1 - SAFETY) - elapsed(this.#confirmed.sentAt, now);
  }

  /** Milliseconds until the next renewal is to be sent. */
  untilRenewal(now: Instant): number {
    return -elapsed(this.#nextAt, now);
  }

  /** Milliseconds that an attempt to renew may take, so that there is time for another one. */
  attemptTime(now: Instant): number {
    return Math.max(1, Math.min(this.#ttl / RENEWALS, this.left(now)));
  }

  /** Time has passed. Whether the lock has just been lost by it. */
  pass(now: Instant): boolean {
    if (this.isOver || this.left(now) > 0) return false;
    this.#move("lost");
    return true;
  }

  /** A renewal is sent. */
  begin(now: Instant): void {
    this.#move("renewing");
    this.#sentAt = now;
  }

  /** The server has stored it. */
  renewed(revision: number): void {
    this.#confirm({ revision, sentAt: this.#sentAt! });
  }

  /** It failed; `isUncertain`: it may be stored nevertheless. */
  failed(now: Instant, isUncertain: boolean): void {
    if (isUncertain) this.#uncertainSince ??= this.#sentAt;
    this.#nextAt = later(now, this.#ttl * RETRY);
    this.#move("held");
  }

  /**
   * The key's last write is ours: one that was uncertain was stored. It keeps others out from no later than the first such on;
   * a further renewal is due at once.
   */
  found(revision: number, now: Instant): void {
    this.#confirm({ revision, sentAt: this.#uncertainSince ?? this.#confirmed.sentAt });
    this.#nextAt = now;
  }

  /** Somebody else has it, or it can't be held any more. */
  lose(): void {
    this.#move("lost");
  }

  release(): void {
    this.#move("released");
  }

  #confirm(confirmed: Confirmed): void {
    this.#confirmed = confirmed;
    this.#uncertainSince = undefined;
    this.#nextAt = later(confirmed.sentAt, this.#ttl / RENEWALS);
    this.#move("held");
  }

  #move(next: LeasePhase): void {
    if (!LEASE_MOVES[this.#phase].includes(next))
      throw new Error(`illegal move from ${this.#phase} to ${next}`);
    this.#phase = next;
  }
}

function later({ steady, wall }: Instant, milliseconds: number): Instant {
  return { steady: steady + milliseconds, wall: wall + milliseconds };
}
