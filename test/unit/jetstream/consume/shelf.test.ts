import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ShelfRenewal } from "../../../../src/jetstream/consume/shelf-renewal.ts";
import { Shelf } from "../../../../src/jetstream/consume/shelf.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets time pass, and the turn end. */
async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

function setUp() {
  const stale: [string, number][] = [];
  const shelf = new Shelf<string>({ onStale: (message, age) => void stale.push([message, Math.round(age)]) });
  return { shelf, stale, in: (milliseconds: number) => performance.now() + milliseconds };
}

describe("a shelf", () => {
  it("hands out in order of arrival, however many lie there", () => {
    const { shelf } = setUp();
    const texts = Array.from({ length: 1000 }, (_, i) => `${i}`);
    const taken: (string | undefined)[] = [];
    for (const text of texts) {
      shelf.push(text, Infinity);
      if (Number(text) % 3 === 0) taken.push(shelf.shift());
    }
    expect([...shelf]).toEqual(texts.slice(taken.length));
    while (shelf.length > 0) taken.push(...shelf.take(7));
    expect(taken).toEqual(texts);
    expect(shelf.shift()).toBeUndefined();
    expect(shelf.take(5)).toEqual([]);
  });

  it("[JS-MSG-10] drops what is past its deadline, and tells its age", async () => {
    const { shelf, stale, in: at } = setUp();
    shelf.push("old", at(100));
    shelf.push("kept", Infinity);
    await pass(60);
    shelf.push("young", at(100));
    await pass(60);
    expect(shelf.take(10)).toEqual(["kept", "young"]);
    expect(stale).toEqual([["old", 120]]);
    shelf.push("late", at(-1));
    expect(shelf.shift()).toBeUndefined();
    expect(stale[1]![0]).toBe("late");
  });

  it("gives up all that is left, however old", async () => {
    const { shelf, stale, in: at } = setUp();
    for (let i = 0; i < 100; i++) shelf.push(`${i}`, at(10));
    await pass(20);
    expect(shelf.clear()).toHaveLength(100);
    expect([shelf.length, stale.length]).toEqual([0, 0]);
    shelf.push("next", Infinity);
    expect(shelf.shift()).toBe("next");
  });
});

describe("renewal", () => {
  it("[JS-MSG-10] extends each message from half of its wait on, by one timer", async () => {
    const { shelf, stale, in: at } = setUp();
    const renewed: string[] = [];
    const renewal = new ShelfRenewal(shelf, (message) => renewed.push(message) > 0);
    const put = (message: string, wait: number): void => {
      shelf.push(message, at(wait));
      renewal.onPushed(at(wait));
    };
    put("long", 1000);
    put("short", 200);
    expect(vi.getTimerCount()).toBe(1);
    await pass(95);
    expect(renewed).toEqual([]);
    await pass(10);
    expect(renewed).toEqual(["short"]);
    await pass(2000);
    expect(renewed.filter((message) => message === "long").length).toBeGreaterThanOrEqual(3);
    expect(vi.getTimerCount()).toBe(1);
    expect(shelf.take(2)).toEqual(["long", "short"]);
    expect(stale).toEqual([]);
    await pass(2000);
    expect(vi.getTimerCount()).toBe(0);
    renewal.stop();
  });

  it("tries again what can't be told now, and gives up what is stale", async () => {
    const { shelf, stale, in: at } = setUp();
    let tries = 0;
    const renewal = new ShelfRenewal(shelf, () => ++tries > 100);
    shelf.push("lost", at(400));
    renewal.onPushed(at(400));
    await pass(1000);
    expect(tries).toBeGreaterThan(1);
    expect(shelf.shift()).toBeUndefined();
    expect(stale).toHaveLength(1);
    renewal.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
