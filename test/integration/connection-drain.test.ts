import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Connection, connect, type Message, type Subscription } from "../../src/index.ts";
import { collect, keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { needs, useServer, withServer } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { clientNamesAt, subjectsAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();
const QUICK = { delay: 10, maxDelay: 50 };
const DONE = { handled: 0, abandoned: 0, lost: 0, unconfirmed: 0, timedOut: false, complete: true };

/** What a handler of 10 ms is: work that takes its time. */
async function work(m: Message): Promise<void> {
  await sleep(10);
  m.respond("done");
}

/** The text of the response, or of the error. */
function outcome(response: Promise<Message>): Promise<string> {
  return response.then(
    (m) => m.string(),
    (error: unknown) => String(error),
  );
}

describe("draining a connection with 20 messages queued", () => {
  const readBy = (read: (sub: Subscription) => Promise<void>) => (nc: Connection) => {
    const sub = nc.subscribe("work");
    void read(sub).catch(() => undefined);
    return sub;
  };
  const ways: [string, (nc: Connection) => Subscription][] = [
    ["an async callback", (nc) => nc.subscribe("work", { callback: work })],
    ["a callback with concurrency", (nc) => nc.subscribe("work", { concurrency: 4, callback: work })],
    [
      "a loop",
      readBy(async (sub) => {
        for await (const m of sub) await work(m);
      }),
    ],
    [
      "a loop over batches",
      readBy(async (sub) => {
        for await (const batch of sub.batches(6)) for (const m of batch) await work(m);
      }),
    ],
    [
      "next()",
      readBy(async (sub) => {
        for (;;) {
          (await sub.next()).respond("done");
          await sleep(10);
        }
      }),
    ],
    ["a stream", readBy((sub) => sub.readable().pipeTo(new WritableStream({ write: work })))],
  ];

  test.each(ways)(
    "for %s replies to all of them, then closes [R70] [DRAIN-23] [DRAIN-32]",
    async (_title, serve) => {
      await using nc = await connect(access.url);
      await using asker = await connect(access.url);
      const sub = serve(nc);
      await nc.flush();
      const numbers = Array.from({ length: 20 }, (_, i) => `${i}`);
      const asked = numbers.map((number) => outcome(asker.request("work", number)));
      await asker.flush();
      const report = await nc.drain();
      expect(nc.state).toBe("closed");
      expect(await Promise.all(asked)).toEqual(numbers.map(() => "done"));
      expect(report).toMatchObject({ abandoned: 0, timedOut: false });
      expect(sub.delivered).toBe(20);
      expect(await sub.closed).toMatchObject({ reason: "drained", abandoned: 0 });
    },
  );

  test("reports how many were handled, over all subscriptions", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("work", { callback: () => nextTurn() });
    const looped = collect(nc.subscribe("work"));
    nc.subscribe("unused");
    const sent = publishNumbers(nc, "work", 20);
    expect(await nc.drain()).toEqual({ ...DONE, handled: 40 });
    expect(await looped).toEqual(sent);
  });
});

describe("while a connection drains", () => {
  test("its state says so, new subscriptions are refused, publishing goes on [DRAIN-22]", async () => {
    await using nc = await connect(access.url);
    await using other = await connect(access.url);
    const gate = new Gate();
    const kept: string[] = [];
    other.subscribe("out", { callback: keepTexts(kept) });
    await other.flush();
    nc.subscribe("in", { callback: () => gate.opened });
    nc.publish("in");
    await nc.flush();

    const draining = nc.drain();
    expect(nc.state).toBe("draining");
    expect(() => nc.subscribe("new")).toThrow(
      expect.objectContaining({ code: "CONNECTION_DRAINING", subject: "new" }),
    );
    expect(() => nc.subscribe("a b")).toThrow(expect.objectContaining({ code: "INVALID_SUBJECT" }));
    nc.publish("out", "1");
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual([]);
    expect(nc.state).toBe("draining");
    nc.publish("out", "2");
    gate.open();
    expect(await draining).toEqual({ ...DONE, handled: 1 });
    await eventually(() => expect(kept).toEqual(["1", "2"]));
  });

  test("what its last handler publishes arrives, and no more is taken afterwards [DRAIN-25] [DRAIN-32]", async () => {
    await using nc = await connect(access.url);
    await using other = await connect(access.url);
    const kept: string[] = [];
    other.subscribe("out", { callback: keepTexts(kept) });
    await other.flush();
    nc.subscribe("in", {
      callback: async () => {
        await nextTurn();
        publishNumbers(nc, "out", 1000);
      },
    });
    nc.publish("in");
    await nc.drain();
    await other.flush();
    expect(kept).toHaveLength(1000);
    expect(() => nc.publish("out", "late")).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
  });

  test("publishing is refused from the last flush on [DRAIN-25] [STAT-13]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect(proxy.url);
    proxy.stall("down");
    const draining = nc.drain();
    await eventually(() =>
      expect(() => nc.publish("out")).toThrow(
        expect.objectContaining({ code: "CONNECTION_DRAINING", subject: "out" }),
      ),
    );
    expect(nc.state).toBe("draining");
    await expect(nc.request("out")).rejects.toMatchObject({ code: "CONNECTION_DRAINING" });
    proxy.resume();
    expect(await draining).toEqual(DONE);
  });

  test("requests in flight get their responses [REQ-21]", async () => {
    await using nc = await connect(access.url);
    await using server = await connect(access.url);
    const gate = new Gate();
    const asked = new Gate();
    server.subscribe("ask", {
      callback: async (m) => {
        asked.open();
        await gate.opened;
        m.respond("late answer");
      },
    });
    await server.flush();
    const answers = [nc.request("ask"), nc.request("ask", undefined, { ownInbox: true })];
    const many = collect(nc.requestMany("ask", undefined, { maxMessages: 1 }));
    await asked.opened;
    const draining = nc.drain();
    await nc.flush();
    expect(nc.state).toBe("draining");
    gate.open();
    expect((await Promise.all(answers)).map((m) => m.string())).toEqual(["late answer", "late answer"]);
    expect(await many).toEqual(["late answer"]);
    expect(await draining).toEqual(DONE);
  });

  test("its handlers may make requests [DRAIN-32]", async () => {
    await using nc = await connect(access.url);
    await using server = await connect(access.url);
    server.subscribe("ask", { callback: (m) => m.respond("answer") });
    await server.flush();
    const kept: string[] = [];
    nc.subscribe("in", {
      callback: async () => {
        kept.push((await nc.request("ask")).string());
      },
    });
    publishNumbers(nc, "in", 3);
    expect(await nc.drain()).toEqual({ ...DONE, handled: 3 });
    expect(kept).toEqual(["answer", "answer", "answer"]);
  });

  test("handlers that fail are contained, and count as handled", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    nc.subscribe("in", { callback: () => Promise.reject(new Error("broken")) });
    publishNumbers(nc, "in", 2);
    expect(await nc.drain()).toEqual({ ...DONE, handled: 2 });
    await events.wait("closed");
    expect(events.types).toEqual(["handlerError", "handlerError", "closed"]);
  });

  test("messages for its queue group go to the other members: none is lost or doubled", async () => {
    await using leaving = await connect(access.url);
    await using staying = await connect(access.url);
    await using publisher = await connect(access.url);
    const kept: string[][] = [[], []];
    [leaving, staying].forEach((nc, i) =>
      nc.subscribe("jobs", {
        queue: "workers",
        callback: async (m) => {
          await nextTurn();
          kept[i]!.push(m.string());
        },
      }),
    );
    await Promise.all([leaving.flush(), staying.flush()]);
    const sent = publishNumbers(publisher, "jobs", 500);
    await publisher.flush();
    const draining = leaving.drain();
    sent.push(...publishNumbers(publisher, "jobs", 500, 501));
    await publisher.flush();
    await draining;
    await eventually(() => expect(kept.flat()).toHaveLength(1000));
    expect(kept.flat().sort((a, b) => Number(a) - Number(b))).toEqual(sent);
    expect(kept.every((texts) => texts.length > 0)).toBe(true);
  });
});

