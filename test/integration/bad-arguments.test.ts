import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  connect,
  type Connection,
  type ConnectOptions,
  headers,
  type HeadersInit,
  type Payload,
  type PublishOptions,
  type RequestManyOptions,
  type RequestOptions,
  type SubscribeOptions,
  type Subscription,
  type WaitOptions,
} from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { failure, thrown } from "../support/failure.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { refusedUrl } from "../support/nats-server.ts";

const MAX_PAYLOAD = 1000;

let server: ScriptedServer;
let nc: Connection;
let subscription: Subscription | undefined;

beforeAll(async () => {
  server = await ScriptedServer.start(acceptAll(undefined, { max_payload: MAX_PAYLOAD }));
});
beforeEach(async () => {
  nc = await connect({ servers: server.url, pedantic: true });
  subscription = undefined;
  return () => nc.close();
});
afterAll(() => server.stop());

/** Runs `body` and expects that nothing was written but the PING of a flush afterwards. */
async function withoutAByte(body: () => Promise<void> | void): Promise<void> {
  const peer = server.peers.at(-1)!;
  await nc.flush();
  const before = peer.received;
  await body();
  await nc.flush();
  expect(peer.received.slice(before.length)).toBe("PING\r\n");
}

/** A subscription to call things on, made before it is counted what is written. */
function existing(): Subscription {
  return (subscription ??= nc.subscribe("existing"));
}

/** A value that TypeScript would not let through. */
function untyped(value: unknown): never {
  return value as never;
}

const anywhere: [title: string, subject: unknown][] = [
  ["nothing", undefined],
  ["null", null],
  ["a number", 42],
  ["an object", { subject: "a" }],
  ["the empty string", ""],
  ["a dot", "."],
  ["an empty first token", ".a"],
  ["an empty last token", "a."],
  ["an empty token", "a..b"],
  ["a space", "a b"],
  ["a tab", "a\tb"],
  ["a line break", "a\r\nPUB b 0\r\n"],
  ["a lone LF", "a\nb"],
  ["a lone CR", "a\rb"],
  ["a control character", "a\u0000b"],
  ["nine thousand characters", "a".repeat(9000)],
];
const wildcards: [title: string, subject: unknown][] = [
  ["*", "a.*"],
  [">", "a.>"],
  ["only >", ">"],
  ["* first", "*.a"],
];

describe("a subject with", () => {
  test.each([...anywhere, ...wildcards])(
    "%s can't be published to [R40] [PUB-03]",
    async (_title, subject) => {
      const expected = { name: "ArgumentError", code: "INVALID_SUBJECT", argument: "subject" };
      await withoutAByte(async () => {
        expect(thrown(() => nc.publish(untyped(subject), "data"))).toMatchObject(expected);
        expect(await failure(nc.request(untyped(subject)))).toMatchObject(expected);
        expect(thrown(() => nc.requestMany(untyped(subject)))).toMatchObject(expected);
      });
      expect(nc.stats()).toMatchObject({ outMessages: 0, outBytes: 0 });
    },
  );

  test.each([...anywhere.slice(1), ...wildcards])(
    "%s can't be a reply subject [R40]",
    async (_title, reply) => {
      const code = typeof reply === "string" ? "INVALID_SUBJECT" : "INVALID_OPTION";
      await withoutAByte(() => {
        const error = thrown(() => nc.publish("a", "data", { reply: untyped(reply) }));
        expect(error).toMatchObject({ code, argument: "reply" });
      });
    },
  );

  test.each([...anywhere, ["> in the middle", "a.>.b"]])(
    "%s can't be subscribed to [R40] [SUB-03]",
    async (_title, subject) => {
      await withoutAByte(() => {
        const error = thrown(() => nc.subscribe(untyped(subject)));
        expect(error).toMatchObject({ code: "INVALID_SUBJECT", argument: "subject" });
      });
    },
  );

  test.each(["a*b", "a>b", "größe.日本.🚀", "$SYS.x", "a-b_c/d:e"])("%s is fine", async (subject) => {
    const peer = server.peers.at(-1)!;
    nc.publish(subject, "data");
    nc.subscribe(subject);
    await nc.flush();
    expect(peer.received).toContain(`PUB ${subject} 4\r\ndata\r\nSUB ${subject} 1\r\n`);
  });
});

