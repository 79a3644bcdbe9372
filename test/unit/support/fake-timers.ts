import { afterEach, beforeEach, vi } from "vitest";

/** Time passes only when a test says so. There are no sockets then: nothing is to be read before a limit is over. */
export function useFakeTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("setImmediate", (run: () => void) => run());
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
}
