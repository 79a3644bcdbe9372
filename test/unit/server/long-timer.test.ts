import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LongTimer } from "../../../src/server/session/long-timer.ts";

const DAY = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a timer can wait for longer than the runtime's", () => {
  const call = vi.fn();
  new LongTimer().set(Date.now() + 100 * DAY, call);
  vi.advanceTimersByTime(100 * DAY - 1);
  expect(call).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(call).toHaveBeenCalledTimes(1);
});

test("it can be cancelled, set anew, and set for never", () => {
  const [first, second] = [vi.fn(), vi.fn()];
  const timer = new LongTimer();
  timer.set(Date.now() + 50 * DAY, first);
  vi.advanceTimersByTime(30 * DAY);
  timer.set(Date.now() + DAY, second);
  vi.advanceTimersByTime(100 * DAY);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  timer.set(Date.now() + 50 * DAY, first);
  vi.advanceTimersByTime(30 * DAY);
  timer.cancel();
  timer.set(Infinity, first);
  vi.advanceTimersByTime(1000 * DAY);
  expect(first).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
