import * as fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import * as errorCodes from "../../src/core/error-codes.ts";
import {
  AbortError,
  ArgumentError,
  AuthenticationError,
  ConnectionError,
  isNatsError,
  NatsError,
  type NatsErrorCode,
  type NatsErrors,
  NoRespondersError,
  PermissionError,
  ProtocolError,
  SubscriptionError,
  TimeoutError,
  toError,
} from "../../src/core/errors.ts";

const ALL: [name: string, error: NatsError, code: NatsErrorCode][] = [
  ["ArgumentError", new ArgumentError("INVALID_SUBJECT", "text"), "INVALID_SUBJECT"],
  ["ConnectionError", new ConnectionError("DISCONNECTED", "text"), "DISCONNECTED"],
  [
    "AuthenticationError",
    new AuthenticationError("AUTHORIZATION_VIOLATION", "text"),
    "AUTHORIZATION_VIOLATION",
  ],
  ["PermissionError", new PermissionError("PUBLISH_DENIED", "text"), "PUBLISH_DENIED"],
  ["ProtocolError", new ProtocolError("LINE_TOO_LONG", "text"), "LINE_TOO_LONG"],
  ["SubscriptionError", new SubscriptionError("SLOW_CONSUMER", "text"), "SLOW_CONSUMER"],
  ["TimeoutError", new TimeoutError("text"), "TIMEOUT"],
  ["AbortError", new AbortError("text"), "ABORTED"],
  ["NatsError", new NatsError("NO_SERVERS", "text"), "NO_SERVERS"],
];

describe("every error", () => {
  test.each(ALL)("%s is an Error with its name, code and text", (name, error, code) => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(NatsError);
    expect({ name: error.name, code: error.code, message: error.message }).toEqual({
      name,
      code,
      message: "text",
    });
    expect(String(error)).toBe(`${name}: text`);
    expect(error.stack).toContain("errors.test.ts");
  });

  test.each(ALL)("%s has no empty fields", (_name, error) => {
    for (const fact of [
      "cause",
      "subject",
      "queue",
      "argument",
      "server",
      "elapsed",
      "phase",
      "attempts",
      "sent",
    ]) {
      expect(fact in error).toBe(false);
    }
  });

  test("of no responders tells the subject", () => {
    const error = new NoRespondersError("foo");
    expect(error).toMatchObject({ name: "NoRespondersError", code: "NO_RESPONDERS", subject: "foo" });
    expect(error.message).toContain('"foo"');
  });

  test("has the facts that are known, and those only", () => {
    const error = new ConnectionError("DISCONNECTED", "text", {
      subject: "s",
      queue: undefined,
      server: undefined,
      sent: false,
      elapsed: 0,
    });
    expect(error).toMatchObject({ subject: "s", sent: false, elapsed: 0 });
    expect(Object.keys(error).sort()).toEqual(["code", "elapsed", "name", "sent", "subject"]);
  });

  test("has its cause as errors have it: not among the fields that are listed", () => {
    const cause = new RangeError("why");
    const error = new TimeoutError("text", { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain("cause");
    // An abort may well have a cause that is no error, or nothing at all.
    expect(new AbortError("text", { cause: null }).cause).toBeNull();
    expect("cause" in new AbortError("text", { cause: undefined })).toBe(false);
  });
});

describe("the JSON of an error", () => {
  test("has name, text, code and facts", () => {
    const error = new ConnectionError("OUTBOUND_LIMIT_EXCEEDED", "text", {
      subject: "s",
      argument: "a",
      sent: false,
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "ConnectionError",
      message: "text",
      code: "OUTBOUND_LIMIT_EXCEEDED",
      subject: "s",
      argument: "a",
      sent: false,
    });
  });

  test("tells the cause: the text of an error, or what it is", () => {
    const withError = new TimeoutError("text", { cause: new RangeError("why") });
    expect(JSON.parse(JSON.stringify(withError))).toMatchObject({ cause: "why" });
    const withText = new AbortError("text", { cause: "enough" });
    expect(JSON.parse(JSON.stringify(withText))).toMatchObject({ cause: "enough" });
    expect(new TimeoutError("text").toJSON()).not.toHaveProperty("cause");
  });

  test("tells of each server that was tried", () => {
    const attempt = {
      server: "nats://a:1",
      phase: "tcp",
      error: new ConnectionError("DIAL_FAILED", "no"),
    } as const;
    const error = new ConnectionError("NO_SERVERS", "text", { attempts: [attempt] });
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      attempts: [{ server: "nats://a:1", phase: "tcp", error: { code: "DIAL_FAILED", message: "no" } }],
    });
  });
});

