import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duration, durationLimit, durationOrZero } from "../../../../src/jetstream/config/durations.ts";
import { thrown } from "../../../support/failure.ts";

const MAX_NANOS = 2n ** 63n - 1n;

describe("[JSM-11] durations are milliseconds here and nanoseconds on the wire", () => {
  const kind = duration();

  it("whole milliseconds are exact, up to 292 years", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_223_372_036_853 }), (millis) => {
        const wire = JSON.stringify(kind.write(millis, "ackWait"));
        expect(wire).toBe(String(BigInt(millis) * 1_000_000n));
        expect(kind.read(JSON.parse(wire), "ack_wait")).toBe(millis);
      }),
    );
  });

  it("nanoseconds up to 99 days are exact", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 33 * 1_000_000 }), (nanos) => {
        const millis = kind.read(nanos, "ack_wait") as number;
        expect(kind.write(millis, "ackWait")).toBe(nanos);
      }),
    );
  });

  it("what an earlier sum left in the last bits is no fraction of a nanosecond", () => {
    expect(kind.write(0.1 + 0.2, "ackWait")).toBe(300_000);
    expect(kind.write(0.29 * 1000, "ackWait")).toBe(290_000_000);
  });

  it("what would have to be rounded is refused", () => {
    for (const millis of [0.000_000_5, 1.000_000_1, 9_007_199_254_741.5]) {
      expect(thrown(() => kind.write(millis, "ackWait"))).toMatchObject({
        code: "INVALID_CONFIG",
        argument: "ackWait",
      });
    }
  });

  it("more nanoseconds than a number holds are read as near as milliseconds come", () => {
    expect(kind.read(31_536_000_000_000_001n, "max_age")).toBeCloseTo(31_536_000_000, 3);
    expect(kind.read(31_536_000_000_000_000n, "max_age")).toBe(31_536_000_000);
    expect(kind.read(MAX_NANOS, "ack_wait")).toBeCloseTo(9_223_372_036_854.775, 2);
  });

  it("nothing, what is negative, and what is no number is refused on the way out", () => {
    for (const value of [0, -1, Number.NaN, Infinity, "1s", null, 5n, 9_223_372_036_855]) {
      expect(thrown(() => kind.write(value, "ackWait"))).toMatchObject({
        code: "INVALID_CONFIG",
        argument: "ackWait",
      });
    }
  });

  it("what is no whole number is refused on the way in, and 0 is nothing", () => {
    for (const value of [1.5, "1s", true, {}]) {
      expect(thrown(() => kind.read(value, "ack_wait"))).toMatchObject({ argument: "ack_wait" });
    }
    expect(kind.read(0, "ack_wait")).toBeUndefined();
    expect(kind.read(-5, "ack_wait")).toBeUndefined();
  });

  it("a limit is 0 on the wire if there is none", () => {
    const limit = durationLimit(100);
    expect(limit.write(Infinity, "maxAge")).toBe(0);
    expect(limit.read(0, "max_age")).toBe(Infinity);
    expect(thrown(() => limit.write(99, "maxAge")).message).toContain("from 100");
    expect(thrown(() => limit.write(0, "maxAge")).message).toContain("Infinity is no limit");
  });

  it("a delay may be 0, and what is negative never was", () => {
    expect(durationOrZero.write(0, "backoff[0]")).toBe(0);
    expect(durationOrZero.read(0, "backoff[0]")).toBe(0);
    expect(durationOrZero.read(-1, "active")).toBeUndefined();
  });
});
