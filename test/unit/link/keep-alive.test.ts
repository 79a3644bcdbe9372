import { afterEach, describe, expect, test, vi } from "vitest";
import { KeepAlive } from "../../../src/core/link/keep-alive.ts";
import { useFakeTimers } from "../support/fake-timers.ts";

useFakeTimers();

/** A peer whose bytes the test decides on, and what keep-alive did to it. */
function keepAlive(pingInterval: number, maxPingsOut: number) {
  const done: string[] = [];
  let heard = 0;
  let stalled = false;
  let unconfirmed = false;
  const timer = new KeepAlive(
    { pingInterval, maxPingsOut },
    {
      heard: () => heard,
      isStalled: () => stalled,
      isUnconfirmed: () => unconfirmed,
      ping: () => done.push("ping"),
      onStale: () => {
        done.push("stale");
        timer.stop();
      },
    },
  );
  return {
    done,
    timer,
    hear: () => {
      heard++;
    },
    stall: (now: boolean) => {
      stalled = now;
    },
    owe: (now: boolean) => {
      unconfirmed = now;
    },
  };
}

describe("keep-alive", () => {
  test("asks a silent peer for a sign of life every interval, and gives it up in the end [FLUSH-14] [SC-11]", () => {
    const { done } = keepAlive(1000, 2);
    vi.advanceTimersByTime(999);
    expect(done).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(done).toEqual(["ping"]);
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["ping", "ping"]);
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["ping", "ping", "stale"]);
  });

  test("gives up after as many questions as maxPingsOut says [FLUSH-14]", () => {
    const { done } = keepAlive(1000, 1);
    vi.advanceTimersByTime(2000);
    expect(done).toEqual(["ping", "stale"]);
  });

  test("leaves a peer alone that was heard in the interval", () => {
    const { done, hear } = keepAlive(1000, 2);
    for (let i = 0; i < 10; i++) {
      hear();
      vi.advanceTimersByTime(1000);
    }
    expect(done).toEqual([]);
  });

  test("asks a peer that was heard only to confirm what was published, and never takes that for silence", () => {
    const { done, hear, owe, stall } = keepAlive(1000, 1);
    owe(true);
    for (let i = 0; i < 3; i++) {
      hear();
      vi.advanceTimersByTime(1000);
    }
    expect(done).toEqual(["ping", "ping", "ping"]);
    owe(false);
    hear();
    vi.advanceTimersByTime(1000);
    expect(done).toHaveLength(3);
    owe(true);
    stall(true);
    hear();
    vi.advanceTimersByTime(1000);
    // What can't leave would only lengthen the queue.
    expect(done).toHaveLength(3);
  });

  test("takes any byte as an answer to all its questions [FLUSH-15]", () => {
    const { done, hear } = keepAlive(1000, 2);
    vi.advanceTimersByTime(2000);
    hear();
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["ping", "ping"]);
    vi.advanceTimersByTime(2000);
    expect(done).toEqual(["ping", "ping", "ping", "ping"]);
    vi.advanceTimersByTime(1000);
    expect(done.at(-1)).toBe("stale");
  });

  /** The clock goes on by an hour before the next tick: an answer may not have come by then. */
  function oversleep(): void {
    const late = performance.now() + 3_600_000;
    const clock = vi.spyOn(performance, "now").mockReturnValue(late);
    vi.advanceTimersByTime(1000);
    clock.mockReturnValue(late + 1000);
  }

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("does not blame the peer for a pause of its own process", () => {
    const { done, hear } = keepAlive(1000, 1);
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["ping"]);
    oversleep();
    expect(done).toEqual(["ping"]);
    hear();
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["ping"]);
  });

  test("asks at once after such a pause, if nothing was asked before", () => {
    const { done } = keepAlive(1000, 1);
    oversleep();
    expect(done).toEqual(["ping"]);
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["ping", "stale"]);
  });

  test("does not take a pause of its own process for a peer that does not read", () => {
    const { done, hear, stall } = keepAlive(1000, 1);
    stall(true);
    oversleep();
    stall(false);
    hear();
    vi.advanceTimersByTime(1000);
    stall(true);
    vi.advanceTimersByTime(1000);
    expect(done).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["stale"]);
  });

  test("does blame a peer that is silent also after such a pause", () => {
    const { done } = keepAlive(1000, 1);
    vi.advanceTimersByTime(1000);
    oversleep();
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["ping", "stale"]);
  });

  test("works where every tick is late, as in a hidden tab", () => {
    const { done } = keepAlive(1000, 2);
    vi.spyOn(performance, "now").mockImplementation(() => Date.now() * 60);
    const ticks: string[] = [];
    for (let tick = 1; tick <= 3; tick++) {
      vi.advanceTimersByTime(1000);
      ticks.push(done.at(-1)!);
    }
    expect(ticks).toEqual(["ping", "ping", "stale"]);
  });

  test("leaves a peer alone that answers where every tick is late", () => {
    const { done, hear } = keepAlive(1000, 1);
    vi.spyOn(performance, "now").mockImplementation(() => Date.now() * 60);
    for (let tick = 1; tick <= 6; tick++) {
      if (tick % 2 === 0) hear();
      vi.advanceTimersByTime(1000);
    }
    expect(done).toEqual(["ping", "ping", "ping"]);
  });

  test("is off with an interval of 0 [OPT-10]", () => {
    const { done } = keepAlive(0, 2);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1_000_000);
    expect(done).toEqual([]);
  });

  test("leaves no timer behind when it is stopped [FLUSH-17] [SC-40]", () => {
    const { done, timer } = keepAlive(1000, 2);
    timer.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(done).toEqual([]);
  });

  test("gives up a peer that speaks and does not read, without asking what can't be heard [R33]", () => {
    const { done, hear, stall } = keepAlive(1000, 2);
    stall(true);
    for (let tick = 1; tick <= 2; tick++) {
      hear();
      vi.advanceTimersByTime(1000);
      expect(done).toEqual([]);
    }
    hear();
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["stale"]);
  });

  test("forgives a stall that ends", () => {
    const { done, hear, stall } = keepAlive(1000, 1);
    for (const now of [true, false, true, false]) {
      stall(now);
      hear();
      vi.advanceTimersByTime(1000);
    }
    expect(done).toEqual([]);
  });

  test("takes an answer to a probe for one, also when a tick has seen it first", () => {
    const { done, hear, timer } = keepAlive(1000, 2);
    vi.advanceTimersByTime(900);
    timer.probe(500);
    hear();
    // The tick looks between the answer and the end of the probe.
    vi.advanceTimersByTime(1000);
    expect(done).toEqual(["ping"]);
  });

  test("takes what a probe has seen for a sign of life, and a silent peer for stale", () => {
    const { done, hear, timer } = keepAlive(1000, 2);
    vi.advanceTimersByTime(100);
    hear();
    timer.probe(500);
    vi.advanceTimersByTime(600);
    expect(done).toEqual(["ping", "stale"]);
  });
});
