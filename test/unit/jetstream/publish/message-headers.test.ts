import { describe, expect, test } from "vitest";
import { headers } from "../../../../src/index.ts";
import {
  checkMessageOptions,
  type GivenMessageOptions,
} from "../../../../src/jetstream/publish/check-message-options.ts";
import { hasMsgId } from "../../../../src/jetstream/publish/message-headers.ts";
import { outgoingMessage } from "../../../../src/jetstream/publish/outgoing-message.ts";
import { thrown } from "../../../support/failure.ts";

const prepared = (options: unknown, data?: unknown) =>
  outgoingMessage("s.a", data, checkMessageOptions(options as GivenMessageOptions));

const headersOf = (options: unknown) => prepared(options).headers?.toJSON();

const AT = new Date("2027-01-02T03:04:05.678Z");

describe("options become headers", () => {
  test.each<[title: string, options: GivenMessageOptions, expected: Record<string, string> | undefined]>([
    ["none", {}, undefined],
    ["[JS-PUB-04] msgId", { msgId: "a" }, { "Nats-Msg-Id": "a" }],
    ["[JS-PUB-05] expect.stream", { expect: { stream: "S" } }, { "Nats-Expected-Stream": "S" }],
    [
      "[JS-PUB-06] expect.lastSequence",
      { expect: { lastSequence: 0 } },
      { "Nats-Expected-Last-Sequence": "0" },
    ],
    [
      "[JS-PUB-07] expect.lastSubjectSequence",
      { expect: { lastSubjectSequence: 7 } },
      { "Nats-Expected-Last-Subject-Sequence": "7" },
    ],
    [
      "[JS-PUB-08] expect.lastSubjectSequence of a filter",
      { expect: { lastSubjectSequence: { filter: "s.>", sequence: 7 } } },
      { "Nats-Expected-Last-Subject-Sequence": "7", "Nats-Expected-Last-Subject-Sequence-Subject": "s.>" },
    ],
    ["[JS-PUB-09] expect.lastMsgId", { expect: { lastMsgId: "x" } }, { "Nats-Expected-Last-Msg-Id": "x" }],
    ["[JS-PUB-10] rollup of a subject", { rollup: "subject" }, { "Nats-Rollup": "sub" }],
    ["[JS-PUB-10] rollup of all", { rollup: "all" }, { "Nats-Rollup": "all" }],
    ["[JS-PUB-11] ttl", { ttl: 5000 }, { "Nats-TTL": "5" }],
    ["[JS-PUB-11] ttl, which the server would cut to whole seconds", { ttl: 1001 }, { "Nats-TTL": "2" }],
    ["[JS-PUB-11] ttl for ever", { ttl: "never" }, { "Nats-TTL": "never" }],
    [
      "[JS-SCHED-01] schedule at a time",
      { schedule: { at: AT, target: "t" } },
      { "Nats-Schedule": "@at 2027-01-02T03:04:05.678Z", "Nats-Schedule-Target": "t" },
    ],
    [
      "[JS-SCHED-02] schedule by an interval",
      { schedule: { every: 1500, target: "t" } },
      { "Nats-Schedule": "@every 1500ms", "Nats-Schedule-Target": "t" },
    ],
    [
      "[JS-SCHED-03] [JS-SCHED-05] schedule by cron in a time zone",
      { schedule: { cron: "0 0 9  * * *", timeZone: "Europe/Berlin", target: "t" } },
      {
        "Nats-Schedule": "0 0 9 * * *",
        "Nats-Schedule-Time-Zone": "Europe/Berlin",
        "Nats-Schedule-Target": "t",
      },
    ],
    [
      "[JS-SCHED-04] [JS-SCHED-07] [JS-SCHED-08] [JS-SCHED-09] the rest of a schedule",
      { schedule: { cron: "@daily", target: "t", source: "q", ttl: 60_000, rollup: "subject" } },
      {
        "Nats-Schedule": "@daily",
        "Nats-Schedule-Target": "t",
        "Nats-Schedule-Source": "q",
        "Nats-Schedule-TTL": "60",
        "Nats-Schedule-Rollup": "sub",
      },
    ],
    [
      "[JS-SCHED-11] cancelSchedule",
      { cancelSchedule: "s.b" },
      { "Nats-Scheduler": "s.b", "Nats-Schedule-Next": "purge" },
    ],
    ["[JS-CTR-01] increment", { increment: 1 }, { "Nats-Incr": "+1" }],
    ["[JS-CTR-01] increment by nothing", { increment: -0 }, { "Nats-Incr": "+0" }],
    [
      "[JS-CTR-01] a decrement larger than a number",
      { increment: -(10n ** 30n) },
      { "Nats-Incr": `-1${"0".repeat(30)}` },
    ],
  ])("%s", (_title, options, expected) => {
    const lists =
      expected && Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, [value]]));
    expect(headersOf(options)).toEqual(lists);
  });

  test("[JS-PUB-01] headers by hand go along, and are not changed", () => {
    const own = headers({ "X-Trace": ["1", "2"] });
    expect(headersOf({ headers: own, msgId: "a" })).toEqual({ "X-Trace": ["1", "2"], "Nats-Msg-Id": ["a"] });
    expect(own.toJSON()).toEqual({ "X-Trace": ["1", "2"] });
  });

  test("[JS-PUB-04] a header by hand that says something else than its option is told, not passed over", () => {
    const options = { headers: { "Nats-Msg-Id": "b" }, msgId: "a" };
    expect(thrown(() => prepared(options))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "headers",
      message: expect.stringContaining("msgId") as string,
    });
    expect(headersOf({ headers: { "Nats-Msg-Id": "a" }, msgId: "a" })).toEqual({ "Nats-Msg-Id": ["a"] });
    expect(thrown(() => prepared({ headers: { "nats-msg-id": "b" }, msgId: "a" })).code).toBe(
      "INVALID_OPTION",
    );
  });

  test("[JS-PUB-04] an id by hand counts as one", () => {
    const idOf = (options: GivenMessageOptions) => hasMsgId(checkMessageOptions(options));
    expect(idOf({})).toBe(false);
    expect(idOf({ headers: { "X-Id": "1" } })).toBe(false);
    expect(idOf({ msgId: "1" })).toBe(true);
    expect(idOf({ headers: { "Nats-Msg-Id": "1" } })).toBe(true);
    // The server looks for the exact name.
    expect(idOf({ headers: { "nats-msg-id": "1" } })).toBe(false);
  });
});