describe("a payload", () => {
  test.each<[title: string, payload: unknown]>([
    ["an object", { hello: "world" }],
    ["a list", [1, 2]],
    ["a number", 42],
    ["a boolean", true],
    ["null", null],
    ["an ArrayBuffer", new ArrayBuffer(4)],
    ["a view that is not of bytes", new Float64Array(1)],
    ["a function", () => "data"],
  ])("that is %s is refused", async (_title, payload) => {
    const expected = { name: "ArgumentError", code: "INVALID_PAYLOAD", argument: "data", subject: "greet" };
    const data = untyped(payload) as Payload;
    await withoutAByte(async () => {
      expect(thrown(() => nc.publish("greet", data))).toMatchObject(expected);
      expect(await failure(nc.request("greet", data))).toMatchObject(expected);
      expect(await failure(nc.request("greet", data, { ownInbox: true }))).toMatchObject(expected);
      expect(thrown(() => nc.requestMany("greet", data))).toMatchObject(expected);
    });
  });

  // "NATS/1.0␍␊", "X: 12345␍␊" and the empty line.
  const some = headers({ X: "12345" });
  const block = "NATS/1.0\r\nX: 12345\r\n\r\n".length;

  test.each<[title: string, payload: (size: number) => Payload]>([
    ["text", (size) => "x".repeat(size)],
    ["text of two bytes a letter", (size) => "ä".repeat(size >> 1) + "x".repeat(size & 1)],
    ["bytes", (size) => new Uint8Array(size).fill(0x78)],
  ])(
    "of exactly the limit is taken, and of one byte more refused: %s [R34] [PUB-05] [SC-05]",
    async (_title, payload) => {
      const peer = server.peers.at(-1)!;
      nc.publish("greet", payload(MAX_PAYLOAD));
      nc.publish("greet", payload(MAX_PAYLOAD - block), { headers: some });
      await nc.flush();
      expect(peer.received).toContain(`PUB greet ${MAX_PAYLOAD}\r\n`);
      expect(peer.received).toContain(`HPUB greet ${block} ${MAX_PAYLOAD}\r\n`);
      const expected = { name: "ArgumentError", code: "MAX_PAYLOAD_EXCEEDED", subject: "greet" };
      await withoutAByte(async () => {
        const tooLarge = payload(MAX_PAYLOAD + 1);
        const tooLargeWithHeaders = payload(MAX_PAYLOAD - block + 1);
        expect(thrown(() => nc.publish("greet", tooLarge))).toMatchObject(expected);
        expect(thrown(() => nc.publish("greet", tooLargeWithHeaders, { headers: some }))).toMatchObject(
          expected,
        );
        expect(await failure(nc.request("greet", tooLarge))).toMatchObject(expected);
        expect(await failure(nc.request("greet", tooLargeWithHeaders, { headers: some }))).toMatchObject(
          expected,
        );
        expect(thrown(() => nc.requestMany("greet", tooLarge))).toMatchObject(expected);
      });
      expect(nc.stats()).toMatchObject({ outMessages: 2, outBytes: 2 * MAX_PAYLOAD });
    },
  );

  test("follows the limit of a later INFO [R34]", async () => {
    const peer = server.peers.at(-1)!;
    peer.sendInfo({ max_payload: 10 });
    await expect.poll(() => nc.info?.maxPayload).toBe(10);
    await withoutAByte(() => {
      expect(thrown(() => nc.publish("greet", "12345678901")).code).toBe("MAX_PAYLOAD_EXCEEDED");
    });
    peer.sendInfo({ max_payload: 11 });
    await expect.poll(() => nc.info?.maxPayload).toBe(11);
    nc.publish("greet", "12345678901");
    await nc.flush();
    expect(peer.received).toContain("PUB greet 11\r\n");
  });
});

