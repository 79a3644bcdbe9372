import { elapsed, type Instant } from "./instant.ts";

/**
 * held: a confirmed write keeps others out. renewing: the next write is on its way. lost: another may have the lock.
 * released: it was given back.
 */
export type LeasePhase = "held" | "renewing" | "lost" | "released";

export const LEASE_MOVES: Readonly<Record<LeasePhase, readonly LeasePhase[]>> = {
  held: ["renewing", "lost", "released"],
  renewing: ["held", "lost", "released"],
  lost: [],
  released: [],
};

/** By this part of its time a lease ends earlier here than at the server, whose clock may run faster. */
const SAFETY = 0.1;

/** How often a lock is renewed within its `ttl`. */
const RENEWALS = 3;

/** A renewal that failed is tried again after this part of the `ttl`. */
const RETRY = 0.05;

/** A write that keeps others out: its revision, and when it was sent. */
export interface Confirmed {
  readonly revision: number;
  readonly sentAt: Instant;
}

/**
 * Knows for how long a lock is held. Time is an input: nothing here waits. A write keeps others out for `ttl` from the moment when
 * the server stores it, which is never before the holder sends it.
 */
export class Lease {
  /** Grows from holder to holder. */
  readonly fence: number;
  readonly #ttl: number;
  #phase: LeasePhase = "held";
  #confirmed: Confirmed;
  #sentAt: Instant | undefined;
  /** When the first write was sent, since the last confirmed one, that may or may not be stored. */
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

  /** The key's last revision, as far as known: the next write expects it. */
  get revision(): number {
    return this.#confirmed.revision;
  }

  get isOver(): boolean {
    return LEASE_MOVES[this.#phase].length === 0;
  }

  /** Milliseconds until another may have the lock; 0 or less: another may have it now. */
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

  /** Time has passed. Returns whether the lock has just been lost by that. */
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

  /** The renewal failed; `isUncertain`: it may be stored nevertheless. */
  failed(now: Instant, isUncertain: boolean): void {
    if (isUncertain) this.#uncertainSince ??= this.#sentAt;
    this.#nextAt = later(now, this.#ttl * RETRY);
    this.#move("held");
  }

  /**
   * The key's last write is ours: an uncertain one was stored. Which one is unknown, so the time counts from when the first of them
   * was sent, and a renewal is due at once.
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
