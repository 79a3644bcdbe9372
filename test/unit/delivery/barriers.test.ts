import { expect, test } from "vitest";
import { Barriers } from "../../../src/core/delivery/barriers.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Barriers with the names of those that were passed. */
function setUp() {
  const barriers = new Barriers();
  const passed: string[] = [];
  const add = (name: string, count: number, last: number): void =>
    void barriers.add(count, last).then(() => passed.push(name));
  return { barriers, passed, add };
}

test("a barrier before nothing is passed at once [BARRIER-02]", async () => {
  const { passed, add } = setUp();
  add("none", 0, 0);
  await turn();
  expect(passed).toEqual(["none"]);
});

test("a barrier is passed when all of its messages are gone, in any order [BARRIER-04]", async () => {
  const { barriers, passed, add } = setUp();
  add("1 and 2", 2, 2);
  add("all", 3, 3);
  for (const [number, expected] of [
    [2, []],
    [3, []],
    [1, ["1 and 2", "all"]],
  ] as const) {
    barriers.onGone(number);
    await turn();
    expect(passed).toEqual(expected);
  }
});

test("messages that came after a barrier, or were gone before, change nothing [BARRIER-07]", async () => {
  const { barriers, passed, add } = setUp();
  barriers.onGone(1);
  add("2 of 3", 2, 3);
  for (const later of [4, 5, 6]) barriers.onGone(later);
  barriers.onGone(3);
  await turn();
  expect(passed).toEqual([]);
  barriers.onGone(2);
  await turn();
  expect(passed).toEqual(["2 of 3"]);
});
