import { describe, expect, it } from "vitest";
import { headers } from "../../../../src/index.ts";
import { parseGoDuration } from "../../../../src/jetstream/go-duration.ts";
import { readSchedule } from "../../../../src/jetstream/stream/read-schedule.ts";

describe("[JS-SCHED-12] a schedule in headers", () => {
  const target = "jobs.run";
  const cases: readonly [string, Record<string, string>, object][] = [
    [
      "at a time",
      { "Nats-Schedule": "@at 2026-12-01T09:00:00+01:00" },
      { at: new Date("2026-12-01T08:00:00Z") },
    ],
    ["every so often", { "Nats-Schedule": "@every 1h30m" }, { every: 5_400_000 }],
    ["by six fields", { "Nats-Schedule": "0 0 9 * * *" }, { cron: "0 0 9 * * *" }],
    [
      "in a time zone",
      { "Nats-Schedule": "@daily", "Nats-Schedule-Time-Zone": "Europe/Berlin" },
      { cron: "@daily", timeZone: "Europe/Berlin" },
    ],
    [
      "with a life in seconds",
      { "Nats-Schedule": "@hourly", "Nats-Schedule-TTL": "90" },
      { cron: "@hourly", ttl: 90_000 },
    ],
    [
      "with a life of a duration",
      { "Nats-Schedule": "@hourly", "Nats-Schedule-TTL": "1m" },
      { cron: "@hourly", ttl: 60_000 },
    ],
    [
      "for ever",
      { "Nats-Schedule": "@hourly", "Nats-Schedule-TTL": "never" },
      { cron: "@hourly", ttl: "never" },
    ],
    [
      "of another message, which it rolls up",
      { "Nats-Schedule": "@hourly", "Nats-Schedule-Source": "a", "Nats-Schedule-Rollup": "sub" },
      { cron: "@hourly", source: "a", rollup: "subject" },
    ],
    ["that can't be read as an interval", { "Nats-Schedule": "@every soon" }, { cron: "@every soon" }],
  ];

  it.each(cases)("%s", (_name, given, expected) => {
    expect(readSchedule(headers({ ...given, "Nats-Schedule-Target": target }))).toEqual({
      ...expected,
      target,
    });
  });

  it("is none without its headers", () => {
    expect(readSchedule(undefined)).toBeUndefined();
    expect(readSchedule(headers({ "X-Other": "1" }))).toBeUndefined();
    expect(readSchedule(headers({ "Nats-Schedule": "@daily" }))).toBeUndefined();
  });
});

describe("durations of Go", () => {
  it.each([
    ["1s", 1000],
    ["1.5s", 1500],
    ["2h45m30s", 9_930_000],
    ["300ms", 300],
    ["5us", 0.005],
    ["5µs", 0.005],
    ["1000000ns", 1],
  ])("%s", (text, milliseconds) => {
    expect(parseGoDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  it.each(["", "5", "s", "1 s", "-1s", "1d", "1s2"])("%j is none", (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });
});
