import { describe, expect, it } from "vitest";
import { type NatsError, TimeoutError } from "../../../../src/core/errors.ts";
import { ConsumeEvents } from "../../../../src/jetstream/consume/consume-events.ts";
import { Departures } from "../../../../src/jetstream/consume/departures.ts";

const missed = (count: number) => ({ type: "heartbeatsMissed", count }) as const;

function setUp() {
  const reported: NatsError[] = [];
  return { reported, events: new ConsumeEvents("S", (error) => void reported.push(error)) };
}

describe("events of a consume", () => {
  it("[JS-PULL-09] are told in order, in a later turn, one at a time", async () => {
    const { events } = setUp();
    const heard: string[] = [];
    events.on("heartbeatsMissed", async ({ count }) => {
      heard.push(`begin ${count}`);
      await Promise.resolve();
      heard.push(`end ${count}`);
    });
    events.emit(missed(1));
    events.emit(missed(2));
    expect(heard).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(heard).toEqual(["begin 1", "end 1", "begin 2", "end 2"]);
  });

  it("[JS-PULL-09] count what a slow reader did not get", async () => {
    const { events } = setUp();
    const reader = events.read();
    for (let i = 0; i < 1500; i++) events.emit(missed(i));
    expect((await reader.next()).value).toEqual({ type: "missed", count: 476 });
    expect((await reader.next()).value).toEqual(missed(476));
    events.finish();
    let left = 0;
    for await (const event of reader) left += event.type === "heartbeatsMissed" ? 1 : 0;
    expect(left).toBe(1023);
    expect((await events.read().next()).done).toBe(true);
  });

  it("report a listener that fails, and a handler's error that nobody hears", async () => {
    const { events, reported } = setUp();
    events.on("status", () => {
      throw new Error("bad listener");
    });
    events.emit({ type: "status", code: 499, description: "new" });
    const error = { code: "HANDLER_FAILED" } as NatsError;
    events.emit({ type: "handlerError", message: {} as never, error, delay: undefined });
    await new Promise((resolve) => setTimeout(resolve));
    expect(reported.map(({ code }) => code).sort()).toEqual(["HANDLER_FAILED", "LISTENER_FAILED"]);
  });
});

describe("failures that are tried again", () => {
  const retrying = (count: number, duration: number) =>
    ({ type: "retrying", error: new TimeoutError("no answer"), count, duration, delay: 100 }) as const;

  it("[JS-PULL-09] are reported once a row to an application that hears none, when they have lasted", () => {
    const { events, reported } = setUp();
    for (const [count, duration] of [
      [1, 0],
      [2, 4999],
      [3, 5000],
      [4, 9000],
    ] as const) {
      events.emit(retrying(count, duration));
    }
    expect(reported).toHaveLength(1);
    expect(reported[0]).toMatchObject({
      code: "RETRYING",
      message: 'reading the stream "S" has failed 3 times in 5 s, and is tried again: no answer',
      stream: "S",
      cause: { code: "TIMEOUT" },
    });
    events.emit({ type: "recovered", count: 4, duration: 9500 });
    events.emit(retrying(1, 0));
    events.emit(retrying(2, 6000));
    expect(reported).toHaveLength(2);
  });

  it("[JS-PULL-09] are not reported if they are heard", async () => {
    const { events, reported } = setUp();
    const counts: number[] = [];
    events.on("retrying", ({ count }) => void counts.push(count));
    events.emit(retrying(1, 0));
    events.emit(retrying(2, 60_000));
    await new Promise((resolve) => setTimeout(resolve));
    expect(counts).toEqual([1, 2]);
    expect(reported).toEqual([]);
  });

  it("[JS-PULL-09] are known to whoever waits, until they are over", () => {
    const { events } = setUp();
    expect(events.trouble).toBeUndefined();
    events.emit(retrying(1, 0));
    expect(events.trouble).toMatchObject({ code: "TIMEOUT" });
    events.emit({ type: "recovered", count: 1, duration: 10 });
    expect(events.trouble).toBeUndefined();
  });
});

describe("departures", () => {
  it("are told when enough have left, or nothing is held", () => {
    const departures = new Departures(40);
    for (let i = 0; i < 25; i++) departures.arrived();
    const told: number[] = [];
    for (let i = 1; i <= 25; i++) {
      if (!departures.left(10)) continue;
      told.push(departures.messages);
      expect(departures.bytes).toBe(10 * departures.messages);
      departures.clear();
    }
    expect(told).toEqual([10, 10, 5]);
  });

  it("are told when enough bytes have left", () => {
    const departures = new Departures(4000, 400);
    for (let i = 0; i < 30; i++) departures.arrived();
    const told: number[] = [];
    for (let i = 1; i <= 25; i++) {
      if (!departures.left(10)) continue;
      told.push(departures.bytes);
      departures.clear();
    }
    expect(told).toEqual([100, 100]);
  });

  it("are told one by one where there is little room", () => {
    const departures = new Departures(1);
    for (let i = 0; i < 3; i++) departures.arrived();
    expect([departures.left(0), departures.left(0)]).toEqual([true, true]);
    departures.dropped();
    departures.arrived();
    expect(departures.left(0)).toBe(true);
  });
});
