import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RedeliveryClock } from "../../../../src/jetstream/work/redelivery-clock.ts";

/** When a server delivers a message again that was nak'd with this delay, as `consumer.go` computes it. */
function comesAfter(delay: number, backoff: readonly number[], deliveries: number): number {
  const wait = backoff[Math.min(deliveries - 1, backoff.length - 1)]!;
  return delay + wait - backoff[0]!;
}

describe("the clock of redeliveries", () => {
  it("[JS-MSG-10] waits as the backoff says, of which the last one repeats, or as ackWait says", () => {
    const clock = new RedeliveryClock({ ackWait: 1, backoff: [10, 20, 30] });
    expect([1, 2, 3, 4].map((n) => clock.waitAfter(n))).toEqual([10, 20, 30, 30]);
    expect(new RedeliveryClock({ ackWait: 7 }).waitAfter(3)).toBe(7);
    expect(new RedeliveryClock({ backoff: [] }).waitAfter(1)).toBe(30_000);
  });

  it("[JS-MSG-02] says 500 ms for a nak that shall come after 500 ms, and makes up for a larger wait", () => {
    const clock = new RedeliveryClock({ backoff: [1000, 2500] });
    expect(clock.nakDelay(500, 1)).toBe(500);
    expect(clock.nakDelay(500, 2)).toBe(-1000);
    expect(clock.nakDelay(2000, 2)).toBe(500);
  });

  it("[JS-MSG-02] leads to the wait that was wanted, whatever the backoff and the delivery", () => {
    const waits = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        waits,
        fc.integer({ min: 1, max: 9 }),
        (wanted, backoff, n) => {
          const delay = new RedeliveryClock({ backoff }).nakDelay(wanted, n);
          expect(comesAfter(delay, backoff, n)).toBeCloseTo(wanted, 3);
        },
      ),
    );
  });

  it("[JS-CON-09] knows which delivery is the last one", () => {
    const clock = new RedeliveryClock({ maxDeliver: 3 });
    expect([1, 2, 3, 4].map((n) => clock.isLast(n))).toEqual([false, false, true, true]);
    expect(new RedeliveryClock({}).isLast(1_000_000)).toBe(false);
  });
});