describe("draining a connection waits", () => {
  test("for a subscription whose max is reached and whose messages are still being handled [DRAIN-31]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    const sub = nc.subscribe("in", {
      max: 5,
      callback: async (m) => {
        await sleep(10);
        kept.push(m.string());
      },
    });
    const sent = publishNumbers(nc, "in", 5);
    await nc.flush();
    expect([sub.state, sub.pending.messages]).toEqual(["draining", 5]);
    const report = await nc.drain();
    expect([kept, nc.state]).toEqual([sent, "closed"]);
    expect(report).toEqual({ ...DONE, handled: 5 });
  });

  test("for a subscription that is being drained already [DRAIN-01]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    const sub = nc.subscribe("in", {
      callback: async (m) => {
        await sleep(10);
        kept.push(m.string());
      },
    });
    const sent = publishNumbers(nc, "in", 5);
    await nc.flush();
    const first = sub.drain();
    // The subscription is no longer in the connection's table once the server has answered.
    await nc.flush();
    const report = await nc.drain();
    expect([kept, nc.state]).toEqual([sent, "closed"]);
    expect(report).toMatchObject({ abandoned: 0, timedOut: false });
    expect(await first).toEqual({ handled: 5, abandoned: 0, timedOut: false, complete: true });
  });

  test("for the messages on their way to it [DRAIN-05]", async () => {
    await using nc = await connect(access.url);
    await using publisher = await connect(access.url);
    const kept: string[] = [];
    nc.subscribe("in", { callback: keepTexts(kept) });
    await nc.flush();
    const sent = publishNumbers(publisher, "in", 5000);
    await publisher.flush();
    await nc.drain();
    expect(kept).toEqual(sent);
  });
});

