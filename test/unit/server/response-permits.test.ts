import { expect, test } from "vitest";
import { ResponsePermits } from "../../../src/server/auth/response-permits.ts";

test("a permit is good as often as the rule says, and for as long", () => {
  const permits = new ResponsePermits({ max: 2, expires: 100 });
  permits.give("a", 0);
  expect([permits.use("a", 1), permits.use("a", 2), permits.use("a", 3)]).toEqual([true, true, false]);
  permits.give("b", 10);
  expect([permits.use("b", 110), permits.use("b", 111)]).toEqual([true, false]);
  expect(permits.use("c", 111)).toBe(false);
});

test("a permit that is given again is new", () => {
  const permits = new ResponsePermits({ max: 1, expires: 100 });
  permits.give("a", 0);
  permits.give("b", 50);
  permits.give("a", 90);
  expect(permits.use("a", 180)).toBe(true);
  expect(permits.use("b", 180)).toBe(false);
});

test("no limit of uses, and none of time", () => {
  const often = new ResponsePermits({ max: -1, expires: 100 });
  const long = new ResponsePermits({ max: 1, expires: -1 });
  for (const permits of [often, long]) permits.give("a", 0);
  for (let i = 0; i < 10; i++) expect(often.use("a", i)).toBe(true);
  expect(long.use("a", 1e12)).toBe(true);
});

const MANY = 40_000;

test("nothing is kept of permits that were used up", () => {
  const permits = new ResponsePermits({ max: 1, expires: 120_000 });
  let most = 0;
  for (let i = 0; i < MANY; i++) {
    permits.give(`reply.${i}`, i);
    most = Math.max(most, permits.size);
    permits.use(`reply.${i}`, i);
  }
  expect(most).toBe(1);
});

test("of those that are never used only what has not expired is kept, whoever uses none of them", () => {
  const permits = new ResponsePermits({ max: 1, expires: 1000 });
  for (let now = 0; now < MANY; now++) permits.give(`reply.${now}`, now);
  expect(permits.size).toBe(1001);
  permits.give("later", MANY * 2);
  expect(permits.size).toBe(1);
});

test("a permit more or less costs the same, however many there are", () => {
  const permits = new ResponsePermits({ max: 1, expires: 120_000 });
  const looks = countLooks(() => {
    for (let i = 0; i < MANY; i++) permits.give(`kept.${i}`, 0);
    for (let i = 0; i < MANY; i++) {
      permits.give(`reply.${i}`, 1);
      permits.use(`reply.${i}`, 1);
    }
  });
  expect(permits.size).toBe(MANY);
  expect(looks).toBeLessThan(5 * MANY);
});

/** How many entries of maps are walked over meanwhile. */
function countLooks(work: () => void): number {
  const { next } = MAP_ITERATOR;
  let looks = 0;
  MAP_ITERATOR.next = function (this: Iterator<unknown>) {
    looks++;
    return next.call(this);
  };
  try {
    work();
  } finally {
    MAP_ITERATOR.next = next;
  }
  return looks;
}

const MAP_ITERATOR = Object.getPrototypeOf(new Map().entries()) as { next: () => IteratorResult<unknown> };
