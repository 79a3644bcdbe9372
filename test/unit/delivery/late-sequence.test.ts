import { describe, expect, test } from "vitest";
import type { ItemSource } from "../../../src/core/delivery/async-sequence.ts";
import { LateSequence } from "../../../src/core/delivery/late-sequence.ts";
import { rejection } from "../auth/support.ts";

/** Counts to `last`; `ended` is called when the application ends it. */
function counting(last: number, ended: () => void = () => undefined): ItemSource<number> {
  let value = 0;
  let isOver = false;
  return {
    next: async () =>
      isOver || value === last ? { value: undefined, done: true } : { value: ++value, done: false },
    return: async () => {
      isOver = true;
      ended();
      return { value: undefined, done: true };
    },
  };
}

describe("a sequence whose code is loaded late", () => {
  test("is loaded once, when its first item is asked for", async () => {
    let loads = 0;
    const sequence = new LateSequence(async () => {
      loads++;
      return counting(3);
    });
    expect(loads).toBe(0);
    const asked = [sequence.next(), sequence.next()];
    expect(await Promise.all(asked)).toEqual([
      { value: 1, done: false },
      { value: 2, done: false },
    ]);
    const rest: number[] = [];
    for await (const value of sequence) rest.push(value);
    expect([rest, loads]).toEqual([[3], 1]);
  });

  test("tells that it could not be loaded, and tries again", async () => {
    const failure = new Error("offline");
    const loads = [Promise.reject(failure), Promise.resolve(counting(1))];
    const sequence = new LateSequence(async () => await loads.shift()!);
    expect(await rejection(() => sequence.next())).toBe(failure);
    expect(await sequence.next()).toEqual({ value: 1, done: false });
  });

  test("loads nothing if it is ended before it began", async () => {
    let loads = 0;
    const sequence = new LateSequence<number>(async () => {
      loads++;
      return counting(1);
    });
    await sequence[Symbol.asyncDispose]();
    expect(await sequence.next()).toEqual({ value: undefined, done: true });
    expect(loads).toBe(0);
  });

  test("ends what is being loaded, which is asked for nothing then", async () => {
    let ends = 0;
    const source = counting(1, () => ends++);
    const sequence = new LateSequence(async () => source);
    const asked = sequence.next();
    await sequence.return();
    expect(await asked).toEqual({ value: undefined, done: true });
    expect(ends).toBeGreaterThan(0);
    expect(await source.next()).toEqual({ value: undefined, done: true });
  });
});
