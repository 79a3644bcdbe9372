import { describe, expect, test } from "vitest";
import { connect, type Connection, headers, type Message, type RequestOptions } from "../../src/index.ts";
import { answerPings, readOperation } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { failure, thrown } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { useServer, withServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { subjectsAt } from "../support/server-interest.ts";
import { type ScriptedPeer, ScriptedServer } from "../support/scripted-server.ts";

/** Both ways to get a response: on the shared inbox, and on one that a request has to itself. */
const WAYS: [title: string, options: RequestOptions][] = [
  ["on the shared inbox", {}],
  ["on an inbox of its own [REQ-20]", { ownInbox: true }],
];

const access = useServer();

/** The subjects that the server has this connection subscribed to. */
async function subjectsOf(nc: Connection): Promise<string[]> {
  await nc.flush();
  return (await subjectsAt(access.server, nc)) ?? [];
}

describe.each(WAYS)("a request %s", (_title, way) => {
  test("gets its response, with headers both ways [REQ-13]", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("echo", {
      callback: (m) =>
        m.respond(`you said ${m.string()}`, { headers: headers({ Was: m.headers?.get("X") ?? "" }) }),
    });
    const reply = await nc.request("echo", "hello", { ...way, headers: headers({ X: "y" }) });
    expect(reply.string()).toBe("you said hello");
    expect(reply.headers?.get("was")).toBe("y");
    const empty = await nc.request("echo", undefined, way);
    expect(empty.string()).toBe("you said ");
    expect((await nc.request("echo", new Uint8Array([0x61]), way)).string()).toBe("you said a");
  });

  test("is told at once when nobody listens [R61] [REQ-06]", async () => {
    await using nc = await connect(access.url);
    const error = await failure(nc.request("nobody.home", "x", { ...way, timeout: NEVER }));
    expect(error).toMatchObject({ name: "NoRespondersError", code: "NO_RESPONDERS", subject: "nobody.home" });
  });

  test("times out when nobody listens and the server has no headers [R61] [REQ-07]", async () => {
    await withServer({ config: "no_header_support: true" }, async ({ url }) => {
      await using nc = await connect(url);
      expect((await failure(nc.request("nobody.home", "x", { ...way, timeout: 50 }))).code).toBe("TIMEOUT");
    });
  });

  test("times out, with subject, elapsed and sent [REQ-04]", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("silent");
    for (const timeout of [0, 30]) {
      const error = await failure(nc.request("silent", "x", { ...way, timeout }));
      expect(error).toMatchObject({ name: "TimeoutError", code: "TIMEOUT", subject: "silent", sent: true });
      expect(error.elapsed).toBeGreaterThanOrEqual(timeout);
    }
  });

  test("ends when its signal aborts, with the reason [REQ-17]", async () => {
    await using nc = await connect(access.url);
    const asked = nc.subscribe("silent");
    const controller = new AbortController();
    const waiting = failure(nc.request("silent", "x", { ...way, timeout: NEVER, signal: controller.signal }));
    await asked.next({ timeout: 5000 });
    controller.abort(new Error("no longer needed"));
    const error = await waiting;
    expect(error).toMatchObject({ name: "AbortError", code: "ABORTED", subject: "silent" });
    expect(error.cause).toBe(controller.signal.reason);
  });

  test("is not sent when its signal has aborted [REQ-17]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("silent");
    const error = await failure(nc.request("silent", "x", { ...way, signal: AbortSignal.abort("stop") }));
    expect(error).toMatchObject({ code: "ABORTED", cause: "stop" });
    await nc.flush();
    expect([sub.pending.messages, nc.stats().outMessages]).toEqual([0, 0]);
  });

  test("takes the first of several responses, and the others are dropped in silence [REQ-03]", async () => {
    await using nc = await connect(access.url);
    const log = new EventLog(nc);
    nc.subscribe("many", { callback: (m) => ["1", "2", "3"].forEach((text) => m.respond(text)) });
    expect((await nc.request("many", undefined, way)).string()).toBe("1");
    await nc.flush();
    expect((await nc.request("many", undefined, way)).string()).toBe("1");
    expect(log.types).toEqual([]);
  });

  test("ends at once with DISCONNECTED when the link is lost, also if there are many [R60]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      const asked = nc.subscribe("silent");
      const failures = Array.from({ length: 100 }, () =>
        failure(nc.request("silent", "x", { ...way, timeout: NEVER })),
      );
      await expect.poll(() => asked.pending.messages).toBe(100);
      await server.kill();
      for (const error of await Promise.all(failures)) {
        expect(error).toMatchObject({
          name: "ConnectionError",
          code: "DISCONNECTED",
          sent: true,
          subject: "silent",
        });
        expect(error.server).toBe(server.url);
      }
      await server.restart();
      await log.wait("reconnected");
      // Responses that come now are for nobody.
      for (let i = 0; i < 100; i++) (await asked.next({ timeout: 5000 })).respond("late");
      await nc.flush();
      nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
      expect((await nc.request("echo", "in time", way)).string()).toBe("in time");
      expect(log.of("error")).toEqual([]);
    });
  });

  test("waits for its response over a reconnect with onDisconnect: wait [SC-14] [RECON-06]", async () => {
    await using responder = await connect(access.url);
    const asked = responder.subscribe("slow");
    await responder.flush();
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    const waiting = nc.request("slow", "x", { ...way, timeout: NEVER, onDisconnect: "wait" });
    const message = await asked.next({ timeout: 5000 });
    proxy.cut();
    await log.wait("reconnected");
    await nc.flush();
    message.respond("at last");
    expect((await waiting).string()).toBe("at last");
  });

  test("made while there is no link is sent with the next [REQ-15]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
      await server.kill();
      await log.wait("disconnected");
      const waiting = nc.request("echo", "hello", { ...way, timeout: NEVER });
      await server.restart();
      expect((await waiting).string()).toBe("hello");
    });
  });

  test("made while there is no link times out with sent: false [REQ-15]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    proxy.refuse();
    proxy.cut();
    await log.wait("disconnected");
    const error = await failure(nc.request("echo", "x", { ...way, timeout: 30 }));
    expect(error).toMatchObject({ code: "TIMEOUT", sent: false });
  });

  test.each(["throw", "drop"] as const)(
    "made while there is no link fails at once with whileDisconnected: %s",
    async (whileDisconnected) => {
      await using proxy = await Proxy.start(access.server.port);
      await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT, whileDisconnected });
      const log = new EventLog(nc);
      proxy.refuse();
      proxy.cut();
      await log.wait("disconnected");
      const error = await failure(nc.request("echo", "x", { ...way, timeout: NEVER }));
      expect(error).toMatchObject({ code: "DISCONNECTED", sent: false, subject: "echo" });
    },
  );

  test("ends with CONNECTION_CLOSED when the connection closes, and every later one too [R62] [REQ-05] [REQ-10]", async () => {
    await using nc = await connect(access.url);
    const asked = nc.subscribe("silent");
    const waiting = failure(nc.request("silent", "x", { ...way, timeout: NEVER }));
    await asked.next({ timeout: 5000 });
    await nc.close();
    expect(await waiting).toMatchObject({ code: "CONNECTION_CLOSED", subject: "silent" });
    expect(await failure(nc.request("silent", "x", way))).toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  test("can still be made and answered while the connection drains [REQ-12] [REQ-21]", async () => {
    await using responder = await connect(access.url);
    responder.subscribe("double", { callback: (m) => m.respond(String(2 * Number(m.string()))) });
    await responder.flush();
    await using nc = await connect(access.url);
    const gate = new Gate();
    let answer = "";
    nc.subscribe("work", {
      callback: async (m) => {
        await gate.opened;
        answer = (await nc.request("double", m.string(), way)).string();
      },
    });
    nc.publish("work", "21");
    await nc.flush();
    const draining = nc.drain({ timeout: NEVER });
    expect(nc.state).toBe("draining");
    gate.open();
    expect(await draining).toMatchObject({ handled: 1, abandoned: 0, timedOut: false, complete: true });
    expect(answer).toBe("42");
  });

  test("leaves nothing behind, however it ends [REQ-16] [R64]", async () => {
    await expectNoLeak(async () => {
      await using nc = await connect(access.url);
      nc.subscribe("silent");
      nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
      const signal = AbortSignal.timeout(30);
      const errors = await Promise.all([
        failure(nc.request("silent", "x", { ...way, timeout: 20 })),
        failure(nc.request("silent", "x", { ...way, timeout: NEVER, signal })),
        failure(nc.request("nobody.home", "x", { ...way, timeout: NEVER })),
        failure(nc.request("echo", "x".repeat(2 * 1024 * 1024), { ...way, timeout: NEVER })),
      ]);
      expect(errors.map(({ code }) => code)).toEqual([
        "TIMEOUT",
        "ABORTED",
        "NO_RESPONDERS",
        "MAX_PAYLOAD_EXCEEDED",
      ]);
      for (let i = 0; i < 50; i++) await nc.request("echo", "x", { ...way, timeout: NEVER });
      const inboxes = (await subjectsOf(nc)).filter((subject) => subject.startsWith("_INBOX."));
      expect(inboxes).toHaveLength(way.ownInbox === true ? 0 : 1);
    });
  });
});

