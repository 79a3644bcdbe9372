import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InTransit } from "../../../src/core/outbound/in-transit.ts";

const NOTHING = { messages: 0, bytes: 0 };

describe("what may not have left", () => {
  test("is nothing once all has left", () => {
    const inTransit = new InTransit();
    inTransit.add(3, 30, 0);
    expect(inTransit.take(0)).toEqual(NOTHING);
    inTransit.add(3, 30, 30);
    inTransit.left(0);
    expect(inTransit.take(Infinity)).toEqual(NOTHING);
  });

  test("is all of a write that was not taken, though no bytes of it are known", () => {
    const inTransit = new InTransit();
    inTransit.add(3, 30, Infinity);
    expect(inTransit.take(Infinity)).toEqual({ messages: 3, bytes: 30 });
  });

  test("is told once", () => {
    const inTransit = new InTransit();
    inTransit.add(3, 30, 30);
    inTransit.take(30);
    expect(inTransit.take(30)).toEqual(NOTHING);
  });

  test("is never too little, and not much more than what a steady writer has on the way", () => {
    const writes = fc.array(fc.record({ size: fc.integer({ min: 1, max: 100 }), leaves: fc.nat(120) }));
    fc.assert(
      fc.property(writes, (steps) => {
        const inTransit = new InTransit();
        let unsent: number[] = [];
        let most = 0;
        for (const { size, leaves } of steps) {
          unsent.push(...Array.from({ length: size }, () => 1));
          most = Math.max(most, unsent.length);
          inTransit.add(size, size, unsent.length);
          unsent = unsent.slice(leaves);
        }
        const { messages, bytes } = inTransit.take(unsent.length);
        expect(messages).toBe(bytes);
        expect(messages).toBeGreaterThanOrEqual(unsent.length);
        expect(messages).toBeLessThanOrEqual(2 * most + 100);
      }),
    );
  });
});
