import { vi } from "vitest";

/** Longer than anything takes on a busy machine: reached only by what never happens. */
const LIMIT = 20_000;

/** Waits until `check` no longer throws; the value is what it returns then. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: LIMIT, interval: 10 });
}
