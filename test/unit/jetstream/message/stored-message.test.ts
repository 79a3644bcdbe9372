import { describe, expect, it } from "vitest";
import { makeMessage } from "../../../../src/core/delivery/make-message.ts";
import { text } from "../../../../src/core/values/codecs.ts";
import { directMessage } from "../../../../src/jetstream/message/direct-message.ts";
import { jsonMessage } from "../../../../src/jetstream/message/json-message.ts";
import { parseTime } from "../../../../src/jetstream/message/time-nanos.ts";
import { thrown } from "../../../support/failure.ts";

const FACTS = {
  "Nats-Stream": "ORDERS",
  "Nats-Subject": "orders.new",
  "Nats-Sequence": "17",
  "Nats-Time-Stamp": "2026-11-26T17:21:22.123456789Z",
};
const TIME = 1_795_713_682_123_456_789n;

function direct(headers: Record<string, string | string[]> = {}, data = "one coffee") {
  return directMessage(makeMessage({ subject: "_INBOX.abc.1", data, headers: { ...FACTS, ...headers } }));
}

function base64(value: string): string {
  return Buffer.from(value).toString("base64");
}

describe("a message of a direct get", () => {
  it("[JS-GET-01] has its facts from headers, and not among its own", () => {
    const message = direct({ "X-Trace": "1" });
    expect(message).toMatchObject({
      stream: "ORDERS",
      subject: "orders.new",
      seq: 17,
      timeNanos: TIME,
      time: new Date("2026-11-26T17:21:22.123Z"),
      pending: undefined,
      size: 10,
    });
    expect([...message.headers!]).toEqual([["X-Trace", "1"]]);
    expect(message.string()).toBe("one coffee");
    expect(direct().headers).toBeUndefined();
  });

  it("[JS-GET-02] tells how many follow", () => {
    const message = direct({ "Nats-Num-Pending": "3", "Nats-Last-Sequence": "16" });
    expect(message.pending).toBe(3);
    expect(message.headers).toBeUndefined();
  });

  it("[JS-GET-01] keeps headers of such names that it was stored with", () => {
    const message = direct({ "Nats-Stream": ["ORIGIN", "ORDERS"], "Nats-Sequence": ["5", "17"] });
    expect([message.stream, message.seq]).toEqual(["ORDERS", 17]);
    expect(message.headers!.get("Nats-Stream")).toBe("ORIGIN");
    expect(message.headers!.get("Nats-Sequence")).toBe("5");
  });

  it("[JS-GET-01] is an error without those facts", () => {
    for (const name of Object.keys(FACTS)) {
      expect(thrown(() => direct({ [name]: [] }))).toMatchObject({ code: "INVALID_RESPONSE" });
    }
    expect(thrown(() => direct({ "Nats-Sequence": "x" }))).toMatchObject({ code: "INVALID_RESPONSE" });
    expect(thrown(() => direct({ "Nats-Time-Stamp": "yesterday" }))).toMatchObject({
      code: "INVALID_RESPONSE",
    });
  });

  it("[JS-GET-01] names its own subject where its payload is no JSON", () => {
    const message = direct({}, "{");
    expect(thrown(() => message.json())).toMatchObject({ code: "INVALID_JSON", subject: "orders.new" });
    expect(thrown(() => message.value)).toMatchObject({ code: "INVALID_VALUE", subject: "orders.new" });
  });
});

describe("a message of the API", () => {
  const answer = (message: Record<string, unknown>) => ({
    message: { subject: "orders.new", seq: 17, time: FACTS["Nats-Time-Stamp"], ...message },
  });

  it("[JS-STR-09, JSM-09] has headers and payload in base64", () => {
    const hdrs = base64("NATS/1.0\r\nX-Trace: 1\r\nX-Trace: 2\r\n\r\n");
    const message = jsonMessage("ORDERS", answer({ data: base64("größe"), hdrs }));
    expect(message).toMatchObject({ stream: "ORDERS", subject: "orders.new", seq: 17, timeNanos: TIME });
    expect(message.string()).toBe("größe");
    expect(message.headers!.getAll("X-Trace")).toEqual(["1", "2"]);
  });

  it("[JS-STR-09] may have neither", () => {
    const message = jsonMessage("ORDERS", answer({}));
    expect(message.data).toEqual(new Uint8Array());
    expect(message.headers).toBeUndefined();
  });

  it("[JS-STR-09] is an error if it can't be read", () => {
    for (const wrong of [{ seq: "17" }, { subject: 1 }, { time: "x" }, { data: "%" }, { hdrs: 5 }]) {
      const error = thrown(() => jsonMessage("ORDERS", answer(wrong)));
      expect(error).toMatchObject({ code: "INVALID_RESPONSE", stream: "ORDERS" });
    }
    expect(thrown(() => jsonMessage("ORDERS", {}))).toMatchObject({ code: "INVALID_RESPONSE" });
  });

  it("has a value as its schema reads it", () => {
    expect(jsonMessage("ORDERS", answer({ data: base64('{"a":1}') })).value).toEqual({ a: 1 });
    expect(jsonMessage("ORDERS", answer({ data: base64("plain") }), text).value).toBe("plain");
  });
});

describe("a stored message", () => {
  it("[JS-CON-14] tells the size of a payload that did not come along", () => {
    expect(direct({ "Nats-Msg-Size": "4096" }, "").size).toBe(4096);
    expect(direct({ "Nats-Msg-Size": "x" }, "").size).toBe(0);
    expect(direct({ "Nats-Msg-Size": "4096" }, "own").size).toBe(3);
  });

  it("[JS-STR-23, JS-STR-36] tells where it was before", () => {
    const source = (value: string) => direct({ "Nats-Stream-Source": value }).source;
    expect(source("ORIGIN 5 orders.> shop.> orders.new")).toEqual({
      stream: "ORIGIN",
      seq: 5,
      filter: "orders.>",
      transform: "shop.>",
      subject: "orders.new",
    });
    expect(source("ORIGIN 5 > > orders.new id7 more")).toMatchObject({
      subject: "orders.new",
      identity: "id7",
    });
    expect(source("ORIGIN 5")).toBeUndefined();
    expect(source("ORIGIN x > > a")).toBeUndefined();
    expect(direct().source).toBeUndefined();
  });

  it("[JS-SCHED-10] tells which schedule has made it, and when it does so next", () => {
    const next = "2026-11-26T18:00:00Z";
    expect(direct({ "Nats-Scheduler": "every.hour", "Nats-Schedule-Next": next }).schedule).toEqual({
      subject: "every.hour",
      next: new Date(next),
    });
    expect(direct({ "Nats-Scheduler": "once", "Nats-Schedule-Next": "purge" }).schedule).toEqual({
      subject: "once",
      next: undefined,
    });
    expect(direct().schedule).toBeUndefined();
  });
});

describe("a time in nanoseconds", () => {
  it("is read to the last digit, in any zone", () => {
    expect(parseTime("1970-01-01T00:00:00Z")).toBe(0n);
    expect(parseTime("1970-01-01T00:00:00.5Z")).toBe(500_000_000n);
    expect(parseTime("1970-01-01T01:00:00.000000001+01:00")).toBe(1n);
    expect(parseTime("1969-12-31T23:59:59.999999999Z")).toBe(-1n);
    for (const wrong of ["", "now", "2026-13-01T00:00:00Z", "2026-11-26", 5, undefined]) {
      expect(parseTime(wrong)).toBeUndefined();
    }
  });
});
