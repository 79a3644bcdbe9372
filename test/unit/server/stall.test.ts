import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Stall } from "../../../src/server/session/stall.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stall, and what it has told the link. */
function newStall(): { stall: Stall; begin: () => boolean; told: string[] } {
  const stall = new Stall();
  const told: string[] = [];
  const link = { pause: () => void told.push("pause"), resume: () => void told.push("resume") };
  return { stall, begin: () => stall.begin(link), told };
}

test("a publisher is not read from for 5 ms, and then goes on", () => {
  const { begin, told } = newStall();
  expect(begin()).toBe(true);
  vi.advanceTimersByTime(4);
  expect(told).toEqual(["pause"]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(["pause", "resume"]);
});

test("messages within a stall make it no longer; the next one begins after it", () => {
  const { begin, told } = newStall();
  begin();
  vi.advanceTimersByTime(3);
  expect(begin()).toBe(false);
  vi.advanceTimersByTime(2);
  expect(told).toEqual(["pause", "resume"]);
  expect(begin()).toBe(true);
  vi.advanceTimersByTime(5);
  expect(told).toEqual(["pause", "resume", "pause", "resume"]);
});

test("a connection that ends within a stall is not read from again", () => {
  const { stall, begin, told } = newStall();
  begin();
  stall.cancel();
  vi.runAllTimers();
  expect(told).toEqual(["pause"]);
});