describe("headers", () => {
  test.each<[title: string, init: unknown, culprit: string]>([
    ["an empty name", { "": "x" }, ""],
    ["a space in a name", { "a b": "x" }, "a b"],
    ["a colon in a name", { "a:b": "x" }, "a:b"],
    ["a line break in a name", { "a\r\nb": "x" }, "a\r\nb"],
    ["a letter beyond ASCII in a name", { ä: "x" }, "ä"],
    ["CR in a value", { a: "x\ry" }, "a"],
    ["LF in a value", { a: "x\ny" }, "a"],
    ["a number as value", { a: 1 }, "a"],
    ["nothing as value", { a: undefined }, "a"],
    ["a number in a list", { a: ["x", 1] }, "a"],
    ["a pair without a value", [["a"]], "a"],
    ["what is no pair in a list", [7], ""],
  ])("with %s are refused [R39] [HDR-05]", (_title, init, culprit) => {
    const error = thrown(() => headers(untyped(init)));
    expect(error).toMatchObject({ name: "ArgumentError", code: "INVALID_HEADER", argument: culprit });
  });

  test("are refused by set and append as well, which change nothing then [R39]", () => {
    const given = headers({ a: "x" });
    expect(thrown(() => given.set("a", "y\n")).code).toBe("INVALID_HEADER");
    expect(thrown(() => given.append("b c", "y")).code).toBe("INVALID_HEADER");
    expect([...given]).toEqual([["a", "x"]]);
  });

  test.each<[title: string, value: unknown]>([
    ["null", null],
    ["text", "a: x"],
    ["a number", 7],
    ["a function", () => ({ a: "x" })],
  ])("must be made with headers() or of an object, and not be %s", async (_title, value) => {
    const expected = { code: "INVALID_OPTION", argument: "headers" };
    const options = { headers: untyped(value) as HeadersInit };
    await withoutAByte(async () => {
      expect(thrown(() => nc.publish("a", "x", options))).toMatchObject(expected);
      expect(await failure(nc.request("a", "x", options))).toMatchObject(expected);
      expect(thrown(() => nc.requestMany("a", "x", options))).toMatchObject(expected);
    });
  });

  test("are refused for a server without them, before anything is written [R38] [PUB-01]", async () => {
    await using old = await ScriptedServer.start(acceptAll(undefined, { headers: false }));
    await using client = await connect(old.url);
    const before = old.peers[0]!.received;
    const options = { headers: headers({ a: "x" }) };
    const expected = { code: "HEADERS_NOT_SUPPORTED", subject: "greet" };
    expect(thrown(() => client.publish("greet", "x", options))).toMatchObject(expected);
    expect(await failure(client.request("greet", "x", options))).toMatchObject(expected);
    expect(thrown(() => client.requestMany("greet", "x", options))).toMatchObject(expected);
    await client.flush();
    expect(old.peers[0]!.received.slice(before.length)).toBe("PING\r\n");
    client.publish("greet", "x", { headers: headers() });
    await client.flush();
    expect(old.peers[0]!.received).toContain("PUB greet 1\r\nx\r\n");
  });
});

/** Its name in the error: within the option that holds it, as the one that was meant. */
function unknownOf(given: object, meant: string): string {
  return meant.slice(0, meant.indexOf(".") + 1) + Object.keys(given)[0]!;
}

describe("an unknown option", () => {
  test.each<[call: string, given: object, meant: string, run: (given: never) => unknown]>([
    ["publish", { header: headers() }, "headers", (given: PublishOptions) => nc.publish("a", "x", given)],
    ["subscribe", { queu: "q" }, "queue", (given: SubscribeOptions) => nc.subscribe("a", given)],
    ["request", { timout: 1 }, "timeout", (given: RequestOptions) => nc.request("a", "x", given)],
    [
      "requestMany",
      { maxwait: 1 },
      "maxWait",
      (given: RequestManyOptions) => nc.requestMany("a", "x", given),
    ],
    ["flush", { timeOut: 1 }, "timeout", (given: WaitOptions) => nc.flush(given)],
    ["ready", { sginal: 1 }, "signal", (given: WaitOptions) => nc.ready(given)],
    ["rtt", { time_out: 1 }, "timeout", (given: WaitOptions) => nc.rtt(given)],
    ["drain", { timeouts: 1 }, "timeout", (given: WaitOptions) => nc.drain(given)],
    ["next", { timeoute: 1 }, "timeout", (given: WaitOptions) => existing().next(given)],
    ["connect", { server: "x" }, "servers", (given: ConnectOptions) => connect(given)],
    ["connect.reconnect", { dealy: 1 }, "reconnect.delay", (given) => connect({ reconnect: given })],
    ["subscribe.pending", { byte: 1 }, "pending.bytes", (given) => nc.subscribe("a", { pending: given })],
  ])("of %s is refused, and the right one named", async (_call, given, meant, run) => {
    existing();
    await withoutAByte(async () => {
      const error = await failure(Promise.resolve().then(() => run(given as never)));
      expect(error).toMatchObject({ code: "INVALID_OPTION", argument: unknownOf(given, meant) });
      expect(error.message).toContain(`did you mean "${meant}"?`);
    });
    expect(nc.state).toBe("connected");
  });

  test("without a likely one lists all", async () => {
    const error = thrown(() => nc.publish("a", "x", untyped({ colour: "red" })));
    expect(error.message).toContain("headers, reply");
  });
});

