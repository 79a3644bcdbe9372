import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReadBudget } from "../../../src/object-store/get/read-budget.ts";
import type { ReadShare } from "../../../src/object-store/get/read-share.ts";

const MEBI = 1024 * 1024;

/** One who reads: so many messages of a size; what it holds it takes when it is told to. */
class Reader {
  readonly share: ReadShare;
  readonly bytes: number;
  onTheWay = 0;
  held = 0;
  left: number;
  pulls = 0;
  #received = 0;

  constructor(budget: ReadBudget, messages: number, bytes: number, most = 64) {
    this.bytes = bytes;
    this.left = messages;
    this.share = budget.share(bytes, most);
    this.share.open((granted) => {
      this.onTheWay += granted;
      this.left -= granted;
      this.pulls += 1;
      this.#tell();
    });
    this.#tell();
  }

  come(messages = 1): void {
    const count = Math.min(messages, this.onTheWay);
    this.onTheWay -= count;
    this.held += count;
    this.#received += count;
    this.#tell();
  }

  take(messages = this.held): void {
    this.held -= Math.min(messages, this.held);
    this.#tell();
    if (this.isDone) this.share.close();
  }

  /** What was on the way comes no more: its link is lost. It wants it all the same. */
  lose(): void {
    this.left += this.onTheWay;
    this.onTheWay = 0;
    this.#tell();
  }

  get isDone(): boolean {
    return this.left + this.onTheWay + this.held === 0;
  }

  #tell(): void {
    this.share.onChange(this.onTheWay, this.held, this.left, this.#received);
  }
}

function onTheWay(readers: readonly Reader[]): number {
  return readers.reduce((sum, reader) => sum + reader.onTheWay * reader.bytes, 0);
}

describe("gets of one connection", () => {
  it("[OBJ-07] one alone has its whole window, and asks for more when half of that is free", () => {
    const reader = new Reader(new ReadBudget(), 1000, 131_072);
    expect(reader.onTheWay).toBe(64);
    reader.come(64);
    reader.take(31);
    expect(reader.onTheWay).toBe(0);
    reader.take(1);
    expect(reader.onTheWay).toBe(32);
  });

  it("[OBJ-07] have 32 MiB on their way together, of which each one has some", () => {
    const budget = new ReadBudget();
    const readers = Array.from({ length: 200 }, () => new Reader(budget, 100, 131_072));
    for (let round = 0; round < 3; round++) {
      expect(onTheWay(readers)).toBeLessThanOrEqual(32 * MEBI);
      for (const reader of readers) {
        reader.come(64);
        reader.take();
      }
    }
    expect(readers.every(({ pulls }) => pulls > 0)).toBe(true);
  });

  it("[OBJ-07] hold 64 MiB together, or a message each", () => {
    const budget = new ReadBudget();
    const readers: Reader[] = [];
    for (let i = 0; i < 100; i++) readers.push(new Reader(budget, 1000, 131_072));
    for (let round = 0; round < 100; round++) for (const reader of readers) reader.come(64);
    // The first ones were alone, and had more.
    const last = readers.slice(20).reduce((sum, { held, bytes }) => sum + held * bytes, 0);
    expect(last).toBeLessThanOrEqual(64 * MEBI);
    const before = readers.at(-1)!.held;
    for (const reader of readers.slice(0, 90)) reader.share.close();
    expect(readers.at(-1)!.onTheWay).toBeGreaterThan(before);
  });

  it("[OBJ-07] that take nothing keep nobody else waiting", () => {
    const budget = new ReadBudget();
    const stalled = Array.from({ length: 50 }, () => new Reader(budget, 1000, 131_072));
    for (let round = 0; round < 100; round++) for (const reader of stalled) reader.come(64);
    expect(stalled.every(({ held, onTheWay: coming }) => held > 0 && coming === 0)).toBe(true);
    const reader = new Reader(budget, 1000, 131_072);
    expect(reader.onTheWay).toBeGreaterThan(1);
    for (let round = 0; round < 2000 && !reader.isDone; round++) {
      reader.come();
      reader.take();
    }
    expect(reader.isDone).toBe(true);
  });

  it("[OBJ-07] that are left give their room to others", () => {
    const budget = new ReadBudget();
    const half = (): Reader => new Reader(budget, 1, 16 * MEBI);
    const [left, other, waiting] = [half(), half(), half()];
    expect([left, other, waiting].map((reader) => reader.onTheWay)).toEqual([1, 1, 0]);
    left.share.close();
    expect(waiting.onTheWay).toBe(1);
  });

  it("[OBJ-07] have a message larger than all the room, one after another", () => {
    const budget = new ReadBudget();
    const readers = Array.from({ length: 3 }, () => new Reader(budget, 2, 50 * MEBI));
    for (let i = 0; i < 6; i++) {
      const coming = readers.filter((reader) => reader.onTheWay > 0);
      expect(coming).toHaveLength(1);
      coming[0]!.come();
      coming[0]!.take();
    }
    expect(readers.every(({ isDone }) => isDone)).toBe(true);
  });

  it("[OBJ-07] all end, whatever their sizes are and in which order things happen", () => {
    const someone = fc.record({
      messages: fc.integer({ min: 1, max: 40 }),
      kibi: fc.integer({ min: 1, max: 9000 }),
    });
    const steps = fc.array(fc.nat(), { maxLength: 200 });
    fc.assert(
      fc.property(fc.array(someone, { minLength: 1, maxLength: 30 }), steps, (all, choices) => {
        const budget = new ReadBudget();
        const readers = all.map(({ messages, kibi }) => new Reader(budget, messages, kibi * 1024));
        const check = (): void => expect(onTheWay(readers)).toBeLessThanOrEqual(32 * MEBI);
        for (const choice of choices) {
          const reader = readers[choice % readers.length]!;
          if (choice % 2 === 0) reader.come(choice % 7);
          else reader.take(choice % 5);
          check();
        }
        for (let round = 0; readers.some(({ isDone }) => !isDone); round++) {
          expect(round).toBeLessThan(10_000);
          for (const reader of readers) {
            reader.come();
            reader.take();
          }
          check();
        }
      }),
    );
  });
});

