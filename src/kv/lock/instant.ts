/**
 * A moment by two clocks, in milliseconds. The steady one never jumps, but stands still while some machines sleep; the other one
 * goes on, but may be set.
 */
export interface Instant {
  readonly steady: number;
  readonly wall: number;
}

export function now(): Instant {
  return { steady: performance.now(), wall: Date.now() };
}

/** Milliseconds between two moments, by the clock that counted more: no holder must believe for too long that it has a lock. */
export function elapsed(from: Instant, to: Instant): number {
  return Math.max(to.steady - from.steady, to.wall - from.wall);
}
