import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeepAlive } from "../../../src/server/session/keep-alive.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What a keep-alive with an interval of 10 s and 2 PINGs has done; PINGs are counted by the second. */
function start(): { keepAlive: KeepAlive; pings: number[]; isStale: () => boolean } {
  const pings: number[] = [];
  let isStale = false;
  const began = performance.now();
  const keepAlive = new KeepAlive(
    { pingInterval: 10_000, maxPingsOut: 2 },
    () => void pings.push((performance.now() - began) / 1000),
    () => (isStale = true),
  );
  keepAlive.start();
  return { keepAlive, pings, isStale: () => isStale };
}

/** Lets seconds go by, with something heard before each of them. */
function talk(keepAlive: KeepAlive, seconds: number): void {
  for (let i = 0; i < seconds; i++) {
    keepAlive.onHeard();
    vi.advanceTimersByTime(1000);
  }
}

test("a client that talks is asked once, and needs no PONG", () => {
  const { keepAlive, pings, isStale } = start();
  keepAlive.onConnect(5);
  talk(keepAlive, 3000);
  expect(pings).toEqual([2]);
  expect(isStale()).toBe(false);
  expect(keepAlive.rtt).toBe(5);
  keepAlive.stop();
});

test("after an hour it is asked how long a round trip takes", () => {
  const { keepAlive, pings } = start();
  keepAlive.onConnect(5);
  talk(keepAlive, 2);
  keepAlive.onPong();
  expect(keepAlive.rtt).toBe(0);
  talk(keepAlive, 3620);
  expect(pings).toEqual([2, 3612]);
  keepAlive.stop();
});

test("a quiet client that answers none of two PINGs is stale, and one that answers is not", () => {
  const { keepAlive, pings, isStale } = start();
  keepAlive.onConnect(5);
  for (let i = 0; i < 10; i++) {
    vi.advanceTimersByTime(10_000);
    keepAlive.onPong();
  }
  expect(isStale()).toBe(false);
  pings.length = 0;
  vi.advanceTimersByTime(30_000);
  expect(pings).toHaveLength(2);
  expect(isStale()).toBe(true);
});

test("a client that talks without CONNECT is asked until it answers, or is stale", () => {
  const { keepAlive, isStale } = start();
  talk(keepAlive, 22);
  expect(isStale()).toBe(true);
});
