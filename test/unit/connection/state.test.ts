import { describe, expect, test } from "vitest";
import { type InnerState, MOVES, StateMachine } from "../../../src/core/connection/state.ts";

const STATES: readonly InnerState[] = [
  "connecting",
  "connected",
  "reconnecting",
  "draining",
  "flushing",
  "closed",
];

/** Written down here once more on purpose: a change of the table is a change of what is promised. */
const LEGAL: readonly string[] = [
  "connecting → connected", // STAT-05
  "connecting → closed", // STAT-06
  "connecting → reconnecting", // CONN-12: a first connect in the background
  "connected → reconnecting", // STAT-08
  "connected → draining", // STAT-10
  "connected → closed", // STAT-09
  "reconnecting → connected",
  "reconnecting → draining",
  "reconnecting → closed", // STAT-07
  "draining → flushing", // STAT-10
  "draining → closed", // STAT-08: never reconnecting
  "flushing → closed", // STAT-10
];

/** The shortest way to each state. */
const WAYS: Readonly<Record<InnerState, readonly InnerState[]>> = {
  connecting: [],
  connected: ["connected"],
  reconnecting: ["connected", "reconnecting"],
  draining: ["connected", "draining"],
  flushing: ["connected", "draining", "flushing"],
  closed: ["closed"],
};

function machineIn(state: InnerState): StateMachine {
  const machine = new StateMachine();
  for (const step of WAYS[state]) machine.move(step);
  return machine;
}

const pairs = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));

describe("the state of a connection", () => {
  test("is connecting at first", () => {
    expect(new StateMachine().current).toBe("connecting");
  });

  test.each(pairs.filter(([from, to]) => LEGAL.includes(`${from} → ${to}`)))(
    "may go from %s to %s",
    (from, to) => {
      const machine = machineIn(from);
      machine.move(to);
      expect(machine.current).toBe(to);
    },
  );

  test.each(pairs.filter(([from, to]) => !LEGAL.includes(`${from} → ${to}`)))(
    "never goes from %s to %s, and stays as it is [STAT-08] [STAT-11]",
    (from, to) => {
      const machine = machineIn(from);
      expect(() => machine.move(to)).toThrow(`illegal move from ${from} to ${to}`);
      expect(machine.current).toBe(from);
    },
  );

  test("has a table with just these moves", () => {
    const moves = Object.entries(MOVES).flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`));
    expect(moves.sort()).toEqual([...LEGAL].sort());
  });
});
