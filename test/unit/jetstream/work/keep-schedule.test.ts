import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeepSchedule, type Kept } from "../../../../src/jetstream/work/keep-schedule.ts";

function kept(deadline: number, wait = deadline): Kept {
  return { deadline, wait, extendAt: Infinity, keptUntil: Infinity };
}

describe("the schedule of signs of life", () => {
  it("[JS-MSG-08] a sign is due at half of the wait, and again", () => {
    const schedule = new KeepSchedule({ extend: true });
    const item = kept(1000);
    schedule.keep(item, 10_000);
    expect(schedule.nextAt).toBe(500);
    expect(schedule.due(500)).toEqual({ extend: [item], over: [] });
    expect(item.deadline).toBe(1500);
    expect(schedule.nextAt).toBe(1000);
    expect(schedule.due(1000).extend).toEqual([item]);
  });

  it("[JS-MSG-08] signs that are due soon go along, so that many messages need few looks", () => {
    const schedule = new KeepSchedule({ extend: true });
    const items = Array.from({ length: 1000 }, (_, i) => kept(1000 + i, 1000));
    for (const item of items) schedule.keep(item, 10_000);
    let looks = 0;
    let signs = 0;
    while (schedule.nextAt < 2500) {
      signs += schedule.due(schedule.nextAt).extend.length;
      looks++;
    }
    expect(signs).toBeGreaterThanOrEqual(3000);
    expect(looks).toBeLessThan(50);
  });

  it("[JS-MSG-08] a message is kept for so long and no longer", () => {
    const schedule = new KeepSchedule({ extend: true });
    const item = kept(1000);
    schedule.keep(item, 1200);
    schedule.due(500);
    schedule.due(1000);
    expect(schedule.nextAt).toBe(1200);
    expect(schedule.due(1200)).toEqual({ extend: [], over: [item] });
    expect(schedule.nextAt).toBe(Infinity);
    expect(schedule.due(5000)).toEqual({ extend: [], over: [] });
  });

  it("[JS-MSG-08] the time may begin anew", () => {
    const schedule = new KeepSchedule({ extend: true });
    const item = kept(1000);
    schedule.keep(item, 400);
    schedule.keep(item, 2000);
    expect(schedule.due(500)).toEqual({ extend: [item], over: [] });
  });

  it("[JS-MSG-08] a sign that can't be given is due again soon, and its message is not safe", () => {
    const schedule = new KeepSchedule({ extend: true });
    const item = kept(1000);
    schedule.keep(item, 10_000);
    expect(schedule.due(500, false)).toEqual({ extend: [], over: [] });
    expect(item.deadline).toBe(1000);
    expect(schedule.nextAt).toBe(750);
    expect(schedule.due(750, true).extend).toEqual([item]);
    expect(item.deadline).toBe(1750);
  });

  it("[JS-MSG-08] without signs of life a message is kept until its deadline", () => {
    const schedule = new KeepSchedule({ extend: false });
    const item = kept(1000);
    schedule.keep(item, Infinity);
    expect(schedule.nextAt).toBe(1000);
    expect(schedule.due(999)).toEqual({ extend: [], over: [] });
    expect(schedule.due(1000)).toEqual({ extend: [], over: [item] });
  });

  it("[JS-MSG-08] what is released is forgotten, and what comes never again needs no sign", () => {
    const schedule = new KeepSchedule({ extend: true });
    const item = kept(1000);
    schedule.keep(item, 10_000);
    schedule.release(item);
    expect(schedule.nextAt).toBe(Infinity);
    const forever = kept(Infinity);
    schedule.keep(forever, 300);
    expect(schedule.nextAt).toBe(300);
    expect(schedule.due(300)).toEqual({ extend: [], over: [forever] });
    schedule.keep(forever, Infinity);
    expect(schedule.nextAt).toBe(Infinity);
  });

  it("[JS-MSG-08] as long as somebody looks in time, no deadline is missed before the end", () => {
    const waits = fc.array(fc.integer({ min: 50, max: 1000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(waits, fc.integer({ min: 1, max: 2000 }), (all, upTo) => {
        const schedule = new KeepSchedule({ extend: true });
        const items = all.map((wait) => kept(wait));
        for (const item of items) schedule.keep(item, upTo);
        const over = new Set<Kept>();
        let looks = 0;
        for (let now = schedule.nextAt; now < Infinity; now = schedule.nextAt) {
          expect(++looks).toBeLessThan(10_000);
          expect(items.some((item) => !over.has(item) && now >= item.deadline)).toBe(false);
          for (const item of schedule.due(now).over) over.add(item);
        }
        expect(over.size).toBe(items.length);
      }),
    );
  });
});