describe("the shared inbox", () => {
  test("is made by the first request and kept: <inbox>.<8 digits> [REQ-01] [INBOX-05]", async () => {
    await using nc = await connect(access.url);
    const replies: string[] = [];
    nc.subscribe("echo", {
      callback: (m) => {
        replies.push(m.reply!);
        m.respond();
      },
    });
    expect(await subjectsOf(nc)).toEqual(["echo"]);
    for (let i = 0; i < 3; i++) await nc.request("echo");
    const [inbox, ...others] = await subjectsOf(nc);
    expect(others).toEqual(["echo"]);
    expect(inbox).toMatch(/^_INBOX\.[0-9A-Za-z]{22}\.\*$/);
    expect(new Set(replies).size).toBe(3);
    for (const reply of replies) {
      expect(reply).toMatch(/^_INBOX\.[0-9A-Za-z]{22}\.[0-9A-Za-z]{8}$/);
      expect(reply.startsWith(inbox!.slice(0, -1))).toBe(true);
    }
  });

  test("begins with the inboxPrefix, and so do own ones and newInbox() [INBOX-03]", async () => {
    await using nc = await connect({ servers: access.url, inboxPrefix: "private.billing" });
    const replies: string[] = [];
    nc.subscribe("echo", {
      callback: (m) => {
        replies.push(m.reply!);
        m.respond();
      },
    });
    await nc.request("echo");
    await nc.request("echo", undefined, { ownInbox: true });
    expect(replies[0]).toMatch(/^private\.billing\.[0-9A-Za-z]{22}\.[0-9A-Za-z]{8}$/);
    expect(replies[1]).toMatch(/^private\.billing\.[0-9A-Za-z]{22}$/);
    expect(nc.newInbox()).toMatch(/^private\.billing\.[0-9A-Za-z]{22}$/);
    expect(nc.newInbox()).not.toBe(nc.newInbox());
  });

  test("works for a user who may subscribe to one prefix only", async () => {
    const config = `authorization { users: [
      { user: "joe", password: "p", permissions: { subscribe: ["joe.>", "echo"], publish: ">" } }
    ] }`;
    await withServer({ config }, async ({ url }) => {
      await using nc = await connect({ servers: url, user: "joe", password: "p", inboxPrefix: "joe" });
      nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
      expect((await nc.request("echo", "hello")).string()).toBe("hello");
      await using wrong = await connect({ servers: url, user: "joe", password: "p" });
      const log = new EventLog(wrong);
      // Its inbox is refused: that is told to the request, and the next one asks again.
      for (const timeout of [NEVER, NEVER]) {
        expect((await failure(wrong.request("echo", "hello", { timeout }))).code).toBe("SUBSCRIBE_DENIED");
      }
      const { error } = await log.wait("error");
      expect(error).toMatchObject({ code: "SUBSCRIBE_DENIED" });
      expect(error.subject).toMatch(/^_INBOX\./);
    });
  });

  test("serves ten thousand requests at once, each with its own response", async () => {
    await using responder = await connect(access.url);
    responder.subscribe("double", { callback: (m) => m.respond(String(2 * Number(m.string()))) });
    await responder.flush();
    await using nc = await connect(access.url);
    const replies = await Promise.all(
      Array.from({ length: 10_000 }, (_, i) => nc.request("double", String(i), { timeout: 20_000 })),
    );
    expect(replies.map((reply) => Number(reply.string()))).toEqual(
      Array.from({ length: 10_000 }, (_, i) => 2 * i),
    );
  });

  test("matches responses that come in another order [REQ-18]", async () => {
    await using nc = await connect(access.url);
    const asked: Message[] = [];
    nc.subscribe("hold", { callback: (m) => void asked.push(m) });
    const settled: string[] = [];
    const requests = ["a", "b", "c"].map(async (text) => {
      const reply = await nc.request("hold", text);
      settled.push(text);
      return reply.string();
    });
    await expect.poll(() => asked.length).toBe(3);
    for (const message of asked.toReversed()) message.respond(`to ${message.string()}`);
    expect(await Promise.all(requests)).toEqual(["to a", "to b", "to c"]);
    expect(settled).toEqual(["c", "b", "a"]);
  });

  test("does not give a late response to another request [REQ-09] [SC-29]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("hold");
    expect((await failure(nc.request("hold", "first", { timeout: 20 }))).code).toBe("TIMEOUT");
    const second = nc.request("hold", "second", { timeout: NEVER });
    (await sub.next({ timeout: 5000 })).respond("late");
    await nc.flush();
    (await sub.next({ timeout: 5000 })).respond("in time");
    expect((await second).string()).toBe("in time");
  });

  test("has a default timeout: requestTimeout", async () => {
    await using nc = await connect({ servers: access.url, requestTimeout: 20 });
    nc.subscribe("silent");
    expect((await failure(nc.request("silent"))).code).toBe("TIMEOUT");
  });

  test("keeps the deadlines of many requests apart", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("silent");
    const ended: number[] = [];
    const wait = async (timeout: number): Promise<void> => {
      await failure(nc.request("silent", "x", { timeout }));
      ended.push(timeout);
    };
    await Promise.all([wait(400), wait(20), wait(200), wait(20)]);
    expect(ended).toEqual([20, 20, 200, 400]);
  });

  test("refuses at once what does not fit into the buffer while there is no link [REQ-10]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({
      servers: proxy.url,
      reconnect: QUICK_RECONNECT,
      reconnectBufferSize: 10,
    });
    const log = new EventLog(nc);
    proxy.refuse();
    proxy.cut();
    await log.wait("disconnected");
    nc.publish("fill", "the buffer");
    expect(await failure(nc.request("echo", "x"))).toMatchObject({
      code: "OUTBOUND_LIMIT_EXCEEDED",
      sent: false,
    });
  });
});

