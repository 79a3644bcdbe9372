import { describe, expect, test } from "vitest";
import { AsyncSequence, DONE } from "../../../src/core/delivery/async-sequence.ts";
import { SelectedSequence } from "../../../src/core/delivery/selected-sequence.ts";
import { rejection } from "../auth/support.ts";

/** Hands out values, and fails behind them if it is to. */
class Given extends AsyncSequence<number> {
  readonly #values: number[];
  readonly #failure: Error | undefined;
  /** How often it was ended early. */
  returns = 0;

  constructor(values: readonly number[], failure?: Error) {
    super();
    this.#values = [...values];
    this.#failure = failure;
  }

  async next(): Promise<IteratorResult<number, undefined>> {
    const value = this.#values.shift();
    if (value !== undefined) return { value, done: false };
    if (this.#failure !== undefined) throw this.#failure;
    return DONE;
  }

  async return(): Promise<IteratorResult<number, undefined>> {
    this.#values.length = 0;
    this.returns++;
    return DONE;
  }
}

describe("a sequence", () => {
  test("becomes an array of what is still to come", async () => {
    const sequence = new Given([1, 2, 3]);
    await sequence.next();
    expect(await sequence.toArray()).toEqual([2, 3]);
    expect(await sequence.toArray()).toEqual([]);
    expect(sequence.returns).toBe(0);
  });

  test("becomes no array if it fails", async () => {
    const failure = new Error("broken");
    expect(await rejection(() => new Given([1], failure).toArray())).toBe(failure);
  });

  test("is ended by a loop that is left, and by disposing it", async () => {
    const sequence = new Given([1, 2, 3]);
    for await (const value of sequence) if (value === 2) break;
    expect(sequence.returns).toBe(1);
    await sequence[Symbol.asyncDispose]();
    expect(sequence.returns).toBe(2);
    expect(await sequence.toArray()).toEqual([]);
  });
});

describe("a selected sequence", () => {
  test("leaves out what nothing is made of", async () => {
    const even = new SelectedSequence(new Given([1, 2, 3, 4]), (n) => (n % 2 === 0 ? `${n}` : undefined));
    expect(await even.toArray()).toEqual(["2", "4"]);
  });

  test("ends what it selects from when it is left", async () => {
    const given = new Given([1, 2, 3]);
    for await (const _ of new SelectedSequence(given, (n) => n)) break;
    expect(given.returns).toBe(1);
  });

  test("ends what it selects from when an item can't be made something of", async () => {
    const given = new Given([1, 2, 3]);
    const failure = new Error("unreadable");
    const selected = new SelectedSequence(given, () => {
      throw failure;
    });
    expect(await rejection(() => selected.next())).toBe(failure);
    expect(given.returns).toBe(1);
    expect((await selected.next()).done).toBe(true);
  });
});
