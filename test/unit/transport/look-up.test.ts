import { expect, test } from "vitest";
import { byTurns } from "../../../src/transport/look-up.ts";

const FOUND = [
  { address: "10.0.0.1", family: 4 },
  { address: "10.0.0.2", family: 4 },
  { address: "10.0.0.3", family: 4 },
  { address: "fd00::1", family: 6 },
];

test("the addresses of a name are tried in the system's order, the families by turns [DIAL-01] [DIAL-03]", () => {
  expect(byTurns(FOUND, false)).toEqual(["10.0.0.1", "fd00::1", "10.0.0.2", "10.0.0.3"]);
});

test("with randomize they are shuffled, and the system's better family still comes first [DIAL-03]", () => {
  const first = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const order = byTurns(FOUND, true);
    expect(order.toSorted()).toEqual(FOUND.map(({ address }) => address));
    expect(order[1]).toBe("fd00::1");
    first.add(order[0]!);
  }
  // One in 10^35 that an address never came first.
  expect(first.size).toBe(3);
});
