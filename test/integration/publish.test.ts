import { describe, expect, test } from "vitest";
import { connect, type Connection, headers, type Message, type Payload } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { needs, useServer } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const MIB = 1024 * 1024;
const access = useServer({ config: "max_payload: 2097152" });

/** Around the borders of short copies, large payloads, slabs and the server's default limit. */
const SIZES = [0, 1, 2, 47, 48, 49, 4095, 4096, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, MIB - 1, MIB];

/** Bytes in which every position can be told from its neighbours. */
function bytesOf(size: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + seed) & 0xff;
  return bytes;
}

/** Text of so many bytes, with letters of one to four bytes as far as they fit. */
function textOf(size: number, seed = 0): string {
  const letters = ["a", "ä", "€", "🚀", "\r\n", "\u0000"];
  const parts: string[] = [];
  for (let left = size, i = seed; left > 0; i++) {
    const letter = letters[(i * 7) % letters.length]!;
    const fits = Buffer.byteLength(letter) <= left ? letter : "x";
    parts.push(fits);
    left -= Buffer.byteLength(fits);
  }
  return parts.join("");
}

function expectPayload(message: Message, payload: Payload): void {
  const expected = Buffer.from(payload ?? "");
  expect(message.size).toBe(expected.length);
  expect(Buffer.compare(message.data, expected)).toBe(0);
  if (typeof payload === "string") expect(message.string()).toBe(payload);
}

/** Publishes on one connection, receives on another. */
async function pair(): Promise<{ from: Connection; to: Connection } & AsyncDisposable> {
  const [from, to] = await Promise.all([connect(access.url), connect(access.url)]);
  return {
    from,
    to,
    async [Symbol.asyncDispose]() {
      await Promise.all([from.close(), to.close()]);
    },
  };
}

describe("a payload", () => {
  const some = headers({ "X-Trace": "1", Accept: ["a", "b"] });

  test.each(SIZES)(
    "of %i bytes arrives as text and as bytes, with and without headers and reply [PUB-09] [WIRE-04] [WIRE-05]",
    async (size) => {
      await using link = await pair();
      const sub = link.to.subscribe("greet.>");
      await link.to.flush();
      const payloads: Payload[] = [textOf(size), "x".repeat(size), bytesOf(size), Buffer.from(bytesOf(size))];
      // A stretch of a larger array, as readers of files and sockets make them.
      payloads.push(bytesOf(size + 20).subarray(7, size + 7));
      for (const payload of payloads) {
        link.from.publish("greet.joe", payload);
        link.from.publish("greet.joe", payload, { reply: "answer.here" });
        link.from.publish("greet.joe", payload, { headers: some });
        link.from.publish("greet.joe", payload, { headers: some, reply: "answer.here" });
      }
      for (const payload of payloads) {
        for (const [hasHeaders, reply] of [
          [false],
          [false, "answer.here"],
          [true],
          [true, "answer.here"],
        ] as const) {
          const message = await sub.next({ timeout: 10_000 });
          expect(message.subject).toBe("greet.joe");
          expect(message.reply).toBe(reply);
          expect(message.headers?.toJSON()).toEqual(hasHeaders ? some.toJSON() : undefined);
          expectPayload(message, payload);
        }
      }
    },
  );

  test("that is left out arrives empty, without headers and reply [HDR-14] [WIRE-06]", async () => {
    await using link = await pair();
    const sub = link.to.subscribe("greet");
    await link.to.flush();
    link.from.publish("greet");
    link.from.publish("greet", undefined, { headers: headers() });
    for (let i = 0; i < 2; i++) {
      const message = await sub.next({ timeout: 5000 });
      expect([message.size, message.headers, message.reply]).toEqual([0, undefined, undefined]);
    }
  });

  test.each([
    ["letters of all lengths", "a ä € 🚀 日本 \u{10ffff}"],
    ["line ends", "PUB a 0\r\n\r\n\n\r"],
    ["zeros", "\u0000\u0000"],
    ["a byte order mark", "\ufeffhello"],
    ["combined letters", "e\u0301 \u{1f468}\u200d\u{1f469}\u200d\u{1f467}"],
  ])("with %s arrives unchanged", async (_title, text) => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("größe.日本.🚀");
    nc.publish("größe.日本.🚀", text);
    const message = await sub.next({ timeout: 5000 });
    expect(message.subject).toBe("größe.日本.🚀");
    expectPayload(message, text);
  });

  test.each([
    ["at the start", "\udc00abc"],
    ["at the end", "abc\ud800"],
    ["before another", "\ud800\ud800\udc00"],
    ["in a long text", `${"x".repeat(100)}\ud800${"y".repeat(100)}`],
  ])(
    "with half a letter %s arrives with the replacement character, and the stream stays whole",
    async (_title, text) => {
      await using nc = await connect(access.url);
      const log = new EventLog(nc);
      const sub = nc.subscribe("greet");
      nc.publish("greet", text);
      nc.publish("greet", "next");
      expect((await sub.next({ timeout: 5000 })).string()).toBe(Buffer.from(text).toString());
      expect((await sub.next({ timeout: 5000 })).string()).toBe("next");
      expect(log.types).toEqual([]);
    },
  );

  test.each([1, 48, 49, 4096, 32_767])(
    "of %i bytes may be changed right after publish [R36] [BUF-12]",
    async (size) => {
      await using link = await pair();
      const sub = link.to.subscribe("greet");
      await link.to.flush();
      const payload = bytesOf(size);
      link.from.publish("greet", payload);
      payload.fill(0xee);
      expectPayload(await sub.next({ timeout: 5000 }), bytesOf(size));
    },
  );

  test("of less than 32 KiB may be changed right after publish also if headers make the message larger [R36]", async () => {
    await using link = await pair();
    const sub = link.to.subscribe("greet");
    await link.to.flush();
    const payload = bytesOf(32_700);
    link.from.publish("greet", payload, { headers: headers({ "X-Note": "n".repeat(200) }) });
    payload.fill(0xee);
    expectPayload(await sub.next({ timeout: 5000 }), bytesOf(32_700));
  });

  test("of 32 KiB or more may be changed once a flush has come back [R36]", async () => {
    await using link = await pair();
    const sub = link.to.subscribe("greet");
    await link.to.flush();
    const payload = bytesOf(MIB);
    link.from.publish("greet", payload);
    await link.from.flush();
    payload.fill(0xee);
    expectPayload(await sub.next({ timeout: 10_000 }), bytesOf(MIB));
  });
});

