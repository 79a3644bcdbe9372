import { describe, expect, it } from "vitest";
import { BatchClock } from "../../../../src/jetstream/work/batch-clock.ts";

describe("the clock of batches", () => {
  it("[JS-MSG-08] a batch is due when it is full", () => {
    const clock = new BatchClock({ size: 3, within: 100 });
    expect(clock.isDue(2, 0)).toBe(false);
    expect(clock.isDue(3, 1)).toBe(true);
  });

  it("[JS-MSG-08] a batch is due when its first message has waited for long enough", () => {
    const clock = new BatchClock({ size: 3, within: 100 });
    expect(clock.dueAt).toBe(Infinity);
    expect(clock.isDue(1, 50)).toBe(false);
    expect(clock.isDue(2, 149)).toBe(false);
    expect(clock.dueAt).toBe(150);
    expect(clock.isDue(2, 150)).toBe(true);
  });

  it("[JS-MSG-08] what is left of a batch begins to wait anew; nothing is never due", () => {
    const clock = new BatchClock({ size: 2, within: 100 });
    expect(clock.isDue(3, 0)).toBe(true);
    clock.restart(1, 40);
    expect(clock.dueAt).toBe(140);
    clock.restart(0, 50);
    expect(clock.dueAt).toBe(Infinity);
    expect(clock.isDue(0, 1000)).toBe(false);
    expect(clock.isDue(1, 1000)).toBe(false);
    expect(clock.isDue(0, 1050)).toBe(false);
    expect(clock.dueAt).toBe(Infinity);
  });

  it("[JS-MSG-08] a window of no time hands out at once", () => {
    const clock = new BatchClock({ size: 10, within: 0 });
    expect(clock.isDue(1, 5)).toBe(true);
    expect(clock.isDue(0, 5)).toBe(false);
  });
});