const NO_DURATIONS: [title: string, value: unknown][] = [
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["negative", -1],
  ["longer than a timer can be", 2 ** 31],
  ["text", "1000"],
  ["null", null],
  ["an object without a text form", Object.create(null)],
];

describe("a duration that is", () => {
  test.each(NO_DURATIONS)("%s is refused by every call [R: 3.2b]", async (_title, value) => {
    existing();
    const ms = value as number;
    const calls: [argument: string, call: () => unknown][] = [
      ["timeout", () => nc.request("a", "x", { timeout: ms })],
      ["maxWait", () => nc.requestMany("a", "x", { maxWait: ms })],
      ["stall", () => nc.requestMany("a", "x", { stall: ms })],
      ["timeout", () => nc.flush({ timeout: ms })],
      ["timeout", () => nc.ready({ timeout: ms })],
      ["timeout", () => nc.rtt({ timeout: ms })],
      ["timeout", () => nc.drain({ timeout: ms })],
      ["timeout", () => existing().next({ timeout: ms })],
      ["timeout", () => existing().drain({ timeout: ms })],
      ["timeout", () => connect({ timeout: ms })],
      ["pingInterval", () => connect({ pingInterval: ms })],
      ["requestTimeout", () => connect({ requestTimeout: ms })],
      ["reconnect.delay", () => connect({ reconnect: { delay: ms } })],
      ["reconnect.maxDelay", () => connect({ reconnect: { maxDelay: ms } })],
    ];
    await withoutAByte(async () => {
      for (const [argument, call] of calls) {
        const error = await failure(Promise.resolve().then(call));
        expect(error).toMatchObject({ name: "ArgumentError", code: "INVALID_OPTION", argument });
      }
    });
    expect(nc.state).toBe("connected");
  });
});