describe("draining a connection with a limit", () => {
  test("gives up at the timeout: the report says what was left, and the connection is closed [R71] [DRAIN-24]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const begun: string[] = [];
    const stuck = nc.subscribe("stuck", {
      callback: (m) => {
        begun.push(m.string());
        return gate.opened;
      },
    });
    const unread = nc.subscribe("unread");
    publishNumbers(nc, "stuck", 3);
    publishNumbers(nc, "unread", 2);
    await nc.flush();
    expect(await nc.drain({ timeout: 20 })).toEqual({ ...DONE, abandoned: 5, timedOut: true });
    expect(nc.state).toBe("closed");
    expect([stuck.state, unread.state]).toEqual(["closed", "closed"]);
    gate.open();
    await eventually(() => expect(stuck.pending.messages).toBe(0));
    expect(begun).toEqual(["1"]);
  });

  test("gives up when its signal aborts", async () => {
    await using nc = await connect(access.url);
    const controller = new AbortController();
    const sub = nc.subscribe("unread");
    publishNumbers(nc, "unread", 2);
    await nc.flush();
    const draining = nc.drain({ signal: controller.signal });
    await sub.next();
    await nc.flush();
    await nextTurn();
    controller.abort();
    expect(await draining).toEqual({ ...DONE, handled: 1, abandoned: 1, timedOut: true });
    expect(nc.state).toBe("closed");
  });

  test("gives up a request that nobody answers, and says so", async () => {
    await using nc = await connect(access.url);
    await using silent = await connect(access.url);
    silent.subscribe("ask");
    await silent.flush();
    const asked = failure(nc.request("ask", undefined, { timeout: 25_000 }));
    await nc.flush();
    expect(await nc.drain({ timeout: 20 })).toEqual({ ...DONE, timedOut: true });
    expect((await asked).code).toBe("CONNECTION_CLOSED");
  });

  test("refuses wrong options, and nothing happens", async () => {
    await using nc = await connect(access.url);
    const drain = async (): Promise<unknown> => await nc.drain({ timeout: Number.NaN });
    await expect(drain()).rejects.toMatchObject({ code: "INVALID_OPTION", argument: "timeout" });
    expect(nc.state).toBe("connected");
  });
});

