import { setImmediate as nextTurn } from "node:timers/promises";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { startServer } from "../../src/server/index.ts";
import { expectSame, type ServerAtHand, withOurs } from "../support/both-servers.ts";
import { eventually } from "../support/eventually.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { expectTraffic, useTls } from "../support/tls-server.ts";
import {
  BINARY,
  CLOSE,
  frameOf,
  PING,
  PONG,
  RawWebSocket,
  TEXT,
  type UpgradeOptions,
} from "../support/raw-web-socket.ts";

const LISTENER = 'websocket { host: "127.0.0.1", port: -1, no_tls: true }';
const CONNECT = 'CONNECT {"verbose":false,"protocol":1}\r\n';

const made = useTls();

/** A listener with more settings. */
function listener(more: string): string {
  return LISTENER.replace("}", `, ${more} }`);
}

/** The answer to an upgrade: its head, and the body of a refusal. */
async function answer({ webSocketPort }: ServerAtHand, options: UpgradeOptions): Promise<string[]> {
  using webSocket = await RawWebSocket.open(webSocketPort, options);
  // Go keeps the connection for another request.
  const head = webSocket.head.filter((line) => !line.startsWith("connection: close"));
  return [...head, await webSocket.body()];
}

/** INFO as it came first, without what differs from server to server. */
async function infoOf(webSocket: RawWebSocket): Promise<Record<string, unknown>> {
  await webSocket.until(() => webSocket.text.includes("\r\n"));
  return readInfo(webSocket.text);
}

function readInfo(text: string): Record<string, unknown> {
  const info = JSON.parse(/^INFO (.*)\r\n/.exec(text)![1]!) as Record<string, unknown>;
  for (const name of ["server_id", "server_name", "go", "client_id", "api_lvl", "xkey", "nonce"])
    delete info[name];
  return info;
}

describe("the request", () => {
  const REFUSED: readonly [string, UpgradeOptions][] = [
    ["that is no GET", { method: "POST" }],
    ["that is no upgrade", { headers: { Upgrade: undefined, Connection: "close" } }],
    ["that upgrades to something else", { headers: { Upgrade: "h2c" } }],
    ["without a key", { headers: { "Sec-WebSocket-Key": undefined } }],
    ["with a short key", { headers: { "Sec-WebSocket-Key": "c2hvcnQ=" } }],
    ["of another version", { headers: { "Sec-WebSocket-Version": "8" } }],
    ["for MQTT", { path: "/any/mqtt?x", method: "POST" }],
  ];

  test.each(REFUSED)("%s is refused", async (_what, options) => {
    const [status] = await expectSame(LISTENER, (server) => answer(server, options));
    expect(status).toMatch(/^HTTP\/1.1 4\d\d /);
  });

  const TAKEN: readonly [string, UpgradeOptions][] = [
    ["to any path", { path: "/any/where?at=all" }],
    ["of a page, wherever it is from", { headers: { Origin: "https://example.com" } }],
    ["with lists of words", { headers: { Upgrade: "x, WebSocket", Connection: "keep-alive, upgrade" } }],
    ["with a list of versions", { headers: { "Sec-WebSocket-Version": "8, 13" } }],
    ["that asks for a protocol of its own", { headers: { "Sec-WebSocket-Protocol": "nats" } }],
    ["with a bad list of protocols", { headers: { "Sec-WebSocket-Protocol": "a,,b" } }],
    ["that offers compression", { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } }],
  ];

  test.each(TAKEN)("%s is taken", async (_what, options) => {
    const [status] = await expectSame(LISTENER, (server) => answer(server, options));
    expect(status).toBe("HTTP/1.1 101 Switching Protocols");
  });

  test("of a leaf node is taken, and ended", async () => {
    await expectSame(LISTENER, async ({ webSocketPort }) => {
      using webSocket = await RawWebSocket.open(webSocketPort, { path: "/leafnode" });
      await webSocket.ended();
      return [webSocket.head, webSocket.frames];
    });
  });

  test.each(["permessage-deflate", "x-other, permessage-deflate; client_max_window_bits", "x-other"])(
    "that offers %s, where the server compresses",
    async (offer) => {
      await expectSame(listener("compression: true"), (server) =>
        answer(server, { headers: { "Sec-WebSocket-Extensions": offer } }),
      );
    },
  );

  test.each([
    [
      "same_origin: true",
      ["http://server", "http://server:80", "https://server", "http://other", "null", ""],
    ],
    [
      'allowed_origins: ["http://one", "https://two:8443"]',
      ["http://one", "http://ONE:80", "https://one", "https://two:8443", "https://two", "http://three", "x:"],
    ],
    ['same_origin: true, allowed_origins: ["http://server"]', ["http://server", "http://other"]],
  ])("of a page, with %s", async (setting, origins) => {
    const statuses = await expectSame(listener(setting), async (server) => {
      const heads = [];
      for (const origin of [undefined, ...origins])
        heads.push((await answer(server, { headers: { Origin: origin } })).join("\n"));
      return heads;
    });
    expect(statuses[0]).toContain(" 101 ");
    expect(statuses.some((head) => head.includes(" 403 "))).toBe(true);
  });
});

