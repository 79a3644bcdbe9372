/** Milliseconds before another attempt: `first`, doubled so many times, and `longest` at most. */
export function growingPause(first: number, doublings: number, longest: number = Infinity): number {
  return Math.min(longest, first * 2 ** doublings);
}
