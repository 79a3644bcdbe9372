import { describe, expect, test } from "vitest";
import type { BarrierEnd } from "../../../src/core/barrier.ts";
import { type ConnectionDrainReport, drainConnection } from "../../../src/core/connection/drain.ts";
import type { DrainReport } from "../../../src/core/delivery/drain-report.ts";
import type { WaitOptions } from "../../../src/core/waiter.ts";
import { block } from "../../support/blocked-loop.ts";

const HANDLED: DrainReport = { handled: 1, abandoned: 0, timedOut: false, complete: true };
const GIVEN_UP: DrainReport = { handled: 0, abandoned: 1, timedOut: true, complete: true };

interface Outcome {
  readonly end: BarrierEnd;
  readonly unconfirmed?: number;
  readonly lost?: number;
  readonly report?: DrainReport;
}

function drained({
  end,
  unconfirmed = 0,
  lost = 0,
  report = HANDLED,
}: Outcome): Promise<ConnectionDrainReport> {
  const host = {
    drained: [{ drain: () => Promise.resolve(report) }],
    requestsOver: () => Promise.resolve(),
    endPublishing: () => undefined,
    barrier: () => Promise.resolve(end),
    close: () => Promise.resolve({ lost, unconfirmed }),
  };
  return drainConnection(host, 1000, {});
}

describe("the report of a drain whose time is up before the last PONG comes", () => {
  test("is complete, and nothing was given up, if the server has confirmed everything before", async () => {
    expect(await drained({ end: "time-up" })).toMatchObject({ timedOut: false, complete: true });
  });

  test.each<[string, Outcome]>([
    ["what has left is not confirmed", { end: "time-up", unconfirmed: 2 }],
    ["something has not left", { end: "time-up", lost: 2 }],
  ])("is not complete if %s", async (_title, outcome) => {
    expect(await drained(outcome)).toMatchObject({ timedOut: true, complete: false });
  });

  test("tells what handlers were given up, whatever the server says", async () => {
    for (const end of ["reached", "time-up"] as const) {
      expect(await drained({ end, report: GIVEN_UP })).toMatchObject({ abandoned: 1, timedOut: true });
    }
  });

  test("leaves the server time to answer if this process was blocked meanwhile", async () => {
    const timeouts: (number | undefined)[] = [];
    const host = {
      drained: [
        {
          drain: () => {
            block(30);
            return Promise.resolve(HANDLED);
          },
        },
      ],
      requestsOver: () => Promise.resolve(),
      endPublishing: () => undefined,
      barrier: ({ timeout }: WaitOptions) => {
        timeouts.push(timeout);
        return Promise.resolve<BarrierEnd>("reached");
      },
      close: () => Promise.resolve({ lost: 0, unconfirmed: 0 }),
    };
    await drainConnection(host, 10, {});
    expect(timeouts).toEqual([10]);
  });

  test("is no matter of time if the link is lost", async () => {
    const report = await drained({ end: "link-lost", unconfirmed: 1 });
    expect(report).toMatchObject({ timedOut: false, complete: false });
  });
});