describe("a response with a subject that was rewritten on its way", () => {
  /** Reads until a number of requests have come; resolves to the id of the shared inbox. */
  async function readRequests(peer: ScriptedPeer, count: number): Promise<string> {
    let sid = "";
    for (let seen = 0; seen < count;) {
      const { verb, args } = await readOperation(peer);
      if (verb === "SUB" && args[0]!.endsWith(".*")) sid = args.at(-1)!;
      else if (verb === "PUB") seen++;
      else if (verb === "PING") peer.send("PONG\r\n");
    }
    return sid;
  }

  test("goes to the only request that waits [REQ-08] [SC-29]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      const sid = await readRequests(peer, 1);
      peer.send(`MSG elsewhere ${sid} 2\r\nhi\r\n`);
      await answerPings(peer);
    });
    await using nc = await connect(server.url);
    const reply = await nc.request("ask", "x", { timeout: NEVER });
    expect([reply.subject, reply.string()]).toEqual(["elsewhere", "hi"]);
  });

  test("goes to nobody when two wait [REQ-08] [SC-29]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      const sid = await readRequests(peer, 2);
      peer.send(`MSG elsewhere ${sid} 2\r\nhi\r\n`);
      await answerPings(peer);
    });
    await using nc = await connect(server.url);
    const waiting = [0, 1].map(() => failure(nc.request("ask", "x", { timeout: NEVER })));
    await expect.poll(() => nc.stats().inMessages).toBe(1);
    await nc.close();
    expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual([
      "CONNECTION_CLOSED",
      "CONNECTION_CLOSED",
    ]);
  });

  test("shows that requests which failed are forgotten: it goes to the one that waits [REQ-08] [REQ-11] [REQ-16]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept({ max_payload: 1000 });
      // The one that was aborted in the turn that made it is not sent.
      const sid = await readRequests(peer, 3);
      peer.send(`MSG elsewhere ${sid} 2\r\nhi\r\n`);
      await answerPings(peer);
    });
    await using nc = await connect(server.url);
    const controller = new AbortController();
    const failing = [
      failure(nc.request("ask", "1", { timeout: 20 })),
      failure(nc.request("ask", "2", { timeout: NEVER, signal: controller.signal })),
      failure(nc.request("ask", "3", { timeout: 20, ownInbox: true })),
      failure(nc.request("ask", "x".repeat(1001), { timeout: NEVER })),
    ];
    controller.abort();
    const codes = (await Promise.all(failing)).map(({ code }) => code);
    expect(codes).toEqual(["TIMEOUT", "ABORTED", "TIMEOUT", "MAX_PAYLOAD_EXCEEDED"]);
    expect((await nc.request("ask", "4", { timeout: NEVER })).string()).toBe("hi");
  });

  test.each([
    ["503 with a payload is a response like any other", "NATS/1.0 503\r\n\r\n", "hi", undefined],
    ["503 without a payload says that nobody listens", "NATS/1.0 503\r\n\r\n", "", "NO_RESPONDERS"],
    [
      "503 with a text and without a payload does too",
      "NATS/1.0 503 No Responders\r\n\r\n",
      "",
      "NO_RESPONDERS",
    ],
    ["another status is a response like any other", "NATS/1.0 404 Not Found\r\n\r\n", "", undefined],
    ["a header named Status does not make it one", "NATS/1.0\r\nA: 503\r\n\r\n", "", undefined],
  ])("%s [REQ-06] [SC-28]", async (_title, block, payload, code) => {
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      const sid = await readRequests(peer, 1);
      peer.send(`HMSG a ${sid} ${block.length} ${block.length + payload.length}\r\n${block}${payload}\r\n`);
      await answerPings(peer);
    });
    await using nc = await connect(server.url);
    const waiting = nc.request("ask", "x", { timeout: NEVER });
    if (code === undefined) expect((await waiting).string()).toBe(payload);
    else expect((await failure(waiting)).code).toBe(code);
  });
});

