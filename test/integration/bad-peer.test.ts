import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect, type Connection, type NatsErrorCode } from "../../src/index.ts";
import { acceptAll, answerPings } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { type ScriptedPeer, type Script, ScriptedServer } from "../support/scripted-server.ts";
import { needs, refusedUrl, SCHEME } from "../support/nats-server.ts";

/** What a silent peer is asked when the attempt has failed: an HTTP server answers that. One that speaks WebSocket is known. */
const QUESTION = SCHEME === "ws" ? "" : "NATS?\r\n\r\n";

describe("a peer that is silent", () => {
  test("rejects with the phase when INFO never comes, and leaves no socket [R1] [HS-16]", async () => {
    await using server = await ScriptedServer.start(() => {});
    await expectNoLeak(async () => {
      for (let i = 1; i <= 3; i++) {
        const error = await failure(connect({ servers: server.url, timeout: 100 }));
        expect(error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "info", server: server.url });
        expect(error.elapsed).toBeGreaterThan(0);
        await server.peers[i - 1]!.closed;
      }
    });
    expect(server.connections).toBe(3);
    expect(server.peers.map((peer) => peer.received)).toEqual([QUESTION, QUESTION, QUESTION]);
  });

  test("rejects with the phase when the answer to CONNECT never comes [R1] [HS-16]", async () => {
    await using server = await ScriptedServer.start((peer) => peer.sendInfo());
    await expectNoLeak(async () => {
      const error = await failure(connect({ servers: server.url, timeout: 100 }));
      expect(error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "auth", server: server.url });
    });
    await server.peers[0]!.closed;
  });

  test("has the whole limit for each phase", async () => {
    // Each half of the handshake takes most of the limit, and both together more than that.
    await using server = await ScriptedServer.start(async (peer) => {
      await sleep(1200);
      peer.sendInfo();
      await peer.expect("CONNECT");
      await sleep(1200);
      await answerPings(peer);
    });
    await using nc = await connect({ servers: server.url, timeout: 2000 });
    expect(nc.state).toBe("connected");
  });
});

