import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type Deadline, Deadlines } from "../../../src/core/requests/deadlines.ts";
import { useFakeTimers } from "../support/fake-timers.ts";

useFakeTimers();

function aDeadline(onExpired: () => void): Deadline {
  return { expiresAt: 0, previous: undefined, next: undefined, onExpired };
}

describe("deadlines", () => {
  test("expire when their time is over, once", () => {
    const deadlines = new Deadlines();
    let expired = 0;
    deadlines.add(
      aDeadline(() => expired++),
      100,
    );
    vi.advanceTimersByTime(99);
    expect(expired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(expired).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(expired).toBe(1);
  });

  test("expire each at its own time, in the order of their times", () => {
    const deadlines = new Deadlines();
    const expired: string[] = [];
    const note = (name: string) => aDeadline(() => expired.push(`${name} at ${performance.now() - begin}`));
    const begin = performance.now();
    deadlines.add(note("a"), 100);
    deadlines.add(note("b"), 30);
    vi.advanceTimersByTime(10);
    deadlines.add(note("c"), 100);
    deadlines.add(note("d"), 50);
    vi.advanceTimersByTime(500);
    expect(expired).toEqual(["b at 30", "d at 60", "a at 100", "c at 110"]);
  });

  test("of what is left of a longer time share a timer with those that are as long in whole milliseconds", () => {
    const deadlines = new Deadlines();
    for (let i = 0; i < 1000; i++) {
      const answered = aDeadline(() => undefined);
      deadlines.add(answered, 100 - i / 1000);
      deadlines.remove(answered);
    }
    expect(vi.getTimerCount()).toBeLessThanOrEqual(2);
  });

  test("of thousands of lengths leave few timers behind, and those that are left expire", () => {
    const deadlines = new Deadlines();
    const expired: number[] = [];
    const lengths = Array.from({ length: 3000 }, (_, i) => 10_000 + i);
    for (const length of lengths) {
      const deadline = aDeadline(() => void expired.push(length));
      deadlines.add(deadline, length);
      if (length % 500 !== 0) deadlines.remove(deadline);
    }
    expect(vi.getTimerCount()).toBeLessThanOrEqual(100);
    vi.advanceTimersByTime(20_000);
    expect(expired).toEqual([10_000, 10_500, 11_000, 11_500, 12_000, 12_500]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("of many lengths that begin as another expires are kept", () => {
    const deadlines = new Deadlines();
    let expired = 0;
    const more = aDeadline(() => {
      for (let i = 0; i < 100; i++)
        deadlines.add(
          aDeadline(() => expired++),
          i % 2 === 0 ? 50 : 100 + i,
        );
    });
    deadlines.add(more, 50);
    vi.advanceTimersByTime(1000);
    expect(expired).toBe(100);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that are removed never expire, wherever they stood in the list", () => {
    for (const removed of [0, 1, 2]) {
      const deadlines = new Deadlines();
      const expired: number[] = [];
      const all = [0, 1, 2].map((i) => aDeadline(() => expired.push(i)));
      for (const deadline of all) deadlines.add(deadline, 100);
      deadlines.remove(all[removed]!);
      vi.advanceTimersByTime(100);
      expect(expired).toEqual([0, 1, 2].filter((i) => i !== removed));
    }
  });

  test("may be removed twice, and after they expired", () => {
    const deadlines = new Deadlines();
    const expired: string[] = [];
    const [a, b] = [aDeadline(() => expired.push("a")), aDeadline(() => expired.push("b"))];
    deadlines.add(a, 100);
    deadlines.add(b, 100);
    deadlines.remove(a);
    deadlines.remove(a);
    vi.advanceTimersByTime(100);
    deadlines.remove(b);
    expect(expired).toEqual(["b"]);
  });

  test("may be added again", () => {
    const deadlines = new Deadlines();
    let expired = 0;
    const again = aDeadline(() => expired++);
    for (let i = 0; i < 3; i++) {
      deadlines.add(again, 100);
      vi.advanceTimersByTime(100);
    }
    expect(expired).toBe(3);
  });

  test("share one timer for each length in use", () => {
    const deadlines = new Deadlines();
    for (let i = 0; i < 1000; i++)
      deadlines.add(
        aDeadline(() => undefined),
        i % 2 === 0 ? 100 : 200,
      );
    expect(vi.getTimerCount()).toBe(2);
    vi.advanceTimersByTime(50);
    for (let i = 0; i < 1000; i++)
      deadlines.add(
        aDeadline(() => undefined),
        100,
      );
    expect(vi.getTimerCount()).toBe(2);
  });

  test("leave no timer behind when all have expired or were removed [REQ-16]", () => {
    const deadlines = new Deadlines();
    const removed = aDeadline(() => expect.unreachable());
    deadlines.add(removed, 100);
    deadlines.remove(removed);
    deadlines.add(
      aDeadline(() => undefined),
      50,
    );
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("stop with the connection: no timer is left, and nothing expires any more", () => {
    const deadlines = new Deadlines();
    const left = aDeadline(() => expect.unreachable());
    deadlines.add(left, 100);
    deadlines.add(
      aDeadline(() => expect.unreachable()),
      200,
    );
    deadlines.stop();
    expect(vi.getTimerCount()).toBe(0);
    deadlines.remove(left);
    vi.advanceTimersByTime(1000);
  });

  test("that are removed or added while others expire do not disturb them", () => {
    const deadlines = new Deadlines();
    const expired: string[] = [];
    const note = (name: string) => aDeadline(() => expired.push(`${name} at ${performance.now() - begin}`));
    const begin = performance.now();
    const victim = note("victim");
    deadlines.add(
      aDeadline(() => {
        deadlines.remove(victim);
        deadlines.add(note("added"), 100);
      }),
      100,
    );
    deadlines.add(victim, 100);
    vi.advanceTimersByTime(1);
    deadlines.add(note("next"), 100);
    vi.advanceTimersByTime(500);
    expect(expired).toEqual(["next at 101", "added at 200"]);
  });

  test("agree with a plain list, whatever is added and removed when", () => {
    const steps = fc.array(
      fc.record({
        wait: fc.nat({ max: 40 }),
        timeout: fc.constantFrom(10, 50, 100),
        removes: fc.option(fc.nat()),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const deadlines = new Deadlines();
        const expired = new Map<number, number>();
        const made = list.map((_, i) => aDeadline(() => expired.set(i, performance.now())));
        const wanted = new Map<number, number>();
        list.forEach(({ wait, timeout, removes }, i) => {
          vi.advanceTimersByTime(wait);
          deadlines.add(made[i]!, timeout);
          wanted.set(i, performance.now() + timeout);
          const victim = removes === null ? i + 1 : removes % (i + 1);
          if (victim <= i && !expired.has(victim)) {
            deadlines.remove(made[victim]!);
            wanted.delete(victim);
          }
        });
        vi.advanceTimersByTime(1000);
        expect([...expired].sort(([a], [b]) => a - b)).toEqual([...wanted]);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });
});
