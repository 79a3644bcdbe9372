import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Instant } from "../../../src/kv/lock/instant.ts";
import { Lease, LEASE_MOVES } from "../../../src/kv/lock/lease.ts";

const TTL = 9000;
/** By both clocks. */
const at = (time: number): Instant => ({ steady: time, wall: 1e12 + time });
const taken = (revision = 7, sentAt = at(0)): Lease => new Lease(TTL, { revision, sentAt });

describe("a lease", () => {
  it("[KV-40] is renewed at a third of its time, and has a fence that stays", () => {
    const lease = taken();
    expect(lease.untilRenewal(at(0))).toBe(3000);
    lease.begin(at(3000));
    expect(lease.phase).toBe("renewing");
    lease.renewed(9);
    expect(lease).toMatchObject({ phase: "held", revision: 9, fence: 7 });
    expect(lease.untilRenewal(at(3000))).toBe(3000);
  });

  it("[KV-40] counts from when the last confirmed write was sent, not from when it was confirmed", () => {
    const lease = taken();
    lease.begin(at(3000));
    expect(lease.left(at(5000))).toBe(TTL * 0.9 - 5000);
    lease.renewed(9);
    expect(lease.left(at(5000))).toBe(TTL * 0.9 - 2000);
  });

  it("[KV-40] is lost by time alone, also while a renewal is on its way", () => {
    const lease = taken();
    lease.begin(at(3000));
    expect(lease.pass(at(TTL * 0.9 - 1))).toBe(false);
    expect(lease.pass(at(TTL * 0.9))).toBe(true);
    expect(lease).toMatchObject({ phase: "lost", isOver: true });
    expect(lease.pass(at(TTL))).toBe(false);
  });

  it("[KV-40] is lost by the clock that counted more: a machine that slept, a clock that was set", () => {
    const asleep = taken();
    expect(asleep.pass({ steady: 10, wall: 1e12 + TTL })).toBe(true);
    const setBack = taken();
    expect(setBack.pass({ steady: TTL, wall: 1e12 - 50_000 })).toBe(true);
  });

  it("[KV-40] tries a failed renewal again soon, with time for more than one attempt", () => {
    const lease = taken();
    lease.begin(at(3000));
    lease.failed(at(6000), false);
    expect(lease.phase).toBe("held");
    expect(lease.untilRenewal(at(6000))).toBe(TTL * 0.05);
    expect(lease.attemptTime(at(6450))).toBe(TTL * 0.9 - 6450);
    expect(lease.attemptTime(at(0))).toBe(3000);
  });

  it("[KV-40] counts from the first uncertain write when it finds that one was stored", () => {
    const lease = taken();
    lease.begin(at(3000));
    lease.failed(at(4000), true);
    lease.begin(at(4500));
    lease.failed(at(5000), true);
    lease.begin(at(5500));
    lease.found(8, at(5600));
    expect(lease).toMatchObject({ revision: 8, fence: 7, phase: "held" });
    expect(lease.left(at(5600))).toBe(TTL * 0.9 - 2600);
    expect(lease.untilRenewal(at(5600))).toBe(-0);
  });

  it("[KV-40] that finds its own write without an uncertain one gains no time", () => {
    const lease = taken();
    lease.begin(at(3000));
    lease.found(8, at(3100));
    expect(lease.left(at(3100))).toBe(TTL * 0.9 - 3100);
  });

  it("[KV-40] counts no write as uncertain that was not sent", () => {
    const lease = taken();
    lease.begin(at(3000));
    lease.failed(at(4000), false);
    lease.begin(at(4500));
    lease.failed(at(5000), true);
    lease.begin(at(5500));
    lease.found(8, at(5600));
    expect(lease.left(at(5600))).toBe(TTL * 0.9 - 1100);
  });

  it("[KV-40] forgets what was uncertain as soon as a write is confirmed", () => {
    const lease = taken();
    lease.begin(at(3000));
    lease.failed(at(3500), true);
    lease.begin(at(4000));
    lease.renewed(9);
    lease.begin(at(7000));
    lease.found(10, at(7100));
    expect(lease.left(at(7100))).toBe(TTL * 0.9 - 3100);
  });

  it("[KV-40] is over once: what was lost or released stays so", () => {
    const lost = taken();
    lost.lose();
    expect(() => lost.begin(at(1))).toThrow("illegal move");
    const released = taken();
    released.release();
    expect(released.pass(at(TTL * 2))).toBe(false);
    expect(() => released.lose()).toThrow("illegal move");
    expect(LEASE_MOVES.lost).toEqual([]);
  });

  it("[KV-40] never lasts beyond `ttl` after the server may have stored the last write", () => {
    const step = fc.record({
      what: fc.constantFrom("renewed", "uncertain", "unsent", "stored unseen"),
      wait: fc.integer({ min: 0, max: 4000 }),
      takes: fc.integer({ min: 0, max: 4000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const lease = taken();
        let time = 0;
        let storedAt = 0;
        let hidden: number | undefined;
        for (const { what, wait, takes } of steps) {
          time += wait;
          if (lease.pass(at(time)) || lease.isOver) break;
          const sentAt = time;
          lease.begin(at(time));
          time += takes;
          if (lease.pass(at(time))) break;
          if (hidden !== undefined) {
            // The server refuses it, and the key's last write is ours.
            lease.found(1, at(time));
            storedAt = hidden;
            hidden = undefined;
          } else if (what === "renewed") {
            lease.renewed(1);
            storedAt = sentAt;
          } else {
            lease.failed(at(time), what !== "unsent");
            if (what === "stored unseen") hidden = sentAt;
          }
          expect(storedAt + TTL - time).toBeGreaterThanOrEqual(lease.left(at(time)));
        }
      }),
    );
  });
});