describe("frames", () => {
  /** What a client gets for frames that it sends after INFO, up to the PONG that ends it, or the closing frame. */
  async function talk(
    { webSocketPort }: ServerAtHand,
    frames: readonly Buffer[],
    headers: UpgradeOptions["headers"] = {},
  ): Promise<string[]> {
    using webSocket = await RawWebSocket.open(webSocketPort, { headers });
    await infoOf(webSocket);
    const before = webSocket.frames.length;
    for (const frame of frames) {
      webSocket.socket.write(frame);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await webSocket.until(() => webSocket.text.includes("PONG") || webSocket.closing !== undefined);
    return webSocket.frames
      .slice(before)
      .map(({ opcode, payload }) =>
        opcode === BINARY
          ? payload.toString("latin1").replace(/^INFO.*\r\n/m, "")
          : `${opcode} ${payload.toString("hex")}`,
      );
  }

  const GOOD: readonly [string, readonly Buffer[]][] = [
    ["of text count as bytes", [frameOf(CONNECT, { opcode: TEXT }), frameOf("PING\r\n", { opcode: TEXT })]],
    ["may split operations anywhere", [frameOf(`${CONNECT}PI`), frameOf("NG\r"), frameOf("\n")]],
    ["may be empty", [frameOf(""), frameOf("PING\r\n")]],
    [
      "may be fragments of a message",
      [
        frameOf(CONNECT.slice(0, 9), { isFinal: false }),
        frameOf(`${CONNECT.slice(9)}PI`, { isFinal: false, opcode: 0 }),
        frameOf("NG\r\n", { opcode: 0 }),
      ],
    ],
    [
      "may have a ping among fragments",
      [
        frameOf("PI", { isFinal: false }),
        frameOf("are you there", { opcode: PING }),
        frameOf("NG\r\n", { opcode: 0 }),
      ],
    ],
    [
      "that are no ASCII are not looked into",
      [
        frameOf(Buffer.from([0x50, 0x49]), { opcode: TEXT }),
        frameOf("NG\r\nSUB \xff 1\r\n", { opcode: TEXT }),
      ],
    ],
    ["that answer a ping are for nobody", [frameOf("x", { opcode: PONG }), frameOf("PING\r\n")]],
  ];

  test.each(GOOD)("%s", async (_what, frames) => {
    // Into how many frames a server puts its answers depends on how its reads fall.
    const got = await expectSame(LISTENER, async (server) => (await talk(server, frames)).join(""));
    expect(got).toContain("PONG\r\n");
  });

  test("are closed with the status and reason that the client gave", async () => {
    for (const payload of [
      Buffer.from([0x03, 0xe8]),
      Buffer.from([0x0f, 0xa0, 0x6f, 0x6b]),
      Buffer.alloc(0),
    ]) {
      const got = await expectSame(LISTENER, async ({ webSocketPort }) => {
        using webSocket = await RawWebSocket.open(webSocketPort);
        await infoOf(webSocket);
        webSocket.send(payload, { opcode: CLOSE });
        await webSocket.ended();
        return webSocket.closing;
      });
      expect(got).toBeDefined();
    }
  });

  const BAD: readonly [string, Buffer][] = [
    ["not masked", frameOf("PING\r\n", { isMasked: false })],
    ["of an unknown kind", frameOf("PING\r\n", { opcode: 3 })],
    ["of a message that never began", frameOf("PING\r\n", { opcode: 0 })],
    ["for control, in fragments,", frameOf("", { opcode: PING, isFinal: false })],
    ["for control, and too long,", frameOf("x".repeat(126), { opcode: PING })],
    ["compressed without an agreement", frameOf("PING\r\n", { isCompressed: true })],
    ["closing ones with half a status", frameOf("x", { opcode: CLOSE })],
    ["closing ones with a reserved status", frameOf(Buffer.from([0x03, 0xed]), { opcode: CLOSE })],
  ];

  // The reason in words is left out: ws gives none.
  test.each(BAD)("that are %s end the connection with a protocol error", async (_what, frame) => {
    await withOurs(LISTENER, async (server, itself) => {
      using webSocket = await RawWebSocket.open(server.webSocketPort);
      await infoOf(webSocket);
      webSocket.socket.write(frame);
      await eventually(() => expect(itself.connections).toEqual([]));
      await webSocket.ended();
      expect(webSocket.closing?.slice(0, 4)).toBe("1002");
    });
  });

  test.each([
    ["small", "PING\r\n", false],
    ["large", `PUB a 200\r\n${"x".repeat(200)}\r\nPING\r\n`, true],
  ])("that are compressed and %s come through, and back", async (_size, operations, isAnswerCompressed) => {
    await expectSame(listener("compression: true"), async ({ webSocketPort }) => {
      using webSocket = await RawWebSocket.open(webSocketPort, {
        headers: { "Sec-WebSocket-Extensions": "permessage-deflate" },
      });
      await webSocket.until(() => webSocket.frames.length > 0);
      const info = inflate(webSocket.frames[0]!);
      const packed = deflateRawSync(`SUB a 1\r\n${operations}`, { finishFlush: 2 }).subarray(0, -4);
      webSocket.send(packed, { isCompressed: true });
      await webSocket.until(() => webSocket.frames.slice(1).map(inflate).join("").includes("PONG\r\n"));
      const answers = webSocket.frames.slice(1);
      expect(answers.some(({ isCompressed }) => isCompressed)).toBe(isAnswerCompressed);
      expect(webSocket.frames[0]!.isCompressed).toBe(true);
      return [readInfo(info)["max_payload"], answers.map(inflate).join("")];
    });
  });

  function inflate({ isCompressed, payload }: { isCompressed: boolean; payload: Buffer }): string {
    if (!isCompressed) return payload.toString("latin1");
    return inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), {
      finishFlush: 2,
    }).toString();
  }
});

