import { describe, expect, test } from "vitest";
import {
  checkCount,
  checkPendingLimits,
  checkPublishOptions,
  checkRequestManyOptions,
  checkRequestOptions,
  checkWait,
  resolveSubscribeOptions,
  type SubscribeOptions,
} from "../../src/core/call-options.ts";
import type { ConnectOptions } from "../../src/core/connect-options.ts";
import { resolveOptions } from "../../src/core/options.ts";
import { headers } from "../../src/core/protocol/headers.ts";
import { thrownBy } from "./support/thrown.ts";

const MIB = 1024 * 1024;
const MAX_TIMER = 2 ** 31 - 1;

const DEFAULTS = {
  servers: undefined,
  name: "",
  randomize: true,
  discoverServers: true,
  lameDuck: "move",
  timeout: 2000,
  authenticators: [],
  reconnect: {
    maxAttempts: Infinity,
    delay: 100,
    maxDelay: 5000,
    jitter: 0.5,
    jitterTls: 1,
    firstConnect: false,
  },
  whileDisconnected: "buffer",
  reconnectBufferSize: 8 * MIB,
  maxControlLine: 4096,
  highWaterMark: MIB,
  maxPendingBytes: 256 * MIB,
  pending: { messages: 512 * 1024, bytes: 64 * MIB, onFull: "drop-new" },
  pingInterval: 30_000,
  maxPingsOut: 2,
  requestTimeout: 5000,
  disposeTimeout: 5000,
  inboxPrefix: "_INBOX",
  echo: true,
  warnings: true,
  verbose: false,
  pedantic: false,
};