describe("another argument", () => {
  const calls: [title: string, argument: string, call: () => unknown][] = [
    [
      "a signal of publish's neighbours that is none",
      "signal",
      () => nc.request("a", "x", { signal: untyped("now") }),
    ],
    ["a signal of flush that is none", "signal", () => nc.flush({ signal: untyped({}) })],
    ["options of publish that are no object", "options", () => nc.publish("a", "x", untyped("reply"))],
    ["options of publish that are null", "options", () => nc.publish("a", "x", untyped(null))],
    [
      "options of subscribe that are a function",
      "options",
      () =>
        nc.subscribe(
          "a",
          untyped(() => undefined),
        ),
    ],
    ["options of request that are a number", "options", () => nc.request("a", "x", untyped(1000))],
    ["max 0", "max", () => nc.subscribe("a", { max: 0 })],
    ["max 1.5", "max", () => nc.subscribe("a", { max: 1.5 })],
    ["max -1", "max", () => nc.subscribe("a", { max: -1 })],
    ["maxMessages 0", "maxMessages", () => nc.requestMany("a", "x", { maxMessages: 0 })],
    [
      "a sentinel that is no function",
      "sentinel",
      () => nc.requestMany("a", "x", { sentinel: untyped("end") }),
    ],
    ["a callback that is no function", "callback", () => nc.subscribe("a", { callback: untyped("handler") })],
    ["concurrency 0", "concurrency", () => nc.subscribe("a", { concurrency: 0, callback: () => {} })],
    ["concurrency without a callback", "concurrency", () => nc.subscribe("a", { concurrency: 2 })],
    [
      "pending.onFull that is unknown",
      "pending.onFull",
      () => nc.subscribe("a", { pending: { onFull: untyped("block") } }),
    ],
    ["pending.messages 0", "pending.messages", () => nc.subscribe("a", { pending: { messages: 0 } })],
    [
      "onDisconnect that is unknown",
      "onDisconnect",
      () => nc.request("a", "x", { onDisconnect: untyped("retry") }),
    ],
    ["ownInbox that is no boolean", "ownInbox", () => nc.request("a", "x", { ownInbox: untyped("yes") })],
    ["a batch of 0", "maxMessages", () => existing().batches(0)],
  ];

  test.each(calls)("%s is refused by name", async (_title, argument, call) => {
    existing();
    await withoutAByte(async () => {
      const error = await failure(Promise.resolve().then(call));
      expect(error).toMatchObject({ name: "ArgumentError", code: "INVALID_OPTION", argument });
    });
  });

  test.each(["a b", "a\tb", "a\r\nb", "q\u0000"])("a queue group %j is refused [SUB-04]", async (queue) => {
    await withoutAByte(() => {
      const error = thrown(() => nc.subscribe("a", { queue }));
      expect(error).toMatchObject({ code: "INVALID_QUEUE", argument: "queue", queue });
    });
  });
});

describe("options of connect", () => {
  const given: [title: string, argument: string, options: unknown][] = [
    ["null", "options", null],
    ["a number", "options", 4222],
    ["servers that are a number", "servers", { servers: 4222 }],
    ["a server that is an object", "servers", { servers: [{ host: "a" }] }],
    ["an empty list of servers", "servers", { servers: [] }],
    ["a list of nothing", "servers", { servers: ["", " "] }],
    ["a name that is a number", "name", { name: 1 }],
    ["a password without a user", "password", { token: "t", password: "p" }],
    ["TLS refused with a URL that asks for it", "tls", { tls: false, servers: "tls://127.0.0.1" }],
    [
      "a token provider with a token in a URL [AUTH-09]",
      "token",
      { token: () => "t", servers: "nats://t@127.0.0.1" },
    ],
    ["a password without a user", "password", { password: "p" }],
    ["randomize that is text", "randomize", { randomize: "yes" }],
    ["reconnect that is null", "reconnect", { reconnect: null }],
    ["reconnect that is a number", "reconnect", { reconnect: 10 }],
    ["maxAttempts 0", "reconnect.maxAttempts", { reconnect: { maxAttempts: 0 } }],
    ["jitter above 1", "reconnect.jitter", { reconnect: { jitter: 1.1 } }],
    ["jitter NaN", "reconnect.jitter", { reconnect: { jitter: Number.NaN } }],
    ["whileDisconnected that is unknown", "whileDisconnected", { whileDisconnected: "queue" }],
    ["reconnectBufferSize 0", "reconnectBufferSize", { reconnectBufferSize: 0 }],
    ["highWaterMark NaN", "highWaterMark", { highWaterMark: Number.NaN }],
    ["maxPendingBytes -1", "maxPendingBytes", { maxPendingBytes: -1 }],
    ["pending that is null", "pending", { pending: null }],
    ["maxPingsOut 0", "maxPingsOut", { maxPingsOut: 0 }],
    ["maxControlLine 255", "maxControlLine", { maxControlLine: 255 }],
    ["maxControlLine above 1 MiB", "maxControlLine", { maxControlLine: 1_048_577 }],
    ["a signal that is none", "signal", { signal: {} }],
    ["an inbox prefix with a wildcard", "inboxPrefix", { inboxPrefix: "a.>" }],
    ["an inbox prefix with an empty token", "inboxPrefix", { inboxPrefix: "a." }],
    ["an inbox prefix with a space", "inboxPrefix", { inboxPrefix: "a b" }],
    ["an inbox prefix with a control character", "inboxPrefix", { inboxPrefix: "a\u0001" }],
    ["an inbox prefix with half of a surrogate pair", "inboxPrefix", { inboxPrefix: "a\uD800" }],
    ["an empty inbox prefix", "inboxPrefix", { inboxPrefix: "" }],
  ];

  test.each(given)(
    "%s: refused by name, and nothing is dialled [CONN-08]",
    async (_title, argument, options) => {
      const connections = server.connections;
      const all: unknown =
        typeof options === "object" && options !== null ? { servers: server.url, ...options } : options;
      const error = await failure(connect(untyped(all)));
      expect(error).toMatchObject({ name: "ArgumentError", code: "INVALID_OPTION", argument });
      await nc.flush();
      expect(server.connections).toBe(connections);
    },
  );

  test.each([
    "nats://joe:hunter2@",
    "nats://joe:hunter2@host:port",
    "nats://joe:hunter2@host:99999",
    "nats://joe:hunter2@host:0",
    "nats://joe:hunter2@ho st",
    "nats://joe:hunter2%zz@127.0.0.1",
    "nats://joe:hunter2@a@[::1",
    "joe:hunter2@:4222",
    "mqtt://joe:hunter2@127.0.0.1",
    "http://hunter2@127.0.0.1",
    "nats://joe:hunter2/x@ho st",
    "://joe:hunter2@127.0.0.1",
  ])("a bad URL (%s) is refused, and its password does not show [URL-06] [R86]", async (url) => {
    const connections = server.connections;
    for (const servers of [url, [server.url, url]]) {
      const error = await failure(connect({ servers, reconnect: { firstConnect: true } }));
      expect(error).toMatchObject({ code: "INVALID_SERVER_URL", argument: "servers" });
      const shown = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join("\n");
      expect(shown).not.toContain("hunter2");
    }
    await nc.flush();
    expect(server.connections).toBe(connections);
  });

  test("a password does not show either when the server can't be reached [R86]", async () => {
    const url = (await refusedUrl()).replace("//", "//joe:hunter2@");
    const error = await failure(connect(url));
    expect([error.message, JSON.stringify(error)].join("\n")).not.toContain("hunter2");
  });
});