describe("a connection that misbehaves", () => {
  const OFFER = { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } };

  test("ends alone by bad closing frames that come while a message is inflated", async () => {
    await using server = await startServer({ websocket: { compression: true } });
    const port = Number(new URL(server.websocketUrl).port);
    using good = await RawWebSocket.open(port);
    using bad = await RawWebSocket.open(port, OFFER);
    const packed = deflateRawSync(`${CONNECT}${"PONG\r\n".repeat(500_000)}`, { finishFlush: 2 });
    bad.socket.setNoDelay(true);
    bad.send(packed.subarray(0, -4), { isCompressed: true });
    // 7 is no status that a client may close with.
    const closing = frameOf(Buffer.from([0, 7, 0]), { opcode: CLOSE });
    for (let i = 0; i < 5; i++) {
      bad.socket.write(closing);
      await nextTurn();
    }
    await bad.ended();
    await good.exchange(`${CONNECT}PING\r\n`, "PONG");
  });

  test("answers the last of many PINGs, and keeps no more answers than a reader takes", async () => {
    await using server = await startServer({ websocket: {} });
    using webSocket = await RawWebSocket.open(Number(new URL(server.websocketUrl).port));
    webSocket.socket.pause();
    const ping = frameOf("x".repeat(100), { opcode: PING });
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping));
    for (let i = 0; i < 300; i++) await written(webSocket, pings);
    webSocket.send("last", { opcode: PING });
    webSocket.socket.resume();
    const pongs = (): string[] =>
      webSocket.frames.filter(({ opcode }) => opcode === PONG).map(({ payload }) => payload.toString());
    await webSocket.until(() => pongs().at(-1) === "last");
    expect(pongs().length).toBeLessThan(300_000);
  });

  /** Resolves when the server has taken it. */
  async function written({ socket }: RawWebSocket, bytes: Buffer): Promise<void> {
    await new Promise((resolve) => socket.write(bytes, resolve));
  }
});