describe("respond()", () => {
  test("publishes to the reply subject, also when the subscription is gone [PUB-13] [PUB-15]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("ask", { max: 1 });
    const waiting = nc.request("ask", "x");
    const message = await sub.next({ timeout: 5000 });
    await sub.closed;
    message.respond("answer");
    expect((await waiting).string()).toBe("answer");
  });

  test("can ask for an answer in turn", async () => {
    await using nc = await connect(access.url);
    const answers = nc.subscribe("answers");
    nc.subscribe("ask", { callback: (m) => m.respond("and you?", { reply: "answers" }) });
    (await nc.request("ask")).respond("fine");
    expect((await answers.next({ timeout: 5000 })).string()).toBe("fine");
  });

  test("refuses for a message that asks for none, after close, and for what can't be published [PUB-13] [R75]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("ask");
    nc.publish("ask", "no answer wanted");
    nc.publish("ask", "answer", { reply: "answers" });
    const plain = await sub.next({ timeout: 5000 });
    const asking = await sub.next({ timeout: 5000 });
    expect(thrown(() => plain.respond("x"))).toMatchObject({ code: "MESSAGE_WITHOUT_REPLY", subject: "ask" });
    expect(thrown(() => asking.respond(42 as never))).toMatchObject({
      code: "INVALID_PAYLOAD",
      subject: "answers",
    });
    const tooLarge = thrown(() => asking.respond("x".repeat(1024 * 1024 + 1)));
    expect(tooLarge).toMatchObject({ code: "MAX_PAYLOAD_EXCEEDED", subject: "answers" });
    await nc.close();
    expect(thrown(() => asking.respond("x"))).toMatchObject({
      code: "CONNECTION_CLOSED",
      subject: "answers",
    });
  });
});