describe("options that are frozen", () => {
  test("work, and are not changed [R107]", async () => {
    const signal = new AbortController().signal;
    const list = Object.freeze([server.url]);
    const connectOptions = deepFreeze({
      servers: list,
      reconnect: { delay: 10 },
      pending: { messages: 10 },
      name: "frozen",
    });
    const before = JSON.stringify(connectOptions);
    await using client = await connect(connectOptions);
    client.publish("a", "x", Object.freeze({ reply: "b", headers: headers({ a: "x" }) }));
    const sub = client.subscribe("a", deepFreeze({ queue: "q", max: 3, pending: { bytes: 100 } }));
    await client.flush(Object.freeze({ timeout: 5000, signal }));
    await client.ready(Object.freeze({ timeout: 5000 }));
    const options = Object.freeze({ timeout: 10, signal });
    expect((await failure(client.request("a", "x", options))).code).toBe("TIMEOUT");
    expect((await failure(sub.next(options))).code).toBe("TIMEOUT");
    const many = client.requestMany("a", "x", Object.freeze({ maxWait: 10, stall: 5, maxMessages: 1 }));
    expect(await many.next()).toEqual({ value: undefined, done: true });
    await client.drain(Object.freeze({ timeout: 5000 }));
    expect(JSON.stringify(connectOptions)).toBe(before);
    expect(list).toEqual([server.url]);
  });

  test("are read once: a later change has no effect [R107]", async () => {
    const some = { servers: [server.url], inboxPrefix: "before" };
    const connecting = connect(some);
    some.servers.push("nats://127.0.0.1:1");
    some.inboxPrefix = "after";
    await using client = await connecting;
    expect(client.servers).toEqual([server.url]);
    expect(client.newInbox()).toMatch(/^before\./);
  });

  test("may have undefined values, which count as left out", async () => {
    await using client = await connect(
      untyped({ servers: server.url, name: undefined, reconnect: undefined, pending: undefined }),
    );
    const sub = client.subscribe("a", untyped({ queue: undefined, max: undefined }));
    expect([sub.queue, sub.max]).toEqual([undefined, undefined]);
  });
});

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