describe("wrong options", () => {
  test.each<[options: unknown, argument: string]>([
    [{ msgId: "" }, "msgId"],
    [{ msgId: " a" }, "msgId"],
    [{ msgId: "a\n" }, "msgId"],
    [{ msgId: 7 }, "msgId"],
    [{ msgID: "a" }, "msgID"],
    [{ expect: { lastSequence: -1 } }, "expect.lastSequence"],
    [{ expect: { lastSequence: 1.5 } }, "expect.lastSequence"],
    [{ expect: { lastSubjectSequence: "1" } }, "expect.lastSubjectSequence"],
    [{ expect: { lastSubjectSequence: { filter: "a" } } }, "expect.lastSubjectSequence.sequence"],
    [{ expect: { lastSubjectSequence: { sequence: 1 } } }, "expect.lastSubjectSequence.filter"],
    [{ expect: { streamName: "S" } }, "expect.streamName"],
    [{ expect: { stream: "" } }, "expect.stream"],
    [{ expect: { lastMsgId: "" } }, "expect.lastMsgId"],
    [{ ttl: 999 }, "ttl"],
    [{ ttl: Infinity }, "ttl"],
    [{ ttl: "5s" }, "ttl"],
    [{ rollup: "sub" }, "rollup"],
    [{ increment: 1.5 }, "increment"],
    [{ increment: 2 ** 53 }, "increment"],
    [{ increment: 1, rollup: "all" }, "rollup"],
    [{ increment: 1, expect: { lastSequence: 1 } }, "expect"],
    [{ schedule: {} }, "schedule"],
    [{ schedule: { at: AT } }, "schedule.target"],
    [{ schedule: { at: AT, every: 1000, target: "t" } }, "schedule"],
    [{ schedule: { at: new Date(Number.NaN), target: "t" } }, "schedule.at"],
    [{ schedule: { at: "tomorrow", target: "t" } }, "schedule.at"],
    [{ schedule: { every: 999, target: "t" } }, "schedule.every"],
    [{ schedule: { cron: "0 9 * * *", target: "t" } }, "schedule.cron"],
    [{ schedule: { cron: "@every 5s", target: "t" } }, "schedule.cron"],
    [{ schedule: { cron: "@fortnightly", target: "t" } }, "schedule.cron"],
    [{ schedule: { every: 1000, timeZone: "Europe/Berlin", target: "t" } }, "schedule.timeZone"],
    [{ schedule: { cron: "@daily", timeZone: "", target: "t" } }, "schedule.timeZone"],
    [{ schedule: { every: 1000, target: "s.a" } }, "schedule.target"],
    [{ schedule: { every: 1000, target: "t", source: "t" } }, "schedule.source"],
    [{ schedule: { every: 1000, target: "t", source: "s.a" } }, "schedule.source"],
    [{ schedule: { every: 1000, target: "t", rollup: "all" } }, "schedule.rollup"],
    [{ schedule: { specification: "@daily", target: "t" } }, "schedule.specification"],
    [{ schedule: { every: 1000, target: "t" }, rollup: "all" }, "rollup"],
    [{ schedule: { every: 1000, target: "t" }, cancelSchedule: "s.b" }, "cancelSchedule"],
    [{ cancelSchedule: "s.a" }, "cancelSchedule"],
    [{ schema: {} }, "schema"],
    [{ headers: "X" }, "headers"],
  ])("[JS-PUB-01] %j: %s", (options, argument) => {
    expect(thrown(() => prepared(options))).toMatchObject({ code: "INVALID_OPTION", argument });
  });

  test.each<[options: unknown, argument: string]>([
    [{ schedule: { every: 1000, target: "t.*" } }, "schedule.target"],
    [{ schedule: { every: 1000, target: "t", source: "" } }, "schedule.source"],
    [{ cancelSchedule: "a b" }, "cancelSchedule"],
    [{ expect: { lastSubjectSequence: { filter: "a..b", sequence: 1 } } }, "subject"],
  ])("[JS-SCHED-06] subjects in options: %j", (options, argument) => {
    expect(thrown(() => prepared(options))).toMatchObject({ code: "INVALID_SUBJECT", argument });
  });

  test("[JS-PUBERR-21] an increment takes no payload", () => {
    expect(thrown(() => prepared({ increment: 1 }, "x"))).toMatchObject({ argument: "increment" });
    expect(prepared({ increment: 1 }, "").headers?.get("Nats-Incr")).toBe("+1");
  });
});