describe("a peer that is no NATS server", () => {
  test.each([
    ["an HTTP error", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"],
    ["a greeting of SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["bytes without meaning", Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0x0a, 0xff)],
    ["a verb that only begins as INFO [INFO-03] [SC-02]", "INFOZ {}\r\n"],
    ["INFO with broken JSON [INFO-05] [SC-02]", "INFO {'x'}\r\n"],
    ["INFO that is no object", "INFO 42\r\n"],
    ["PONG in the place of INFO", "PONG\r\n"],
    ["PING in the place of INFO", "PING\r\n"],
    ["+OK in the place of INFO", "+OK\r\n"],
    ["a message in the place of INFO", "MSG a 1 0\r\n\r\n"],
  ])("is noticed by %s at once, and nothing is written or left [INFO-03]", async (_title, greeting) => {
    await using server = await ScriptedServer.start((peer) => {
      peer.send(greeting);
      peer.close();
    });
    const error = await expectNoLeak(() => failure(connect({ servers: server.url, timeout: NEVER })));
    expect(error).toMatchObject({ code: "NOT_A_NATS_SERVER", server: server.url, phase: "info" });
    await server.peers[0]!.closed;
    expect(server.peers[0]!.received).toBe("");
  });

  test("is noticed by an HTTP error also if it leaves the link open", async () => {
    await using server = await ScriptedServer.start((peer) => peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const error = await failure(connect({ servers: server.url, timeout: NEVER }));
    expect(error.code).toBe("NOT_A_NATS_SERVER");
    await server.peers[0]!.closed;
  });

  test("is noticed by a first line without an end", async () => {
    await using server = await ScriptedServer.start((peer) => peer.send("x".repeat(2 * 1024 * 1024)));
    const error = await expectNoLeak(() => failure(connect({ servers: server.url, timeout: NEVER })));
    expect(error).toMatchObject({ code: "NOT_A_NATS_SERVER", cause: { code: "LINE_TOO_LONG" } });
    await server.peers[0]!.closed;
  });
});

describe("a server that fails in the handshake", () => {
  const afterConnect =
    (answer: string): Script =>
    async (peer) => {
      peer.sendInfo();
      await peer.expect("CONNECT");
      await peer.expect("PING");
      peer.send(answer);
    };

  const rows: [title: string, script: Script, code: NatsErrorCode, phase: string][] = [
    ["closes before INFO [SC-01]", (peer) => peer.close(), "DISCONNECTED", "info"],
    [
      "breaks off after CONNECT [HS-16]",
      async (peer) => {
        peer.sendInfo();
        await peer.expect("CONNECT");
        peer.destroy();
      },
      "DISCONNECTED",
      "auth",
    ],
    [
      "closes in the middle of INFO [SC-01]",
      (peer) => {
        peer.send('INFO {"server_id":"A","max_pay');
        peer.close();
      },
      "DISCONNECTED",
      "info",
    ],
    [
      "closes after CONNECT [HS-16]",
      async (peer) => {
        peer.sendInfo();
        await peer.expect("CONNECT");
        peer.close();
      },
      "DISCONNECTED",
      "auth",
    ],
    [
      "sends +OK though nobody asked for it [HS-08] [SC-03]",
      afterConnect("+OK\r\nPONG\r\n"),
      "MALFORMED_OPERATION",
      "auth",
    ],
    ["sends INFO in the place of PONG [HS-11]", afterConnect("INFO {}\r\n"), "MALFORMED_OPERATION", "auth"],
    [
      "sends a message in the place of PONG [HS-11]",
      afterConnect("MSG a 1 0\r\n\r\n"),
      "MALFORMED_OPERATION",
      "auth",
    ],
    ["sends garbage in the place of PONG [HS-11]", afterConnect("XXX\r\n"), "MALFORMED_OPERATION", "auth"],
    [
      "is full [ERR-10]",
      afterConnect("-ERR 'maximum connections exceeded'\r\n"),
      "MAX_CONNECTIONS_EXCEEDED",
      "auth",
    ],
    [
      "refuses the user [HS-09]",
      afterConnect("-ERR 'Authorization Violation'\r\n"),
      "AUTHORIZATION_VIOLATION",
      "auth",
    ],
    ["refuses for an unknown reason [HS-09]", afterConnect("-ERR 'Not Today'\r\n"), "SERVER_ERROR", "auth"],
  ];

  test.each(rows)(
    "%s: that is told at once, and nothing is left [CONN-07]",
    async (_title, script, code, phase) => {
      await using server = await ScriptedServer.start(script);
      const error = await expectNoLeak(() => failure(connect({ servers: server.url, timeout: NEVER })));
      expect(error).toMatchObject({ code, phase, server: server.url });
      await server.peers[0]!.closed;
    },
  );

  needs("TLS after INFO")("requires TLS and then does not speak it [TLS-02] [TLS-09]", async () => {
    await using server = await ScriptedServer.start((peer) => {
      peer.sendInfo({ tls_required: true });
      void peer.readBytes(1).then(() => peer.send("no TLS at all\r\n"));
    });
    const error = await expectNoLeak(() => failure(connect({ servers: server.url, timeout: NEVER })));
    expect(error).toMatchObject({ code: "TLS_FAILED", phase: "tls", server: server.url });
    await server.peers[0]!.closed;
  });

  test("sends more than one +OK to a verbose client [HS-08] [SC-03]", async () => {
    await using server = await ScriptedServer.start(afterConnect("+OK\r\n+OK\r\nPONG\r\n"));
    const error = await failure(connect({ servers: server.url, verbose: true, timeout: NEVER }));
    expect(error.code).toBe("MALFORMED_OPERATION");
  });

  test("refuses in its own words, which the error keeps [HS-09]", async () => {
    await using server = await ScriptedServer.start(afterConnect("-ERR 'Not Today, Joe'\r\n"));
    const error = await failure(connect({ servers: server.url, timeout: NEVER }));
    expect(error.message).toContain("Not Today, Joe");
  });

  test("does not support echo: false: ECHO_NOT_SUPPORTED, and nothing is written [HS-14]", async () => {
    await using server = await ScriptedServer.start((peer) => peer.sendInfo({ proto: 0 }));
    const options = { servers: server.url, echo: false, timeout: NEVER };
    const error = await expectNoLeak(() => failure(connect(options)));
    expect(error).toMatchObject({ code: "ECHO_NOT_SUPPORTED", argument: "echo" });
    await server.peers[0]!.closed;
    expect(server.peers[0]!.received).toBe("");
  });

  test("sends INFO by the byte: that is fine [WIRE-10] [INFO-07]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      for (const byte of 'INFO \t {"server_id":"A","headers":true} \r\n') {
        peer.send(byte);
        await nextTurn();
      }
      await answerPings(peer);
    });
    await using nc = await connect({ servers: server.url, timeout: NEVER });
    expect(nc.info).toMatchObject({ serverId: "A", headers: true, maxPayload: undefined });
  });

  test("writes its first lines in odd ways: that is fine [INFO-03] [HS-07] [HS-08] [WIRE-11]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      peer.send('info {"server_id":"A","headers":true}\n');
      await peer.expect("CONNECT");
      await peer.expect("PING");
      peer.send("+Ok and well\r\npong at last\r\n");
      await answerPings(peer);
    });
    await using nc = await connect({ servers: server.url, verbose: true, timeout: NEVER });
    expect(nc.info).toMatchObject({ serverId: "A" });
    await nc.flush();
  });

  test("glues INFO and a message to PONG: both are processed after it [HS-12] [INFO-06] [SC-04]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      peer.sendInfo();
      await peer.expect("CONNECT");
      await peer.expect("PING");
      peer.send(
        `PONG\r\nINFO {"connect_urls":["127.0.0.1:${server.port}","me.invalid:1"]}\r\nMSG a 1 0\r\n\r\n`,
      );
      await answerPings(peer);
    });
    await using nc = await connect(server.url);
    await nc.flush();
    expect([...nc.servers].sort()).toEqual([server.url, `${SCHEME}://me.invalid:1`]);
    expect(nc.stats().inMessages).toBe(1);
  });
});

