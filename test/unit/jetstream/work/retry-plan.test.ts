import { describe, expect, it } from "vitest";
import { NatsError } from "../../../../src/core/errors.ts";
import { RedeliveryClock } from "../../../../src/jetstream/work/redelivery-clock.ts";
import { RetryPlan, type RetryRules } from "../../../../src/jetstream/work/retry-plan.ts";

interface Delivered {
  readonly deliveries: number;
}

const unlimited = new RedeliveryClock({});
const failure = new Error("no");

function plan(rules: Partial<RetryRules<Delivered>>, random = 0): RetryPlan<Delivered> {
  return new RetryPlan({ delays: undefined, jitter: 0, terminal: undefined, ...rules }, () => random);
}

function delays(of: RetryPlan<Delivered>, clock = unlimited): unknown[] {
  return [1, 2, 3, 4]
    .map((deliveries) => of.verdict(failure, { deliveries }, clock))
    .map((verdict) => (verdict.type === "retry" ? verdict.delay : verdict.reason));
}

describe("the plan for retries", () => {
  it("[JS-MSG-08] takes the delays one after another, and repeats the last one", () => {
    expect(delays(plan({ delays: [10, 20] }))).toEqual([10, 20, 20, 20]);
  });

  it("[JS-MSG-08] takes the consumer's backoff, and without one its own", () => {
    expect(delays(plan({}), new RedeliveryClock({ backoff: [1, 2, 3] }))).toEqual([1, 2, 3, 3]);
    expect(delays(plan({}))).toEqual([1000, 5000, 30_000, 30_000]);
  });

  it("[JS-MSG-08] asks a function, with the error and the message", () => {
    const asked: unknown[] = [];
    const asking = plan({ delays: (error, message) => asked.push([error, message]) });
    expect(delays(asking)).toEqual([1, 2, 3, 4]);
    expect(asked[1]).toEqual([failure, { deliveries: 2 }]);
  });

  it("[JS-MSG-08] leaves a part of a delay to chance, which never makes it longer", () => {
    expect(delays(plan({ delays: [1000], jitter: 0.2 }, 0))).toContain(1000);
    expect(delays(plan({ delays: [1000], jitter: 0.2 }, 0.5))).toContain(900);
    expect(delays(plan({ delays: [1000], jitter: 1 }, 0.999))).toContain(1);
  });

  it("[JS-MSG-08] gives up what is terminal, a value that the schema refuses, and after the last delivery", () => {
    const terminal = plan({ terminal: (error) => error === failure });
    expect(terminal.verdict(failure, { deliveries: 1 }, unlimited)).toMatchObject({ reason: "terminated" });
    expect(terminal.verdict(new Error("other"), { deliveries: 1 }, unlimited).type).toBe("retry");
    const invalid = new NatsError("INVALID_VALUE", "no number");
    expect(plan({}).verdict(invalid, { deliveries: 1 }, unlimited)).toMatchObject({ reason: "terminated" });
    expect(delays(plan({ delays: [5] }), new RedeliveryClock({ maxDeliver: 2 }))).toEqual([
      5,
      "max-deliveries",
      "max-deliveries",
      "max-deliveries",
    ]);
  });

  it("[JS-MSG-08] does not ask whether an error is terminal that may be about another message of a batch", () => {
    const asking = plan({ terminal: () => true, delays: [5] });
    expect(asking.verdictOfMany(failure, { deliveries: 1 }, unlimited)).toMatchObject({
      type: "retry",
      delay: 5,
    });
  });

  it("[JS-MSG-08] goes on when a function of the application throws, or says no number, and tells of it", () => {
    const fault = new Error("own fault");
    const throws = (): never => {
      throw fault;
    };
    const terminal = plan({ terminal: throws, delays: [5] });
    expect(terminal.verdict(failure, { deliveries: 1 }, unlimited)).toEqual({
      type: "retry",
      delay: 5,
      fault,
    });
    expect(plan({ delays: throws }).verdict(failure, { deliveries: 1 }, unlimited)).toMatchObject({ fault });
    for (const wrong of [Number.NaN, -1, Infinity, 1e12, "5" as unknown as number]) {
      const verdict = plan({ delays: () => wrong }).verdict(failure, { deliveries: 1 }, unlimited);
      expect(verdict).toMatchObject({
        type: "retry",
        delay: 30_000,
        fault: { message: expect.stringContaining("milliseconds") },
      });
    }
  });
});