/** Everything inside is frozen too. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !(value instanceof AbortSignal)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

function refusal(given: object): unknown {
  return thrownBy(() => resolveOptions(given));
}

describe("the options of connect", () => {
  test("have defaults [OPT-02] [OPT-03]", () => {
    expect(resolveOptions({})).toEqual(DEFAULTS);
  });

  test("take undefined for not given", () => {
    const { authenticators: _none, ...defaults } = DEFAULTS;
    const names = [...Object.keys(defaults), "authenticator", "tls", "dial", "localAddress", "token"];
    const nothing = Object.fromEntries(names.map((name) => [name, undefined]));
    expect(resolveOptions(nothing as ConnectOptions)).toEqual(DEFAULTS);
    expect(resolveOptions({ reconnect: { delay: undefined } } as unknown as ConnectOptions)).toEqual(
      DEFAULTS,
    );
  });

  test("take what is given, in place of the defaults", () => {
    const { signal } = new AbortController();
    const given = {
      name: "n",
      user: "u",
      password: "p",
      token: "t",
      tls: { handshakeFirst: true, ca: "pem" },
      localAddress: "127.0.0.1",
      discoverServers: false,
      lameDuck: "stay",
      randomize: false,
      timeout: 1,
      signal,
      whileDisconnected: "drop",
      reconnectBufferSize: 2,
      maxControlLine: 8192,
      highWaterMark: 3,
      maxPendingBytes: 4,
      pingInterval: 0,
      maxPingsOut: 5,
      requestTimeout: 6,
      disposeTimeout: 7,
      inboxPrefix: "_me.x",
      echo: false,
      warnings: false,
      verbose: true,
      pedantic: true,
    } as const;
    expect(resolveOptions(given)).toEqual({ ...DEFAULTS, ...given });
  });

  test("are never changed, and what is made of them is not theirs [OPT-04] [OPT-38]", () => {
    const given = {
      servers: ["a", "b"],
      reconnect: { delay: 7 },
      pending: { messages: 3 },
      signal: new AbortController().signal,
    };
    const resolved = resolveOptions(deepFreeze(given));
    expect(given).toMatchObject({ servers: ["a", "b"], reconnect: { delay: 7 }, pending: { messages: 3 } });
    expect(resolved.servers).not.toBe(given.servers);
    expect(resolved.reconnect).not.toBe(given.reconnect);
    expect(resolved.pending).not.toBe(given.pending);
    expect(resolveOptions({}).pending).not.toBe(resolveOptions({}).pending);
  });

  test.each([
    ["a", ["a"]],
    ["a,b", ["a", "b"]],
    [" nats://a:1 ,\tb , c\n", ["nats://a:1", "b", "c"]],
    ["a,,b,", ["a", "b"]],
    [
      [" a ", "b"],
      ["a", "b"],
    ],
  ])("servers %j are %j [OPT-07] [URL-09]", (servers, wanted) => {
    expect(resolveOptions({ servers }).servers).toEqual(wanted);
  });

  test.each([[[]], [[""]], [""], [" , "], ["nats://joe:1,2@host"], [[7]], [7], [null]])(
    "servers can't be %j",
    (servers) => {
      expect(refusal({ servers })).toMatchObject({ code: "INVALID_OPTION", argument: "servers" });
    },
  );

  test("reconnect may be on, off or set in part [OPT-11]", () => {
    expect(resolveOptions({ reconnect: true }).reconnect).toEqual(DEFAULTS.reconnect);
    expect(resolveOptions({ reconnect: false }).reconnect).toBeUndefined();
    expect(resolveOptions({ reconnect: { maxAttempts: 3, jitter: 0 } }).reconnect).toEqual({
      ...DEFAULTS.reconnect,
      maxAttempts: 3,
      jitter: 0,
    });
  });

  test.each([
    ["name", 7],
    ["user", 7],
    ["randomize", 1],
    ["timeout", -1],
    ["timeout", MAX_TIMER + 1],
    ["pingInterval", MAX_TIMER + 1],
    ["requestTimeout", Infinity],
    ["requestTimeout", "5s"],
    ["signal", {}],
    ["reconnect", "yes"],
    ["whileDisconnected", "wait"],
    ["reconnectBufferSize", 0],
    ["reconnectBufferSize", -1],
    ["highWaterMark", 0],
    ["maxPendingBytes", 1.5],
    ["maxPingsOut", 0],
    ["echo", "no"],
    ["verbose", null],
  ])("%s can't be %j", (name, value) => {
    expect(refusal({ [name]: value })).toMatchObject({ code: "INVALID_OPTION", argument: name });
  });

  test.each([
    [{ reconnect: { maxDelay: MAX_TIMER + 1 } }, "reconnect.maxDelay"],
    [{ reconnect: { delay: -1 } }, "reconnect.delay"],
    [{ reconnect: { maxAttempts: 0 } }, "reconnect.maxAttempts"],
    [{ reconnect: { jitter: 1.1 } }, "reconnect.jitter"],
    [{ reconnect: { jitter: -0.1 } }, "reconnect.jitter"],
    [{ pending: { messages: 0 } }, "pending.messages"],
    [{ pending: { bytes: -1 } }, "pending.bytes"],
    [{ pending: { onFull: "block" } }, "pending.onFull"],
  ])("%j has a wrong part, which is named [SLOW-08]", (given, argument) => {
    expect(refusal(given)).toMatchObject({ code: "INVALID_OPTION", argument });
  });

  test.each([
    [{ sevrers: "a" }, "servers"],
    [{ maxPingOut: 2 }, "maxPingsOut"],
    [{ pingIntervall: 2 }, "pingInterval"],
    [{ noecho: true }, "echo"],
    [{ reconnect: { dealy: 1 } }, "reconnect.delay"],
    [{ pending: { message: 1 } }, "pending.messages"],
  ])("%j has an unknown name: was %j meant?", (given, meant) => {
    expect(refusal(given)).toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringContaining(`did you mean "${meant}"?`) as unknown,
    });
  });

  test("a password needs a user; any other combination goes [AUTH-03]", () => {
    expect(resolveOptions({ token: "t", user: "u", password: "p" })).toMatchObject({ token: "t", user: "u" });
    expect(resolveOptions({ user: "u" }).user).toBe("u");
    expect(refusal({ password: "p" })).toMatchObject({ argument: "password" });
  });

  test.each(["_INBOX", "a", "$a.b", "größe"])("%j can be the prefix of inboxes [OPT-25]", (inboxPrefix) => {
    expect(resolveOptions({ inboxPrefix }).inboxPrefix).toBe(inboxPrefix);
  });

  test.each(["", ".", "a.", ".a", "a..b", "a.>", "*", "a*b", ">x", "a b", "a\r\n"])(
    "%j can't be the prefix of inboxes [OPT-25]",
    (inboxPrefix) => {
      expect(refusal({ inboxPrefix })).toMatchObject({ code: "INVALID_OPTION", argument: "inboxPrefix" });
    },
  );

  test("an authenticator may be one or several", () => {
    const one = (): object => ({});
    expect(resolveOptions({ authenticator: one }).authenticators).toEqual([one]);
    expect(resolveOptions({ authenticator: [one, one] }).authenticators).toEqual([one, one]);
    expect(refusal({ authenticator: { user: "u" } })).toMatchObject({ argument: "authenticator" });
    expect(refusal({ authenticator: [one, "x"] })).toMatchObject({ argument: "authenticator" });
  });

  test("TLS may be on, off, or options", () => {
    expect(resolveOptions({ tls: true }).tls).toBe(true);
    expect(resolveOptions({ tls: false }).tls).toBe(false);
    const tls = { servername: "a.example" };
    const resolved = resolveOptions({ tls }).tls;
    expect(resolved).toEqual(tls);
    expect(resolved).not.toBe(tls);
    expect(refusal({ tls: "yes" })).toMatchObject({ argument: "tls" });
  });

  test("the error does not show a password", () => {
    for (const given of [{ token: "secret", user: 1 }, { password: "secret" }]) {
      expect(JSON.stringify(refusal(given))).not.toContain("secret");
    }
  });
});

describe("the options of subscribe", () => {
  const pending = { messages: 5, bytes: 6, onFull: "error" } as const;
  const resolve = (given: SubscribeOptions) => resolveSubscribeOptions(given, pending);

  test("take the connection's limits, and change them in part", () => {
    expect(resolve({})).toEqual({ concurrency: 1, pending });
    expect(resolve({ pending: { messages: Infinity } }).pending).toEqual({ ...pending, messages: Infinity });
  });

  test("take an empty queue group for none [SUB-04]", () => {
    expect(resolve({ queue: "q" }).queue).toBe("q");
    expect("queue" in resolve({ queue: "" })).toBe(false);
    expect(thrownBy(() => resolve({ queue: "a b" }))).toMatchObject({ code: "INVALID_QUEUE" });
  });

  test("are never changed", () => {
    const given = deepFreeze({
      queue: "",
      max: 3,
      pending: { bytes: 7 },
      callback: () => undefined,
      concurrency: 2,
    });
    expect(resolve(given)).toMatchObject({ max: 3, concurrency: 2, pending: { messages: 5, bytes: 7 } });
  });

  test("concurrency needs a callback", () => {
    expect(thrownBy(() => resolve({ concurrency: 2 }))).toMatchObject({ argument: "concurrency" });
  });

  test.each([
    ["max", 0],
    ["max", -1],
    ["callback", "f"],
    ["concurrency", 0],
    ["signal", "x"],
  ])("%s can't be %j", (name, value) => {
    const given = { callback: () => undefined, [name]: value };
    expect(thrownBy(() => resolve(given as SubscribeOptions))).toMatchObject({
      code: "INVALID_OPTION",
      argument: name,
    });
  });
});

describe("the options of other calls", () => {
  const some = headers({ a: "1" });
  const { signal } = new AbortController();

  test("are copied as they are", () => {
    expect(checkPublishOptions(deepFreeze({ reply: "r" }))).toEqual({ reply: "r" });
    expect(checkPublishOptions({ headers: some }).headers).toBe(some);
    const request = deepFreeze({ timeout: 1, ownInbox: true, onDisconnect: "wait" as const });
    expect(checkRequestOptions(request)).toEqual(request);
    expect(checkRequestOptions(request)).not.toBe(request);
    const many = { maxWait: 1, stall: 2, maxMessages: 3, sentinel: () => true, signal };
    expect(checkRequestManyOptions(many)).toEqual(many);
    expect(checkWait({ timeout: 0, signal })).toEqual({ timeout: 0, signal });
    expect(checkCount("max", 7)).toBe(7);
  });

  test.each<[string, () => unknown, string]>([
    ["headers that are none", () => checkPublishOptions({ headers: "a: 1" as never }), "headers"],
    ["a reply that is no string", () => checkPublishOptions({ reply: 7 as never }), "reply"],
    ["a timeout beyond what timers can do", () => checkRequestOptions({ timeout: MAX_TIMER + 1 }), "timeout"],
    ["a timeout that is no number", () => checkWait({ timeout: Number.NaN }), "timeout"],
    ["a wrong choice", () => checkRequestOptions({ onDisconnect: "hang" as never }), "onDisconnect"],
    ["no responses at all", () => checkRequestManyOptions({ maxMessages: 0 }), "maxMessages"],
    ["a stall beyond what timers can do", () => checkRequestManyOptions({ stall: MAX_TIMER + 1 }), "stall"],
    ["a sentinel that is no function", () => checkRequestManyOptions({ sentinel: 7 as never }), "sentinel"],
    ["a signal that is none", () => checkWait({ signal: "x" as never }), "signal"],
    ["an unknown option", () => checkWait({ timeot: 7 } as never), "timeot"],
    ["a count of nothing", () => checkCount("max", 0), "max"],
  ])("refuse %s", (_what, call, argument) => {
    expect(thrownBy(call)).toMatchObject({ code: "INVALID_OPTION", argument });
  });
});

describe("pending limits", () => {
  test("change what is named and leave the rest, as it was [SLOW-08]", () => {
    const current = deepFreeze({ messages: 5, bytes: 6, onFull: "error" as const });
    expect(checkPendingLimits({ bytes: Infinity }, current)).toEqual({ ...current, bytes: Infinity });
    expect(checkPendingLimits({ onFull: "drop-old" }, current)).toEqual({ ...current, onFull: "drop-old" });
    expect(thrownBy(() => checkPendingLimits({ messages: 0 }, current))).toMatchObject({
      argument: "messages",
    });
  });
});