describe("what a server has not got", () => {
  it("[OBJ-07] keeps no room, though it was asked for", () => {
    const budget = new ReadBudget();
    const stalled = Array.from({ length: 4 }, () => new Reader(budget, 32, MEBI, 8));
    const reader = new Reader(budget, 4, MEBI, 8);
    expect(reader.onTheWay).toBe(0);
    stalled[0]!.share.onIdle();
    expect(reader.onTheWay).toBe(4);
    // It comes after all, or is given up: the room is what it was.
    stalled[0]!.come(3);
    stalled[0]!.share.close();
    const another = new Reader(budget, 8, MEBI, 8);
    expect(another.onTheWay).toBe(4);
  });
});

describe("a call", () => {
  it("[OBJ-07] is made when there is room, and gives it back however it ends", async () => {
    const budget = new ReadBudget();
    const ends: (() => void)[] = [];
    const calls = Array.from({ length: 40 }, (_, i) =>
      budget.call(MEBI, async () => {
        await new Promise<void>((resolve) => ends.push(resolve));
        if (i % 2 === 0) throw new Error("refused");
        return i;
      }),
    );
    const settled = Promise.allSettled(calls);
    let made = 0;
    while (made < 40) {
      await Promise.resolve();
      expect(ends.length).toBeLessThanOrEqual(8);
      for (const end of ends.splice(0)) {
        made += 1;
        end();
      }
    }
    expect((await settled).filter(({ status }) => status === "fulfilled")).toHaveLength(20);
  });
});

describe("whose turn it is", () => {
  it("[OBJ-07] it is that of others while one may not ask, or as long as what they asked for before comes", () => {
    const budget = new ReadBudget();
    const first = Array.from({ length: 8 }, () => new Reader(budget, 32, MEBI, 8));
    const last = new Reader(budget, 2, MEBI, 8);
    expect(last.onTheWay).toBe(0);
    // Nothing comes to anybody.
    expect(last.share.isOthersTurn()).toBe(false);
    first[0]!.come();
    expect(last.onTheWay).toBe(0);
    expect(last.share.isOthersTurn()).toBe(true);
    expect(last.share.isOthersTurn()).toBe(false);
    for (const reader of first.slice(0, 4)) reader.come(8);
    expect(last.onTheWay).toBe(2);
    // Something of others came after that, and nothing since.
    expect(last.share.isOthersTurn()).toBe(true);
    expect(last.share.isOthersTurn()).toBe(false);
    first[4]!.come();
    expect(last.share.isOthersTurn()).toBe(true);
    // Nothing comes to anybody.
    expect(last.share.isOthersTurn()).toBe(false);
    // By now it should have come.
    for (let i = 0; i < 40; i++)
      for (const reader of first) {
        reader.come();
        reader.take();
      }
    expect(last.share.isOthersTurn()).toBe(false);
  });

  it("[OBJ-07] it is that of others as long as one may not ask, however much comes to them", () => {
    const budget = new ReadBudget();
    const first = Array.from({ length: 80 }, () => new Reader(budget, 8, MEBI, 8));
    const last = new Reader(budget, 1, MEBI, 8);
    let come = 0;
    for (const reader of first) {
      if (come === 40) break;
      come += reader.onTheWay;
      reader.come(8);
    }
    expect(come).toBeGreaterThan(32);
    expect(last.onTheWay).toBe(0);
    expect(last.share.isOthersTurn()).toBe(true);
  });

  it("[OBJ-07] it is not that of others while what they asked for is lost: the time of each one runs", () => {
    const budget = new ReadBudget();
    const others = Array.from({ length: 3 }, () => new Reader(budget, 32, MEBI, 8));
    const last = new Reader(budget, 2, MEBI, 8);
    expect(last.onTheWay).toBe(2);
    for (const other of others) other.lose();
    expect(last.share.isOthersTurn()).toBe(false);
    others[0]!.come();
    expect(last.share.isOthersTurn()).toBe(true);
  });
});