describe("draining a connection without a link", () => {
  test("hands out what is here, then closes [R72] [DRAIN-20]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      const sub = nc.subscribe("in");
      const sent = publishNumbers(nc, "in", 3);
      await nc.flush();
      await server.kill();
      await events.wait("reconnecting", 2);
      const draining = nc.drain();
      expect(nc.state).toBe("draining");
      expect(await collect(sub)).toEqual(sent);
      expect(await draining).toEqual({ ...DONE, handled: 3 });
      expect(nc.state).toBe("closed");
      await events.wait("closed");
      expect(events.types.at(-1)).toBe("closed");
      expect(events.of("reconnected")).toEqual([]);
    });
  });

  test("stops dialling at once, also while handlers are at work [R72]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, name: "draining", reconnect: QUICK });
      const events = new EventLog(nc);
      const gate = new Gate();
      nc.subscribe("in", { callback: () => gate.opened });
      nc.publish("in");
      await nc.flush();
      await server.kill();
      await events.wait("reconnecting", 2);
      const draining = nc.drain();
      const before = events.types;
      await server.restart();
      await using other = await connect({ servers: server.url, name: "other" });
      await other.flush();
      expect(await clientNamesAt(server)).toEqual(["other"]);
      expect([nc.state, events.types]).toEqual(["draining", before]);
      gate.open();
      expect(await draining).toEqual({ ...DONE, handled: 1 });
    });
  });

  test.each([
    ["asked for before the link was lost", true],
    ["asked for without a link", false],
  ])("does not wait for a response %s: it can't come any more [R72]", async (_title, isBefore) => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      // A responder that never responds, and whose queue is empty.
      nc.subscribe("ask", { callback: () => {} });
      const ask = () => failure(nc.request("ask", undefined, { timeout: 25_000, onDisconnect: "wait" }));
      let asked = isBefore ? ask() : undefined;
      await nc.flush();
      await server.kill();
      await events.wait("disconnected");
      asked ??= ask();
      // Time enough for a loaded machine, and less than the request would wait.
      expect(await nc.drain({ timeout: 10_000 })).toMatchObject({ timedOut: false });
      expect(["CONNECTION_CLOSED", "DISCONNECTED"]).toContain((await asked).code);
    });
  });

  test("says what was published and never left", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      await server.kill();
      await events.wait("disconnected");
      publishNumbers(nc, "out", 3);
      await nc.drain();
      const { lost, error } = await events.wait("closed");
      expect([lost.messages, error]).toEqual([3, undefined]);
      expect(lost.bytes).toBeGreaterThan(3);
    });
  });

  test("which is lost in the middle of it, ends by closing, without a reconnect [DRAIN-28]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, name: "draining", reconnect: QUICK });
      const events = new EventLog(nc);
      const gate = new Gate();
      const kept: string[] = [];
      nc.subscribe("in", {
        callback: async (m) => {
          await gate.opened;
          kept.push(m.string());
        },
      });
      const sent = publishNumbers(nc, "in", 3);
      await nc.flush();
      const draining = nc.drain();
      await nc.flush();
      await server.kill();
      await events.wait("disconnected");
      expect(nc.state).toBe("draining");
      await server.restart();
      gate.open();
      expect(await draining).toEqual({ ...DONE, handled: 3 });
      expect(kept).toEqual(sent);
      await events.wait("closed");
      expect(events.types).toEqual(["disconnected", "closed"]);
      expect(await clientNamesAt(server)).toEqual([]);
    });
  });

  needs("NATS bytes at a proxy")("which is lost in the last flush, ends by closing [DRAIN-28]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK });
    const events = new EventLog(nc);
    proxy.stall("down");
    const draining = nc.drain();
    await eventually(() => expect(proxy.recordedUp.toString().match(/PING/g)).toHaveLength(2));
    proxy.cut();
    expect(await draining).toMatchObject({ handled: 0, abandoned: 0 });
    await events.wait("closed");
    expect(events.types).toEqual(["disconnected", "closed"]);
    expect(proxy.connections).toBe(1);
  });
});

describe("draining a connection", () => {
  test("a second time gives the same report, during it and after it [DRAIN-20] [R27]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    publishNumbers(nc, "in", 2);
    await nc.flush();
    const first = nc.drain();
    const second = nc.drain();
    await sub.next();
    await sub.next();
    const report = await first;
    expect(report).toEqual({ ...DONE, handled: 2 });
    expect([await second, await nc.drain()]).toEqual([report, report]);
  });

  test("that was closed is refused [DRAIN-20]", async () => {
    await using nc = await connect(access.url);
    await nc.close();
    await expect(nc.drain()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  test("can be cut short by close(): both settle, and what was left is told [R27]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const sub = nc.subscribe("in");
    publishNumbers(nc, "in", 3);
    await nc.flush();
    const draining = nc.drain();
    await nc.close();
    expect(await draining).toEqual({ ...DONE, abandoned: 3, complete: false });
    expect(await sub.closed).toMatchObject({ abandoned: 3 });
    await events.wait("closed");
    expect(events.types).toEqual(["closed"]);
  });

  test("without subscriptions just closes; closed() and the last event tell it [DRAIN-21]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    expect(await nc.drain()).toEqual(DONE);
    expect(await nc.closed()).toBeUndefined();
    const closed = await events.wait("closed");
    expect(closed).toEqual({ type: "closed", error: undefined, lost: { messages: 0, bytes: 0 } });
    expect(events.types).toEqual(["closed"]);
  });

  test("sends what was published before it, large payloads too [DRAIN-25]", async () => {
    await using nc = await connect(access.url);
    await using other = await connect(access.url);
    let bytes = 0;
    other.subscribe("out", { callback: (m) => void (bytes += m.size) });
    await other.flush();
    for (let i = 0; i < 20; i++) nc.publish("out", new Uint8Array(900_000));
    await nc.drain();
    await other.flush();
    expect(bytes).toBe(20 * 900_000);
  });

  test("leaves nothing open: no socket, no timer", async () => {
    await expectNoLeak(async () => {
      const nc = await connect(access.url);
      nc.subscribe("in", { callback: () => nextTurn() });
      nc.subscribe("ask", { callback: (m) => m.respond() });
      publishNumbers(nc, "in", 10);
      await nc.request("ask", undefined, { timeout: 60_000 });
      await nc.drain({ timeout: 60_000, signal: new AbortController().signal });
    });
  });
});