describe("a client", () => {
  test("gets an INFO about the listener that it came in by, in a binary frame", async () => {
    const config = `${LISTENER}\nclient_advertise: "example.com:4222"`;
    const info = await expectSame(config, async ({ port, webSocketPort }) => {
      using webSocket = await RawWebSocket.open(webSocketPort);
      const { port: shown, ...rest } = await infoOf(webSocket);
      expect(shown).toBe(webSocketPort);
      expect(shown).not.toBe(port);
      expect(webSocket.frames[0]!.opcode).toBe(BINARY);
      return rest;
    });
    expect(info["client_ip"]).toBe("127.0.0.1");
    expect(info).not.toHaveProperty("connect_urls");
  });

  const ENDS: readonly [string, string, string, string][] = [
    [
      "who may not come in",
      "authorization { token: t }",
      'CONNECT {"auth_token":"x"}\r\n',
      "1008 Authentication Failure",
    ],
    [
      "who takes too long to say who it is",
      "authorization { token: t, timeout: 0.1 }",
      "",
      "1008 Authentication Timeout",
    ],
    [
      "whose message is too large",
      "max_payload: 10",
      `${CONNECT}PUB a 11\r\n`,
      "1009 Maximum Message Payload Exceeded",
    ],
  ];

  test.each(ENDS)("%s is told, and then the reason", async (_who, setting, operations, closing) => {
    const [, told] = await expectSame(`${LISTENER}\n${setting}`, async ({ webSocketPort }) => {
      using webSocket = await RawWebSocket.open(webSocketPort);
      await infoOf(webSocket);
      webSocket.send(operations);
      await webSocket.until(() => webSocket.closing !== undefined);
      return [webSocket.text.replace(/^INFO.*\r\n/, ""), webSocket.closing];
    });
    expect(told).toBe(closing);
  });

  test("that makes no sense is told so, and ended as one that broke the protocol", async () => {
    await withOurs(LISTENER, async ({ webSocketPort }) => {
      using webSocket = await RawWebSocket.open(webSocketPort);
      await webSocket.exchange(`${CONNECT}FOO\r\n`, "-ERR 'Unknown Protocol Operation'\r\n");
      await webSocket.until(() => webSocket.closing !== undefined);
      expect(webSocket.closing).toMatch(/^1002 /);
    });
  });

  test("that has gone without a word is forgotten, with its subscriptions", async () => {
    await withOurs(LISTENER, async ({ webSocketPort }, server) => {
      await expectNoLeak(async () => {
        using webSocket = await RawWebSocket.open(webSocketPort);
        await webSocket.exchange(`${CONNECT}SUB a 1\r\nPING\r\n`, "PONG");
        expect(server.subscriptionCount).toBe(1);
        webSocket.socket.resetAndDestroy();
        await eventually(() => expect(server.connections).toEqual([]));
      });
      expect(server.subscriptionCount).toBe(0);
    });
  });

  test("that does not answer the closing frame is not waited for", async () => {
    await withOurs(LISTENER, async ({ webSocketPort }, server) => {
      await expectNoLeak(async () => {
        using webSocket = await RawWebSocket.open(webSocketPort);
        await webSocket.exchange(`${CONNECT}PING\r\n`, "PONG");
        await server.stop();
        await webSocket.ended();
        expect(webSocket.closing).toBe("1001 Server Shutdown");
      });
    });
  });

  test("that reads nothing holds up neither others nor the memory, and is cut off", async () => {
    await withOurs(`${LISTENER}\nmax_pending: 4MB`, async ({ webSocketPort }, server) => {
      using slow = await RawWebSocket.open(webSocketPort);
      await slow.exchange(`${CONNECT}SUB flood 1\r\nPING\r\n`, "PONG");
      slow.socket.pause();
      await using nc = await connect(server.url);
      const data = new Uint8Array(64 * 1024);
      let largest = 0;
      for (let i = 0; server.connections.length === 2; i++) {
        if (i === 5000) throw new Error("the slow one is still there");
        nc.publish("flood", data);
        await nc.flush();
        largest = Math.max(largest, ...server.connections.map(({ pendingBytes }) => pendingBytes));
      }
      expect(server.stats().slowConsumers).toBe(1);
      expect(largest).toBeLessThanOrEqual(4 * 1024 * 1024);
      await expectTraffic(nc);
    });
  });

  test("that sends one frame without an end is stopped", async () => {
    await withOurs(LISTENER, async ({ webSocketPort }, server) => {
      using webSocket = await RawWebSocket.open(webSocketPort);
      await webSocket.exchange(`${CONNECT}PING\r\n`, "PONG");
      const head = Buffer.alloc(14);
      head.set([0x82, 0xff]);
      head.writeBigUInt64BE(2n ** 40n, 2);
      webSocket.socket.write(head);
      await eventually(() => expect(server.connections).toEqual([]));
      await eventually(() => expect(webSocket.closing).toMatch(/^1009/));
    });
  });
});

