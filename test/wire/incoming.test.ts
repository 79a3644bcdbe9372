import { describe, expect, test } from "vitest";
import { type ConnectionEvent, connect, type Message } from "../../src/index.ts";
import { onTheWire, withScript, wireOf } from "./wire.ts";
import { eventually } from "../support/eventually.ts";

/** What an application sees of a message. */
function shown(m: Message): unknown {
  return [m.subject, m.reply, m.headers === undefined ? undefined : [...m.headers], m.string()];
}

/** What a subscription with id 1 gets when the server sends this, in one piece and byte by byte. */
async function got(stream: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  await onTheWire(async ({ nc, receive }) => {
    nc.subscribe(">", { callback: (m) => void seen.push(shown(m)) });
    await receive(stream);
  });
  const piecewise: unknown[] = [];
  await onTheWire(async ({ nc, peer, receive }) => {
    nc.subscribe(">", { callback: (m) => void piecewise.push(shown(m)) });
    const bytes = Buffer.from(stream);
    for (let at = 0; at < bytes.length; at += 7) {
      peer.send(bytes.subarray(at, at + 7));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await receive("");
  });
  expect(piecewise).toEqual(seen);
  return seen;
}

describe("messages in odd spellings", () => {
  test.each<[string, string, unknown[]]>([
    ["a lower-case verb [WIRE-11]", "msg a 1 2\r\nhi\r\n", ["a", undefined, undefined, "hi"]],
    ["a mixed-case verb [WIRE-11]", "mSg a 1 r 2\r\nhi\r\n", ["a", "r", undefined, "hi"]],
    [
      "spaces and tabs [WIRE-13] [WIRE-15]",
      "MSG \t a\t1   2 \t\r\nhi\r\n",
      ["a", undefined, undefined, "hi"],
    ],
    ["a payload of no bytes", "MSG a 1 0\r\n\r\n", ["a", undefined, undefined, ""]],
    ["leading zeros", "MSG a 01 0002\r\nhi\r\n", ["a", undefined, undefined, "hi"]],
    [
      "line ends in the payload [WIRE-17]",
      "MSG a 1 12\r\n\r\nMSG a 1 1\r\r\n",
      ["a", undefined, undefined, "\r\nMSG a 1 1\r"],
    ],
    ["a header size of 0 [WIRE-21]", "HMSG a 1 0 2\r\nhi\r\n", ["a", undefined, undefined, "hi"]],
    [
      "headers and a reply",
      "hmsg a  1\tr 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n",
      ["a", "r", [["A", "b"]], "hi"],
    ],
    [
      "a status line with extra blanks [HDR-10] [SC-25]",
      "HMSG a 1 33 33\r\nNATS/1.0  404   No Messages  \r\n\r\n\r\n",
      [
        "a",
        undefined,
        [
          ["Status", "404"],
          ["Description", "No Messages"],
        ],
        "",
      ],
    ],
    ["a subject beyond ASCII", "MSG größe.日本 1 6\r\n€€\r\n", ["größe.日本", undefined, undefined, "€€"]],
  ])("with %s", async (_what, stream, wanted) => {
    expect(await got(`${stream}${stream}`)).toEqual([wanted, wanted]);
  });

  test("keep what they hold, whatever comes later [WIRE-23]", async () => {
    await onTheWire(async ({ nc, sent, receive }) => {
      const kept: Message[] = [];
      const datas: Uint8Array[] = [];
      nc.subscribe("a", {
        callback: (m) => {
          kept.push(m);
          datas.push(m.data);
        },
      });
      await sent();
      const payload = (i: number): string => String(i).repeat(i % 3 === 0 ? 5000 : 20);
      for (let i = 10; i < 60; i++) await receive(`MSG a.${i} 1 ${payload(i).length}\r\n${payload(i)}\r\n`);
      kept.forEach((m, i) => {
        expect([m.subject, m.string()]).toEqual([`a.${i + 10}`, payload(i + 10)]);
        expect(Buffer.from(datas[i]!).toString()).toBe(payload(i + 10));
      });
      expect(kept).toHaveLength(50);
    });
  });
});

describe("messages that nobody gets", () => {
  test("for unknown subscriptions are counted, and nothing else comes of them [WIRE-22] [STAT-21]", async () => {
    await onTheWire(async ({ nc, receive }) => {
      const seen: string[] = [];
      const events: ConnectionEvent[] = [];
      nc.on("error", (event) => void events.push(event));
      const sub = nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
      await receive("MSG a 99 2\r\nhi\r\nMSG a 1 2\r\nok\r\nHMSG a 7 12 14\r\nNATS/1.0\r\n\r\nhi\r\n");
      sub.unsubscribe();
      await receive("MSG a 1 4\r\nlate\r\n");
      expect(seen).toEqual(["ok"]);
      expect(nc.stats()).toMatchObject({ inMessages: 4, inBytes: 2 + 2 + 14 + 4 });
      expect(nc.state).toBe("connected");
      expect(events).toEqual([]);
    });
  });
});

describe("headers that can't be read", () => {
  test.each([
    ["that have no end [SC-24]", "NATS/1.0\r\n"],
    ["with a status that is no code [HDR-12] [SC-25]", "NATS/1.0 5\r\n\r\n"],
    ["of another kind", "HTTP/1.1 200 OK\r\n\r\n"],
  ])("%s: the message comes without them, and an error is told [HDR-13]", async (_what, block) => {
    await onTheWire(async ({ nc, receive }) => {
      const seen: unknown[] = [];
      const told: unknown[] = [];
      nc.on("error", ({ error }) => void told.push(error));
      nc.subscribe("a", { callback: (m) => void seen.push(shown(m)) });
      await receive(`HMSG a 1 ${block.length} ${block.length + 2}\r\n${block}hi\r\n`);
      expect(seen).toEqual([["a", undefined, undefined, "hi"]]);
      await eventually(() => expect(told).toMatchObject([{ code: "MALFORMED_HEADERS", subject: "a" }]));
      expect(nc.lastError).toMatchObject({ code: "MALFORMED_HEADERS" });
    });
  });
});

describe("a forwarded message", () => {
  test("keeps headers that can't be read, and the order of the others", async () => {
    await onTheWire(async ({ nc, receive, sent }) => {
      nc.subscribe("a", { callback: (m) => nc.forward(m, "b") });
      const block = "NATS/1.0 5\r\nB:  2\r\nno colon\r\nA: 1\r\n\r\n";
      await sent();
      const first = await receive(`HMSG a 1 r ${block.length} ${block.length + 2}\r\n${block}hi\r\n`);
      expect(first + (await sent())).toContain(
        `HPUB b r ${block.length} ${block.length + 2}\r\n${block}hi\r\n`,
      );
    });
  });
});

describe("-ERR", () => {
  test.each([
    ["Any Error", "SERVER_ERROR"],
    ["Unknown Protocol Operation", "SERVER_ERROR"],
    ["Maximum Payload Violation", "SERVER_ERROR"],
    ['Permissions Violation for Publish to "foo"', "PUBLISH_DENIED"],
    ['Permissions Violation for Subscription to "foo"', "SUBSCRIBE_DENIED"],
    ["User Authentication Expired", "AUTHENTICATION_EXPIRED"],
  ])("%j is told, and the link stays as it is [ERR-05] [ERR-07] [ERR-11]", async (text, code) => {
    await onTheWire(async ({ nc, receive }) => {
      const told: unknown[] = [];
      nc.on("error", ({ error }) => void told.push(error.code));
      await receive(`-err \t '${text}' \r\n`);
      await eventually(() => expect(told).toEqual([code]));
      expect(nc.lastError).toMatchObject({ code, message: `the server says: ${text}` });
      expect(nc.state).toBe("connected");
    });
  });

  test.each([
    ["Stale Connection", "STALE_CONNECTION"],
    ["maximum connections exceeded", "MAX_CONNECTIONS_EXCEEDED"],
  ])("%j ends the link [ERR-03] [ERR-04]", async (text, code) => {
    await onTheWire(async ({ nc, peer }) => {
      peer.send(`-ERR '${text}'\r\n`);
      expect(await nc.closed()).toMatchObject({ code });
      await peer.closed;
    });
  });

  test("of any text is followed by a reconnect if the server closes the link: never the end for good [SC-06]", async () => {
    await withScript(
      async (peer) => {
        await peer.accept();
        if (peer.number > 1) return;
        peer.send("-ERR 'Any Error'\r\n");
        peer.close();
      },
      async (server) => {
        const nc = await connect({ servers: server.url, reconnect: { delay: 1 } });
        await new Promise((resolve) => nc.on("reconnected", resolve));
        await wireOf(nc, await server.peer(2)).sent();
        expect(nc.state).toBe("connected");
        expect(nc.stats().reconnects).toBe(1);
        await nc.close();
      },
    );
  });
});

describe("a stream that breaks the protocol", () => {
  test.each(["FOO\r\n", "\r\n", "MSG a 1\r\n", "MSG a 1 2\r\nabcd\r\n", "MSG a x 0\r\n\r\n"])(
    "as %j does ends the link [WIRE-18]",
    async (stream) => {
      await onTheWire(async ({ nc, peer }) => {
        peer.send(`PING\r\n${stream}PING\r\n`);
        expect(await nc.closed()).toMatchObject({ name: "ProtocolError", code: "MALFORMED_OPERATION" });
        await peer.closed;
      });
    },
  );

  test("begins anew with the next link: half a message is forgotten [WIRE-19]", async () => {
    await withScript(
      async (peer) => {
        await peer.accept();
        await peer.expect("SUB");
        if (peer.number === 1) {
          peer.send("MSG a 1 100\r\nhalf");
          peer.close();
        } else {
          peer.send("MSG a 1 5\r\nwhole\r\n");
        }
      },
      async (server) => {
        const nc = await connect({ servers: server.url, reconnect: { delay: 1 } });
        expect((await nc.subscribe("a").next()).string()).toBe("whole");
        await nc.close();
      },
    );
  });
});

describe("a later INFO", () => {
  test("replaces the first, however it is spelled [INFO-02] [INFO-07]", async () => {
    await onTheWire(async ({ nc, receive }) => {
      await receive('info\t {"server_id":"Y", "max_payload": 7}  \r\n');
      expect(nc.info).toMatchObject({ serverId: "Y", serverName: "", maxPayload: 7, headers: false });
      expect(() => nc.publish("a", "12345678")).toThrow("larger than the server takes (7)");
    });
  });

  test.each(["INFO {'x'}\r\n", "INFO nonsense\r\n", "INFO \r\n"])(
    "that can't be read (%j) changes nothing [INFO-04] [INFO-05]",
    async (line) => {
      await onTheWire(async ({ nc, receive }) => {
        const before = nc.info;
        await receive(line);
        expect(nc.info).toEqual(before);
        expect(nc.state).toBe("connected");
      });
    },
  );

  test("tells of new servers, and then of a lame duck, each time [LDM-01] [LDM-03] [INFO-10] [SC-22]", async () => {
    await onTheWire(async ({ nc, receive }) => {
      const told: unknown[] = [];
      nc.on("lameDuck", ({ type }) => void told.push(type));
      nc.on("discovered", ({ servers }) => void told.push(servers));
      await receive('INFO {"ldm":true}\r\n');
      await receive('INFO {"ldm":true,"connect_urls":["b:2"]}\r\n');
      await eventually(() => expect(told).toEqual(["lameDuck", ["nats://b:2"], "lameDuck"]));
    });
  });
});