describe("a server that can't be reached", () => {
  test("because its name can't be looked up: DNS_FAILED [R18]", async () => {
    const servers = "nats://nowhere.invalid:4222";
    const error = await expectNoLeak(() => failure(connect({ servers, timeout: 10_000 })));
    expect(error).toMatchObject({
      code: "DNS_FAILED",
      phase: "dns",
      server: expect.stringContaining("nowhere.invalid"),
    });
  });

  test("because its port refuses: CONNECTION_REFUSED [CONN-05]", async () => {
    const servers = await refusedUrl();
    const error = await expectNoLeak(() => failure(connect({ servers, timeout: NEVER })));
    expect(error).toMatchObject({
      code: "CONNECTION_REFUSED",
      phase: "tcp",
      cause: { code: "ECONNREFUSED" },
    });
    expect(error.server).toBe(servers);
  });
});

describe("a connected server", () => {
  /** Connects to a server whose first client gets `words` when it asks for them, and whose others are served well. */
  async function broken(
    words: string | ((peer: ScriptedPeer) => void),
    body: (nc: Connection, log: EventLog, server: ScriptedServer) => Promise<void>,
  ): Promise<void> {
    await using server = await ScriptedServer.start(
      acceptAll(({ args }, peer) => {
        if (peer.number > 1 || args[0] !== "now") return;
        if (typeof words === "string") peer.send(words);
        else words(peer);
      }),
    );
    await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    nc.publish("now");
    await body(nc, log, server);
  }

  const garbage: [title: string, words: string, code: NatsErrorCode][] = [
    ["an unknown operation [WIRE-14]", "GARBAGE\r\n", "MALFORMED_OPERATION"],
    ["a line that begins with a space [WIRE-14]", " PING\r\n", "MALFORMED_OPERATION"],
    ["an empty line", "\r\n", "MALFORMED_OPERATION"],
    ["a message of an absurd length", "MSG a 1 99999999999\r\n", "PAYLOAD_TOO_LARGE"],
    ["a length of too many digits [WIRE-16]", `MSG a 1 ${"9".repeat(40)}\r\n`, "MALFORMED_OPERATION"],
    ["a negative length [WIRE-16]", "MSG a 1 -1\r\n\r\n", "MALFORMED_OPERATION"],
    ["a subscription id that is none [WIRE-16]", "MSG a x 0\r\n\r\n", "MALFORMED_OPERATION"],
    ["too few arguments [WIRE-15]", "MSG a 1\r\n\r\n", "MALFORMED_OPERATION"],
    ["too many arguments [WIRE-15]", "MSG a 1 b c 0\r\n\r\n", "MALFORMED_OPERATION"],
    [
      "headers larger than the message [WIRE-16]",
      "HMSG a 1 12 4\r\nNATS/1.0\r\n\r\n\r\n",
      "MALFORMED_OPERATION",
    ],
    [
      "a payload that is longer than its size [WIRE-17]",
      "MSG a 1 5\r\nhello world\r\n",
      "MALFORMED_OPERATION",
    ],
    [
      "a payload that is shorter than its size [WIRE-17]",
      `MSG a 1 5\r\nhi\r\n${"PING\r\n".repeat(3)}`,
      "MALFORMED_OPERATION",
    ],
    ["a payload without its line end [WIRE-17]", "MSG a 1 2\r\nhi\nPING\r\n", "MALFORMED_OPERATION"],
    ["a line without an end", `INFO ${"x".repeat(1024 * 1024)}`, "LINE_TOO_LONG"],
  ];

  test.each(garbage)(
    "that sends %s is left, and the link restored [R: 3.2b] [WIRE-18] [STAT-08]",
    async (_title, words, code) => {
      await broken(words, async (nc, log, server) => {
        const lost = await log.wait("disconnected");
        expect(lost).toMatchObject({ server: server.url, error: { name: "ProtocolError", code } });
        await server.peers[0]!.closed;
        await log.wait("reconnected");
        await nc.flush();
        expect(nc.state).toBe("connected");
        expect(log.types).toEqual(["disconnected", "reconnecting", "reconnected"]);
        expect(server.connections).toBe(2);
      });
    },
  );

  test("whose broken stream began in the middle of a chunk had its messages before that delivered", async () => {
    await using server = await ScriptedServer.start(
      acceptAll(({ verb, args }, peer) => {
        if (verb !== "SUB" || peer.number > 1) return;
        const sid = args.at(-1);
        peer.send(`MSG a ${sid} 3\r\none\r\nMSG a ${sid} 3\r\ntwo\r\nGARBAGE\r\nMSG a ${sid} 5\r\nthree\r\n`);
      }),
    );
    await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    const received: string[] = [];
    nc.subscribe("a", { callback: (m) => void received.push(m.string()) });
    await log.wait("reconnected");
    await nc.flush();
    expect(received).toEqual(["one", "two"]);
  });

  test.each([
    ["'Stale Connection' [R6] [ERR-03] [SC-07]", "STALE_CONNECTION"],
    ["'maximum connections exceeded' [ERR-04]", "MAX_CONNECTIONS_EXCEEDED"],
  ])("that says %s is left, and the link restored", async (title, code) => {
    const text = title.replace(/ \[.*/, "");
    await broken(`-ERR ${text}\r\n`, async (nc, log, server) => {
      expect(await log.wait("disconnected")).toMatchObject({ error: { code } });
      await server.peers[0]!.closed;
      await log.wait("reconnected");
      await nc.flush();
      expect(log.types).toEqual(["disconnected", "reconnecting", "reconnected"]);
      expect(nc.lastError).toBeUndefined();
    });
  });

  test("that says something unknown is kept, and the error told [ERR-07] [ERR-01] [ERR-02]", async () => {
    await broken("-ERR   'Something New'  \r\n", async (nc, log, server) => {
      const { error } = await log.wait("error");
      expect(error).toMatchObject({ code: "SERVER_ERROR", server: server.url });
      expect(error.message).toContain("Something New");
      expect(error.message).not.toContain("'");
      expect(nc.lastError).toBe(error);
      await nc.flush();
      expect(nc.state).toBe("connected");
      expect(log.types).toEqual(["error"]);
      expect(server.connections).toBe(1);
    });
  });

  test("that says something unknown and closes is connected to again [ERR-07] [SC-06]", async () => {
    const parting = (peer: ScriptedPeer): void => {
      peer.send("-ERR 'Unknown Protocol Operation'\r\n");
      peer.close();
    };
    await broken(parting, async (nc, log) => {
      await log.wait("reconnected");
      await nc.flush();
      expect(log.types).toEqual(["error", "disconnected", "reconnecting", "reconnected"]);
      expect(log.of("error")[0]!.error.code).toBe("SERVER_ERROR");
    });
  });

  test("that no longer accepts the user and closes is connected to again [ERR-06]", async () => {
    const parting = (peer: ScriptedPeer): void => {
      peer.send("-ERR 'User Authentication Expired'\r\n");
      peer.close();
    };
    await broken(parting, async (nc, log) => {
      await log.wait("reconnected");
      await nc.flush();
      expect(log.of("error")[0]!.error).toMatchObject({
        name: "AuthenticationError",
        code: "AUTHENTICATION_EXPIRED",
      });
    });
  });

  test.each([
    [`Permissions Violation for Publish to "foo.bar"`, { code: "PUBLISH_DENIED", subject: "foo.bar" }],
    [`Permissions Violation for Subscription to "a.>"`, { code: "SUBSCRIBE_DENIED", subject: "a.>" }],
    [
      `Permissions Violation for Subscription to "a" using queue "q"`,
      { code: "SUBSCRIBE_DENIED", subject: "a", queue: "q" },
    ],
  ])("that says %s is kept, and the error told with the subject [ERR-05]", async (text, facts) => {
    await broken(`-ERR '${text}'\r\n`, async (nc, log, server) => {
      const { error } = await log.wait("error");
      expect(error).toMatchObject({ name: "PermissionError", ...facts });
      await nc.flush();
      expect(log.types).toEqual(["error"]);
      expect(server.connections).toBe(1);
    });
  });

  test.each([
    ["PONGs that nobody asked for [FLUSH-16]", "PONG\r\nPONG\r\n"],
    ["+OK that nobody asked for [WIRE-25]", "+OK\r\n"],
    ["INFO that can't be read [INFO-05]", "INFO {broken\r\n"],
    ["a message for nobody [WIRE-22]", "MSG a 77 2\r\nhi\r\n"],
    ["verbs in small letters [WIRE-11]", "ping\r\npong\r\n+ok\r\nmsg a 77 0\r\n\r\n"],
    ["more behind its verbs [WIRE-12]", "PONG  \r \r\n+OKay\r\n"],
  ])("may send %s", async (_title, words) => {
    await broken(words, async (nc, log, server) => {
      await nc.flush();
      await nc.flush();
      expect(log.types).toEqual([]);
      expect(server.connections).toBe(1);
      expect(nc.info).toMatchObject({ serverId: "SCRIPTED" });
    });
  });
});
