import { describe, expect, test } from "vitest";
import { isTime, isZone, timeLeft } from "../../../src/server/auth/connect-times.ts";

const HOUR = 3_600_000;
/** In winter. */
const NOON = Date.UTC(2026, 0, 15, 12);

function range(start: string, end: string): { start: string; end: string } {
  return { start: `${start}:00`, end: `${end}:00` };
}

describe("times of the day", () => {
  test.each([
    ["within a range", [range("11:00", "14:00")], 2 * HOUR],
    ["before it", [range("13:00", "14:00")], undefined],
    ["after it", [range("10:00", "11:00")], undefined],
    ["at its very start", [range("12:00", "14:00")], undefined],
    ["at its very end", [range("11:00", "12:00")], undefined],
    ["before the midnight that it crosses", [range("11:00", "02:00")], 14 * HOUR],
    ["after it", [range("14:00", "13:00")], HOUR],
    ["outside of one that crosses it", [range("22:00", "06:00")], undefined],
    ["in the longer one of two", [range("11:00", "13:00"), range("10:00", "15:00")], 3 * HOUR],
    ["in the second one of two", [range("00:00", "01:00"), range("11:00", "13:00")], HOUR],
    ["without ranges", [], Infinity],
    ["with one that can't be read", [range("11:00", "13:00"), range("1", "2")], undefined],
  ])("%s", (_where, ranges, left) => {
    expect(timeLeft(ranges, "UTC", NOON)).toBe(left);
  });

  test("are those of a place", () => {
    const ranges = [range("06:30", "07:30")];
    expect(timeLeft(ranges, "America/New_York", NOON)).toBe(HOUR / 2);
    expect(timeLeft(ranges, "Asia/Tokyo", NOON)).toBeUndefined();
    expect(timeLeft(ranges, "Nowhere/None", NOON)).toBeUndefined();
  });

  test("count milliseconds", () => {
    expect(timeLeft([range("11:00", "13:00")], "UTC", NOON + 250)).toBe(HOUR - 250);
  });

  test("are written as hours, minutes and seconds", () => {
    expect(["08:00:00", "8:00:00", "23:59:59"].map(isTime)).toEqual([true, true, true]);
    expect(["24:00:00", "12:60:00", "12:00:60", "12:00", "", undefined].map(isTime)).not.toContain(true);
    expect(["", "UTC", "Europe/Berlin", "Nowhere/None"].map(isZone)).toEqual([true, true, true, false]);
  });
});