describe("the order of messages", () => {
  test("of all sizes and forms is kept [BUF-13]", async () => {
    await using link = await pair();
    const sub = link.to.subscribe("mixed.*");
    await link.to.flush();
    const sent: { payload: Payload; hasHeaders: boolean }[] = [];
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let i = 0; i < 3000; i++) {
      const size = random(50) === 0 ? random(200_000) : random([20, 60, 5000, 40_000][random(4)]!);
      const payload = random(2) === 0 ? textOf(size, i) : bytesOf(size, i);
      const hasHeaders = random(4) === 0;
      sent.push({ payload, hasHeaders });
      const options = hasHeaders
        ? { headers: headers({ Number: String(i), Note: "n".repeat(random(300)) }) }
        : {};
      link.from.publish(`mixed.${i}`, payload, options);
      if (random(100) === 0) await link.from.ready();
      if (random(300) === 0) await link.from.flush();
    }
    for (const [i, { payload, hasHeaders }] of sent.entries()) {
      const message = await sub.next({ timeout: 10_000 });
      expect(message.subject).toBe(`mixed.${i}`);
      expect(message.headers?.get("Number")).toBe(hasHeaders ? String(i) : undefined);
      expectPayload(message, payload);
    }
  });

  test("published in one turn holds for subscribe and unsubscribe between them", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const sub = nc.subscribe("greet");
    nc.publish("greet", "first");
    const late = nc.subscribe("greet");
    nc.publish("greet", "second");
    expect((await late.next({ timeout: 5000 })).string()).toBe("second");
    expect((await sub.next({ timeout: 5000 })).string()).toBe("first");
  });

  needs("NATS bytes at a proxy")(
    "is what the wire shows: everything of one turn in the order of the calls",
    async () => {
      await using proxy = await Proxy.start(access.server.port);
      await using nc = await connect(proxy.url);
      const before = proxy.recordedUp.length;
      nc.publish("a", "1");
      nc.subscribe("b");
      nc.publish("b", new Uint8Array([50]), { reply: "r" });
      await nc.flush();
      expect(proxy.recordedUp.subarray(before).toString()).toBe(
        "PUB a 1\r\n1\r\nSUB b 1\r\nPUB b r 1\r\n2\r\nPING\r\n",
      );
    },
  );
});

