import { expect, it } from "vitest";
import { parseGoDuration } from "../../../../src/jetstream/go-duration.ts";
import { namedLimit, writePullRequest } from "../../../../src/jetstream/consume/engine/pull-request.ts";

const REQUEST = {
  batch: 5,
  maxBytes: undefined,
  expires: undefined,
  heartbeat: undefined,
  noWait: false,
  priority: undefined,
  pin: undefined,
};

it("[JS-PULL-24] writes what is asked for, and nothing else", () => {
  expect(JSON.parse(writePullRequest(REQUEST))).toEqual({ batch: 5 });
  expect(JSON.parse(writePullRequest({ ...REQUEST, noWait: true }))).toEqual({ batch: 5, no_wait: true });
});

it("[JS-PULL-17] [JS-PULL-24] writes durations in nanoseconds, and the group with its conditions", () => {
  const priority = { group: "A", minPending: 10, minAckPending: 20, priority: 3 };
  const request = { ...REQUEST, maxBytes: 1000, expires: 30_000, heartbeat: 1.5, priority, pin: "x" };
  expect(JSON.parse(writePullRequest(request))).toEqual({
    batch: 5,
    max_bytes: 1000,
    expires: 30_000_000_000,
    idle_heartbeat: 1_500_000,
    group: "A",
    min_pending: 10,
    min_ack_pending: 20,
    priority: 3,
    id: "x",
  });
});

it("[JS-STATUS-22] [JS-STATUS-23] [JS-STATUS-24] reads the limit that a refusal names", () => {
  expect(namedLimit("Exceeded MaxRequestBatch of 100")).toBe(100);
  expect(namedLimit("Exceeded MaxRequestExpires of 1m0s")).toBe(60_000);
  expect(namedLimit("Exceeded MaxRequestMaxBytes of 4096")).toBe(4096);
  expect(namedLimit("Exceeded MaxRequestBatch of many")).toBeUndefined();
  expect(namedLimit("Exceeded MaxRequestBatch of 0")).toBeUndefined();
});

it("[JS-STATUS-23] reads durations as Go prints them", () => {
  expect(parseGoDuration("1h0m30s")).toBe(3_630_000);
  expect(parseGoDuration("1.5s")).toBe(1500);
  expect(parseGoDuration("250ms")).toBe(250);
  expect(parseGoDuration("1µs")).toBeCloseTo(0.001);
  for (const text of ["", "5", "s", "1.s", "1x", "1s2", "-1s"]) expect(parseGoDuration(text)).toBeUndefined();
});