describe("credentials", () => {
  const USERS = "authorization { users: [{ user: a, password: x }, { user: b, password: y }] }";
  const COOKIES = listener("user_cookie: u, pass_cookie: p");

  /** Whom the server takes a client for that brings these cookies; undefined if it turns it away. */
  async function userOf(
    server: ServerAtHand,
    cookie: string | undefined,
    request = "{}",
  ): Promise<string | undefined> {
    using webSocket = await RawWebSocket.open(server.webSocketPort, { headers: { Cookie: cookie } });
    webSocket.send(`CONNECT ${request}\r\nPING\r\n`);
    await webSocket.until(() => /PONG|-ERR/.test(webSocket.text));
    if (webSocket.text.includes("-ERR")) return undefined;
    const { connections } = JSON.parse((await server.page("/connz?auth=1")).body) as {
      connections: { type: string; authorized_user: string }[];
    };
    return connections.find(({ type }) => type === "websocket")?.authorized_user;
  }

  test.each([
    ["are taken from cookies", "u=a; p=x", "{}", "a"],
    ["are taken from cookies with quotes", 'z=1; u="b";p=y', "{}", "b"],
    ["in CONNECT come first", "u=a; p=y", '{"user":"b"}', "b"],
    ["in cookies must be right", "u=a; p=y", "{}", undefined],
    ["must be somewhere", undefined, "{}", undefined],
  ])("%s", async (_what, cookie, request, user) => {
    expect(await expectSame(`${COOKIES}\n${USERS}`, (server) => userOf(server, cookie, request))).toBe(user);
  });

  test("may be a token in a cookie", async () => {
    const config = `${listener("token_cookie: t")}\nauthorization { token: secret }`;
    const got = await expectSame(config, async (server) => [
      await userOf(server, "t=secret"),
      await userOf(server, "t=wrong"),
    ]);
    expect(got[0]).toBeDefined();
    expect(got[1]).toBeUndefined();
  });

  test("are not needed where the listener has a user for whoever has none, of its own", async () => {
    const config = `${listener("no_auth_user: b")}\n${USERS}`;
    const [user, isRequired] = await expectSame(config, async (server) => {
      const user = await userOf(server, undefined);
      using webSocket = await RawWebSocket.open(server.webSocketPort);
      const { auth_required } = await infoOf(webSocket);
      return [user, auth_required];
    });
    expect(user).toBe("b");
    expect(isRequired).toBe(true);
  });
});

describe("TLS", () => {
  const secure = (more = ""): string =>
    `websocket { host: "127.0.0.1", port: -1, tls { cert_file: "${made.setup.server.certFile}", key_file: "${made.setup.server.keyFile}", ${more} } }`;

  test("is shown in INFO, and carries traffic", async () => {
    const ca = made.setup.authority.cert;
    const info = await expectSame(secure(), async ({ webSocketPort }) => {
      using webSocket = await RawWebSocket.open(webSocketPort, { tls: { ca } });
      const { port: _, ...rest } = await infoOf(webSocket);
      return rest;
    });
    expect(info).toMatchObject({ tls_required: true });
    await withOurs(secure(), async ({ webSocketPort }) => {
      await using nc = await connect({ servers: `wss://localhost:${webSocketPort}`, tls: { ca } });
      await expectTraffic(nc);
    });
  });

  test("may ask for a certificate", async () => {
    const { authority, client, verify } = made.setup;
    const got = await expectSame(secure(verify), async ({ webSocketPort }) => {
      const seen = [];
      for (const identity of [{}, { cert: client.cert, key: client.key }]) {
        try {
          using webSocket = await RawWebSocket.open(webSocketPort, {
            tls: { ca: authority.cert, ...identity },
          });
          seen.push(webSocket.head[0]);
        } catch {
          seen.push("refused");
        }
      }
      return seen;
    });
    expect(got).toEqual(["refused", "HTTP/1.1 101 Switching Protocols"]);
  });

  test("leaves nothing of those who speak something else", async () => {
    await withOurs(secure(), async ({ webSocketPort }, server) => {
      await expectNoLeak(async () => {
        await expect(RawWebSocket.open(webSocketPort)).rejects.toThrow();
      });
      expect(server.connections).toEqual([]);
    });
  });
});

test("a server with the listener stops and comes back at the same port", async () => {
  await expectNoLeak(async () => {
    await using server = await startServer({ websocket: {} });
    const before = server.websocketUrl;
    await server.restart();
    expect(server.websocketUrl).toBe(before);
    const nc = await connect(before);
    await expectTraffic(nc);
    await nc.close();
  });
});