describe("the counters", () => {
  test("count messages, payload and headers when published and when received [PUB-07] [STAT-20] [STAT-21]", async () => {
    await using nc = await connect(access.url);
    expect(nc.stats()).toEqual({
      inMessages: 0,
      inBytes: 0,
      inDropped: 0,
      outMessages: 0,
      outBytes: 0,
      outDropped: 0,
      reconnects: 0,
    });
    const sub = nc.subscribe("greet", { max: 3 });
    const block = "NATS/1.0\r\nA: b\r\n\r\n".length;
    nc.publish("greet", "äöü");
    nc.publish("greet", new Uint8Array(40_000));
    nc.publish("greet", undefined, { headers: headers({ A: "b" }) });
    expect(nc.stats()).toMatchObject({ outMessages: 3, outBytes: 6 + 40_000 + block });
    for (let i = 0; i < 3; i++) await sub.next({ timeout: 5000 });
    expect(nc.stats()).toMatchObject({ inMessages: 3, inBytes: 6 + 40_000 + block });
  });

  test("are a snapshot [STAT-20]", async () => {
    await using nc = await connect(access.url);
    const before = nc.stats();
    nc.publish("greet", "hello");
    expect(before.outMessages).toBe(0);
  });
});

describe("headers", () => {
  async function roundTrip(given: ReturnType<typeof headers>): Promise<ReturnType<typeof headers>> {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("greet");
    nc.publish("greet", "x", { headers: given });
    const message = await sub.next({ timeout: 5000 });
    expect(message.string()).toBe("x");
    return message.headers!;
  }

  test.each<[title: string, name: string, value: string, arrives: string]>([
    ["an empty value", "A", "", ""],
    ["spaces around a value, which don't travel", "A", " \t x y \t ", "x y"],
    ["only spaces", "A", "   ", ""],
    ["colons in a value", "A", "b: c:d", "b: c:d"],
    ["letters beyond ASCII in a value", "A", "größe 日本 🚀", "größe 日本 🚀"],
    ["every sign that a name can have", "!#$%&'*+-.^_`|~0aZ(){}[]<>@,;\\\"/?=", "x", "x"],
    ["a long value", "A", "x".repeat(100_000), "x".repeat(100_000)],
    ["a name that looks like a status", "NATS/1.0", "503", "503"],
  ])("with %s arrive [R39] [HDR-16]", async (_title, name, value, arrives) => {
    const received = await roundTrip(headers({ [name]: value }));
    expect([...received]).toEqual([[name, arrives]]);
    expect(received.status).toBeUndefined();
  });

  test("keep their case and the order of their values, and are found in any case [R39] [HDR-01] [HDR-02]", async () => {
    const given = headers([
      ["b", "1"],
      ["Content-Type", "x"],
      ["b", "2"],
      ["B", "3"],
      ["a", ""],
    ]);
    const received = await roundTrip(given.append("b", "4"));
    expect(received.toJSON()).toEqual({ b: ["1", "2", "4"], B: ["3"], a: [""], "Content-Type": ["x"] });
    expect(received.get("content-type")).toBe("x");
    expect([received.get("b"), received.get("B")]).toEqual(["1", "3"]);
    expect(received.getAll("b")).toEqual(["1", "2", "4"]);
    expect([received.get("nothing"), received.getAll("nothing"), received.has("nothing")]).toEqual([
      undefined,
      [],
      false,
    ]);
  });

  test("can be sent on as they came [R39]", async () => {
    const first = await roundTrip(headers({ A: ["1", "2"], "X-Y": "z" }));
    const second = await roundTrip(first);
    expect(second.toJSON()).toEqual(first.toJSON());
  });

  test("may be changed after publish", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("greet");
    const given = headers({ A: "before" });
    nc.publish("greet", "x", { headers: given });
    given.set("A", "after");
    expect((await sub.next({ timeout: 5000 })).headers?.get("A")).toBe("before");
  });

  test("a thousand of them arrive", async () => {
    const given = headers(
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`Name-${i}`, `value ${i}`])),
    );
    const received = await roundTrip(given);
    expect(received.size).toBe(1000);
    expect(received.get("Name-999")).toBe("value 999");
  });

  /** What a client reads of one message with this header block. */
  async function received(block: string): Promise<{ message: Message; log: EventLog }> {
    await using server = await ScriptedServer.start(
      acceptAll(({ verb, args }, peer) => {
        if (verb === "SUB")
          peer.send(`HMSG a ${args.at(-1)} ${block.length} ${block.length + 2}\r\n${block}hi\r\n`);
      }),
    );
    await using nc = await connect(server.url);
    const log = new EventLog(nc);
    const message = await nc.subscribe("a").next({ timeout: 5000 });
    expect(message.string()).toBe("hi");
    // Headers are read when they are asked for, and what is wrong with them is told then.
    expect(message.headers).toBe(message.headers);
    return { message, log };
  }

  test.each<
    [block: string, status: number | undefined, description: string | undefined, entries: [string, string][]]
  >([
    ["NATS/1.0 503\r\n\r\n", 503, undefined, [["Status", "503"]]],
    [
      "NATS/1.0  404   No Messages\r\n\r\n",
      404,
      "No Messages",
      [
        ["Status", "404"],
        ["Description", "No Messages"],
      ],
    ],
    [
      "NATS/1.0 100 Idle\r\nA: b\r\n\r\n",
      100,
      "Idle",
      [
        ["A", "b"],
        ["Status", "100"],
        ["Description", "Idle"],
      ],
    ],
    [
      "NATS/1.0\r\nA:b\r\nA:   c \r\n\r\n",
      undefined,
      undefined,
      [
        ["A", "b"],
        ["A", "c "],
      ],
    ],
    ["NATS/1.0\r\n: x\r\nA: b\r\n\r\n", undefined, undefined, [["A", "b"]]],
    ["NATS/1.0\nA: b\n\n", undefined, undefined, [["A", "b"]]],
    ["NATS/1.0\r\n\r\n", undefined, undefined, []],
  ])(
    "%j of a server is read [R39] [HDR-08] [HDR-10] [SC-25]",
    async (block, status, description, entries) => {
      const { message, log } = await received(block);
      expect([...message.headers!]).toEqual(entries);
      expect([message.headers!.status, message.headers!.description]).toEqual([status, description]);
      expect(log.of("error")).toEqual([]);
    },
  );

  test.each([
    "NATS/1.0\r\n",
    "NATS/2.0\r\n\r\n",
    "nats/1.0\r\n\r\n",
    "NATS/1.0\r\nno colon\r\n\r\n",
    "NATS/1.0 5\r\n\r\n",
    "NATS/1.0 abc\r\n\r\n",
    "x",
  ])(
    "%j can't be read: the message comes without headers, and an event tells it [HDR-07] [HDR-12] [HDR-13] [SC-24]",
    async (block) => {
      const { message, log } = await received(block);
      expect(message.headers).toBeUndefined();
      const { error } = await log.wait("error");
      expect(error).toMatchObject({ code: "MALFORMED_HEADERS", subject: "a" });
      expect(log.of("error")).toHaveLength(1);
    },
  );

  test.each(["NATS/1.0 5\r\nA: b\r\n\r\n", "NATS/1.0\r\nno colon\r\nA: b\r\n\r\n", "NATS/1.0\r\nA: b\r\n"])(
    "%j can be read in part: that part comes, and an event tells the rest [HDR-12] [HDR-13]",
    async (block) => {
      const { message, log } = await received(block);
      expect([...message.headers!]).toEqual([["A", "b"]]);
      expect((await log.wait("error")).error).toMatchObject({ code: "MALFORMED_HEADERS", subject: "a" });
      expect([...message.headers!]).toEqual([["A", "b"]]);
      expect(log.of("error")).toHaveLength(1);
    },
  );
});