describe("isNatsError", () => {
  test.each(ALL)("knows %s, and its code", (_name, error, code) => {
    expect(isNatsError(error)).toBe(true);
    expect(isNatsError(error, code)).toBe(true);
    expect(isNatsError(error, code === "ABORTED" ? "TIMEOUT" : "ABORTED")).toBe(false);
  });

  test("knows the errors of another copy of the package", () => {
    const foreign = Object.assign(new Error("text"), {
      code: "TIMEOUT",
      [Symbol.for("natspeed.error")]: true,
    });
    expect(foreign).not.toBeInstanceOf(NatsError);
    expect(isNatsError(foreign, "TIMEOUT")).toBe(true);
    expect(isNatsError(foreign, "ABORTED")).toBe(false);
  });

  test.each([undefined, null, 7, "TIMEOUT", {}, new Error("x"), { code: "TIMEOUT" }, () => undefined])(
    "does not take %j for one",
    (value) => {
      expect(isNatsError(value)).toBe(false);
      expect(isNatsError(value, "TIMEOUT")).toBe(false);
    },
  );

  test("its mark does not show", () => {
    const error = new TimeoutError("text");
    for (const mark of Object.getOwnPropertySymbols(error)) {
      expect(Object.getOwnPropertyDescriptor(error, mark)?.enumerable).toBe(false);
    }
  });
});

describe("the types of errors", () => {
  test("know which class has which code", () => {
    const error: unknown = new TimeoutError("text", { elapsed: 5 });
    expectTypeOf<NatsErrorCode>().toEqualTypeOf<keyof NatsErrors>();
    expectTypeOf<NatsErrors["PUBLISH_DENIED"]>().toEqualTypeOf<PermissionError>();
    expect(isNatsError(error, "TIMEOUT")).toBe(true);
    if (isNatsError(error, "TIMEOUT")) {
      expectTypeOf(error).toExtend<TimeoutError>();
      expectTypeOf(error.code).toEqualTypeOf<"TIMEOUT">();
    }
    if (isNatsError(error, "UPGRADE_REFUSED")) {
      expectTypeOf(error.status).toEqualTypeOf<number | undefined>();
      expectTypeOf(error.code).toEqualTypeOf<"UPGRADE_REFUSED">();
    }
    if (isNatsError(error)) expectTypeOf(error).toEqualTypeOf<NatsError>();
    else expectTypeOf(error).toEqualTypeOf<unknown>();
    // @ts-expect-error -- there is no such code
    expect(isNatsError(error, "TIME_OUT")).toBe(false);
  });
});

test("each code belongs to one class", () => {
  const lists = Object.values(errorCodes);
  const codes = lists.flatMap((list): readonly string[] => list);
  expect(lists.length).toBeGreaterThan(5);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
});

describe("toError", () => {
  test("leaves an error as it is", () => {
    const error = new RangeError("x");
    expect(toError(error)).toBe(error);
  });

  test.each([
    ["text", "text"],
    [undefined, "undefined"],
    [null, "null"],
    [7, "7"],
    [Symbol("s"), "Symbol(s)"],
  ])("makes an error of %s", (thrown, message) => {
    expect(toError(thrown)).toBeInstanceOf(Error);
    expect(toError(thrown).message).toBe(message);
  });

  test("makes an error with a text of one that has none, with the given one as the cause", () => {
    const given = Object.assign(new Error("x"), { message: { reason: 1 } as unknown as string });
    expect(toError(given)).toMatchObject({ message: "[object Object]", cause: given });
  });

  test("makes an error of anything that can be thrown, and never throws itself", () => {
    expect(toError(Object.create(null))).toBeInstanceOf(Error);
    const rude = {
      toString(): never {
        throw new Error("no text for you");
      },
    };
    expect(toError(rude)).toBeInstanceOf(Error);
    const proxy = new Proxy({}, { getPrototypeOf: () => rude.toString() });
    expect(toError(proxy)).toBeInstanceOf(Error);
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        expect(toError(thrown)).toBeInstanceOf(Error);
      }),
    );
  });
});
