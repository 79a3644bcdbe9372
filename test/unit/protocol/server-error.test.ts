import { describe, expect, test } from "vitest";
import { AuthenticationError, ConnectionError, PermissionError } from "../../../src/core/errors.ts";
import { parseServerError } from "../../../src/core/protocol/server-error.ts";

const SERVER = "nats://a:4222";

describe("the text of an -ERR", () => {
  test.each([
    "'Any Error'",
    "  'Any Error'  ",
    "Any Error",
    "'Any Error",
    "Any Error'",
    "''Any Error'''",
    "\t'Any Error'\r",
  ])("is the same in %j: blanks and quotes around it go, its case stays [ERR-01] [ERR-02]", (line) => {
    expect(parseServerError(line).error.message).toBe("the server says: Any Error");
  });

  test("keeps the quotes within it [ERR-01]", () => {
    expect(parseServerError("'it's 'fine''").error.message).toBe("the server says: it's 'fine");
  });
});

describe("an -ERR", () => {
  test.each(["Stale Connection", "stale connection", "STALE CONNECTION"])(
    "%j means that the link is to be left [ERR-03]",
    (text) => {
      const { effect, error } = parseServerError(`'${text}'`, SERVER);
      expect(effect).toBe("disconnect");
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({ code: "STALE_CONNECTION", server: SERVER });
    },
  );

  test.each(["maximum connections exceeded", "maximum account active connections exceeded"])(
    "%j means that there is no room, and the link is to be left [ERR-04]",
    (text) => {
      const { effect, error } = parseServerError(`'${text}'`, SERVER);
      expect(effect).toBe("disconnect");
      expect(error).toMatchObject({ code: "MAX_CONNECTIONS_EXCEEDED", server: SERVER });
    },
  );

  test("of a line that is too long names the option that prevents it", () => {
    const { effect, error } = parseServerError("'Maximum Control Line Exceeded'", SERVER);
    expect(effect).toBe("report");
    expect(error).toMatchObject({ name: "ArgumentError", code: "CONTROL_LINE_TOO_LONG", server: SERVER });
    expect(error.message).toContain("maxControlLine");
  });

  test("means that only if it is just this [ERR-03] [ERR-04]", () => {
    for (const text of [
      "Stale Connection now",
      "a stale connection",
      "maximum connections exceeded for account",
    ]) {
      const { effect, error } = parseServerError(`'${text}'`);
      expect({ effect, code: error.code }).toEqual({ effect: "report", code: "SERVER_ERROR" });
    }
  });

  test.each([
    ["Authorization Violation", "AUTHORIZATION_VIOLATION"],
    ['authorization violation - User "joe"', "AUTHORIZATION_VIOLATION"],
    ["User Authentication Expired", "AUTHENTICATION_EXPIRED"],
    ["user authentication revoked", "AUTHENTICATION_REVOKED"],
    ["Account Authentication Expired", "ACCOUNT_AUTHENTICATION_EXPIRED"],
  ])("%j is about credentials, by its beginning [AUTH-10] [AUTH-11] [ERR-06]", (text, code) => {
    const { effect, error } = parseServerError(`'${text}'`, SERVER);
    expect(effect).toBe("authentication");
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ code, server: SERVER, message: `the server says: ${text}` });
  });

  test("of an authentication that took too long is no refusal: the server has not looked at it [AUTH-10]", () => {
    const { effect, error } = parseServerError("'Authentication Timeout'", SERVER);
    expect(effect).toBe("report");
    expect(error).toMatchObject({
      name: "AuthenticationError",
      code: "AUTHENTICATION_TIMEOUT",
      server: SERVER,
    });
  });

  test.each([
    ['Permissions Violation for Publish to "foo.bar"', "PUBLISH_DENIED", "foo.bar", undefined],
    ['permissions violation for publish to "foo"', "PUBLISH_DENIED", "foo", undefined],
    ['Permissions Violation for Subscription to "foo.>"', "SUBSCRIBE_DENIED", "foo.>", undefined],
    ['Permissions Violation for Subscription to "foo" using queue "q"', "SUBSCRIBE_DENIED", "foo", "q"],
  ])(
    "%j names the subject that is forbidden, and the link stays up [ERR-05]",
    (text, code, subject, queue) => {
      const { effect, error } = parseServerError(`'${text}'`, SERVER);
      expect(effect).toBe("report");
      expect(error).toBeInstanceOf(PermissionError);
      expect(error).toMatchObject({ code, subject, message: `the server says: ${text}` });
      expect(error.queue).toBe(queue);
      expect("queue" in error).toBe(queue !== undefined);
    },
  );

  test("of a forbidden reply subject is about permissions too [ERR-05]", () => {
    const { effect, error } = parseServerError(`'Permissions Violation for Publish with Reply of "foo.r"'`);
    expect(effect).toBe("report");
    expect(error).toBeInstanceOf(PermissionError);
    expect(error).toMatchObject({ code: "PUBLISH_DENIED" });
  });

  test.each([
    "Unknown Protocol Operation",
    "Parser Error",
    "Maximum Payload Violation",
    "Invalid Subject",
    "Invalid Publish Subject",
    "maximum subscriptions exceeded",
    "Secure Connection - TLS Required",
    "something of tomorrow",
    "",
  ])("%j is reported and closes nothing [ERR-07]", (text) => {
    const { effect, error } = parseServerError(`'${text}'`, SERVER);
    expect(effect).toBe("report");
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      code: "SERVER_ERROR",
      server: SERVER,
      message: `the server says: ${text}`,
    });
  });

  test("of an unknown server names none", () => {
    expect("server" in parseServerError("'x'").error).toBe(false);
  });
});

describe("the subject that is forbidden", () => {
  // nats-server writes it as Go's %q does.
  test.each([
    ['a"b', String.raw`"a\"b"`],
    [String.raw`a\b`, String.raw`"a\\b"`],
    [String.raw`a\"`, String.raw`"a\\\""`],
    ["é€😀", '"é€😀"'],
    ["a\u200db\u{e0001}", String.raw`"a\u200db\U000e0001"`],
  ])("%j is told as %s", (subject, quoted) => {
    const publish = parseServerError(`'Permissions Violation for Publish to ${quoted}'`);
    expect(publish.error).toMatchObject({ code: "PUBLISH_DENIED", subject });
    const text = `'Permissions Violation for Subscription to ${quoted} using queue ${quoted}'`;
    expect(parseServerError(text).error).toMatchObject({ code: "SUBSCRIBE_DENIED", subject, queue: subject });
  });
});
