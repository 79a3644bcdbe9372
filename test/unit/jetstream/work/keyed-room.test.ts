import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyedRoom } from "../../../../src/jetstream/work/keyed-room.ts";

interface Item {
  readonly key: string;
  readonly n: number;
}

const item = (key: string, n: number): Item => ({ key, n });

function filled(...items: readonly Item[]): KeyedRoom<Item> {
  const room = new KeyedRoom<Item>();
  for (const one of items) room.push(one);
  return room;
}

const [a1, a2, b3, a4] = [item("a", 1), item("a", 2), item("b", 3), item("a", 4)];

describe("a room with a lane for each key", () => {
  it("[JS-MSG-08] hands out one of each key", () => {
    const room = filled(a1, a2, b3);
    expect(room.take(1)).toEqual([a1]);
    expect(room.take(1)).toEqual([b3]);
    expect(room.take(1)).toEqual([]);
    room.done(a1);
    expect(room.take(1)).toEqual([a2]);
  });

  it("[JS-MSG-08] puts several of one key into one batch, in order", () => {
    const room = filled(a1, b3, a2);
    expect(room.take(3)).toEqual([a1, a2, b3]);
    room.push(a4);
    expect(room.free).toBe(0);
    room.done(a1);
    expect(room.free).toBe(0);
    room.done(a2);
    expect(room.free).toBe(1);
    expect(room.take(3)).toEqual([a4]);
  });

  it("[JS-MSG-08] says which wait, and takes them out one by one or all", () => {
    const room = filled(a1, a2, b3, a4);
    expect(room.take(1)).toEqual([a1]);
    expect(room.remove(a1)).toBe(false);
    expect(room.remove(a2)).toBe(true);
    expect(room.waiting).toEqual([a4, b3]);
    expect(room.remove(b3)).toBe(true);
    expect(room.free).toBe(0);
    expect(room.clear()).toEqual([a4]);
    expect(room.waiting).toEqual([]);
    room.done(a1);
    room.push(a2);
    expect(room.take(1)).toEqual([a2]);
  });

  it("[JS-MSG-08] keeps the order of each key, one at a time, loses none, and knows how many are free", () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant("push" as const), key: fc.constantFrom("a", "b", "c") }),
      fc.record({ type: fc.constant("take" as const), max: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ type: fc.constant("done" as const), at: fc.nat(9) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const room = new KeyedRoom<Item>();
        const inHand: (readonly Item[])[] = [];
        const handled: Item[] = [];
        let pushed = 0;
        for (const one of steps) {
          if (one.type === "push") room.push(item(one.key, pushed++));
          else if (one.type === "take") {
            const busy = new Set(inHand.flat().map(({ key }) => key));
            const free = room.waiting.filter(({ key }) => !busy.has(key));
            expect(room.free).toBe(free.length);
            const taken = room.take(one.max);
            expect(taken).toHaveLength(Math.min(one.max, free.length));
            for (const { key } of taken) expect(busy.has(key)).toBe(false);
            if (taken.length > 0) inHand.push(taken);
          } else {
            const [batch = []] = inHand.splice(one.at, 1);
            for (const done of batch) {
              handled.push(done);
              room.done(done);
            }
          }
        }
        expect(handled.length + inHand.flat().length + room.waiting.length).toBe(pushed);
        for (const key of ["a", "b", "c"]) {
          const order = handled.filter((one) => one.key === key).map(({ n }) => n);
          expect(order).toEqual([...order].sort((x, y) => x - y));
        }
      }),
    );
  });
});
