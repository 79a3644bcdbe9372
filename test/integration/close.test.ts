import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Connection, connect, type ConnectionEvent, type Message } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { collect, keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { Gate } from "../support/gate.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { needs, useServer, withServer } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { clientNamesAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();
const QUICK = { delay: 10, maxDelay: 50 };

/** The types of all events that a loop gets. */
async function typesOf(nc: Connection): Promise<string[]> {
  const types: string[] = [];
  for await (const event of nc.events()) types.push(event.type);
  return types;
}

describe("close()", () => {
  test("may be called many times, at once and later: all settle, and `closed` is told once, as the last event [CLOSE-02] [CLOSE-04] [STAT-11]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    const heard: ConnectionEvent[] = [];
    nc.on("closed", (event) => void heard.push(event));
    nc.subscribe("in", { callback: () => Promise.reject(new Error("told before closed")) });
    nc.publish("in");
    await nc.flush();
    await Promise.all([nc.close(), nc.close(), nc.close()]);
    expect(nc.state).toBe("closed");
    expect(await nc.closed()).toBeUndefined();
    await nc.close();
    const closed = await events.wait("closed");
    expect(closed).toEqual({ type: "closed", error: undefined, lost: { messages: 0, bytes: 0 } });
    await eventually(() => expect(heard).toEqual([closed]));
    expect(events.types).toEqual(["handlerError", "closed"]);
    expect([nc.state, nc.server]).toEqual(["closed", undefined]);
  });

  test("ends the loops over events, after the last event [R26]", async () => {
    await using nc = await connect(access.url);
    const reading = [typesOf(nc), typesOf(nc)];
    await nc.close();
    expect(await Promise.all(reading)).toEqual([["closed"], ["closed"]]);
  });

  test("leaves no loop over events waiting that begins afterwards [R26]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    await nc.close();
    await events.wait("closed");
    let ended = false;
    void typesOf(nc).then(() => (ended = true));
    await eventually(() => expect(ended).toBe(true));
  });

  test("waits for no handler [CLOSE-06]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const begun: string[] = [];
    const sub = nc.subscribe("in", {
      callback: (m) => {
        begun.push(m.string());
        return gate.opened;
      },
    });
    publishNumbers(nc, "in", 3);
    await nc.flush();
    await nc.close();
    expect(sub.pending.messages).toBe(1);
    gate.open();
    await eventually(() => expect(sub.pending.messages).toBe(0));
    expect(begun).toEqual(["1"]);
  });

  test("gives up what was received and not handled, and every subscription says so [MSGQ-07] [R53]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const kept: string[] = [];
    const slow = async (m: Message): Promise<void> => {
      await gate.opened;
      kept.push(m.string());
    };
    const subs = [
      nc.subscribe("in"),
      nc.subscribe("in", { callback: slow }),
      nc.subscribe("in", { max: 3 }),
      nc.subscribe("in", { max: 3, callback: slow }),
    ];
    publishNumbers(nc, "in", 3);
    await nc.flush();
    await nc.close();
    gate.open();
    const ends = await Promise.all(subs.map((sub) => sub.closed));
    expect(ends.map(({ reason, error }) => [reason, error?.code])).toEqual(
      subs.map(() => ["connection-closed", "CONNECTION_CLOSED"]),
    );
    expect(ends.map(({ abandoned }) => abandoned)).toEqual([3, 2, 3, 2]);
    expect(await Promise.all([collect(subs[0]!), collect(subs[2]!)])).toEqual([[], []]);
    expect(kept).toEqual(["1", "1"]);
  });

  test("from inside a handler ends delivery in the middle of what has arrived [CLOSE-02]", async () => {
    await using nc = await connect(access.url);
    await using publisher = await connect(access.url);
    const kept: string[] = [];
    nc.subscribe("in", {
      callback: (m) => {
        kept.push(m.string());
        if (m.string() === "3") void nc.close();
      },
    });
    await nc.flush();
    publishNumbers(publisher, "in", 10);
    expect(await nc.closed()).toBeUndefined();
    await publisher.flush();
    expect(kept).toEqual(["1", "2", "3"]);
  });

  test("from inside a listener of an event is allowed [CB-13]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      nc.on("disconnected", () => nc.close());
      await nc.flush();
      await server.kill();
      await events.wait("closed");
      expect(await nc.closed()).toBeUndefined();
      expect(events.types.at(-1)).toBe("closed");
      expect(events.of("reconnected")).toEqual([]);
    });
  });

  test("leaves lastError as it was [CLOSE-10]", async () => {
    await using server = await ScriptedServer.start(
      acceptAll(({ verb }, peer) => {
        if (verb === "SUB") peer.send("-ERR 'Permissions Violation for Subscription to \"in\"'\r\n");
      }),
    );
    await using nc = await connect(server.url);
    const events = new EventLog(nc);
    nc.subscribe("in");
    const { error } = await events.wait("error");
    await nc.close();
    expect(nc.lastError).toBe(error);
    await using quiet = await connect(access.url);
    await quiet.close();
    expect(quiet.lastError).toBeUndefined();
  });
});

describe("what was published just before close()", () => {
  test("arrives, all of it and in order [CLOSE-03] [FLUSH-17]", async () => {
    await using other = await connect(access.url);
    const kept: string[] = [];
    other.subscribe("out", { callback: keepTexts(kept) });
    await other.flush();
    await using nc = await connect(access.url);
    const sent = publishNumbers(nc, "out", 20_000);
    await nc.close();
    await eventually(() => expect(kept).toHaveLength(20_000));
    expect(kept).toEqual(sent);
  });

  test("arrives also when it is large, or was published by a handler in the same turn [CLOSE-03]", async () => {
    await using other = await connect(access.url);
    const sizes: number[] = [];
    other.subscribe("out", { callback: (m) => void sizes.push(m.size) });
    await other.flush();
    await using nc = await connect(access.url);
    nc.subscribe("in", {
      callback: () => {
        for (let i = 0; i < 10; i++) nc.publish("out", new Uint8Array(900_000));
        nc.publish("out", "last");
        void nc.close();
      },
    });
    nc.publish("in");
    await nc.closed();
    await eventually(() => expect(sizes).toEqual([...Array.from({ length: 10 }, () => 900_000), 4]));
  });

  test("and could not leave is told by the `closed` event: the peer does not read", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect(proxy.url);
    const events = new EventLog(nc);
    proxy.stall("up");
    for (let i = 0; i < 60; i++) nc.publish("out", new Uint8Array(1_000_000));
    await nc.close();
    const { lost, error } = await events.wait("closed");
    expect(error).toBeUndefined();
    expect(lost.messages).toBeGreaterThan(0);
    expect(lost.bytes).toBeGreaterThan(1_000_000);
    expect(nc.pendingBytes).toBe(0);
  });

  needs("a peer that holds the client up")(
    "and could not leave is told by the `closed` event: the link breaks meanwhile",
    async () => {
      await using server = await ScriptedServer.start((peer) => peer.accept().then(() => undefined));
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      const peer = server.peers[0]!;
      peer.pause();
      while (nc.pendingBytes < 300_000) {
        for (let i = 0; i < 10; i++) nc.publish("out", new Uint8Array(4000));
        await nextTurn();
      }
      // Until the system takes no more of it.
      let pending = 0;
      while (pending !== nc.pendingBytes) {
        pending = nc.pendingBytes;
        await sleep(100);
      }
      const closed = nc.close();
      peer.destroy();
      await closed;
      const { lost } = await events.wait("closed");
      // What the socket held is among it.
      expect(lost.bytes).toBeGreaterThanOrEqual(pending);
      expect(lost.messages).toBeGreaterThanOrEqual(Math.floor(pending / 4020));
    },
  );

  test("and waited for a link is told by the `closed` event", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      await server.kill();
      await events.wait("disconnected");
      publishNumbers(nc, "out", 4);
      await nc.close();
      expect((await events.wait("closed")).lost.messages).toBe(4);
    });
  });
});

describe("what waits when the connection closes ends with CONNECTION_CLOSED", () => {
  /** A connection that gets no answer from now on. */
  async function unanswered(): Promise<AsyncDisposable & { nc: Connection; proxy: Proxy }> {
    const proxy = await Proxy.start(access.server.port);
    const nc = await connect(proxy.url);
    proxy.stall("down");
    return {
      nc,
      proxy,
      [Symbol.asyncDispose]: async () => {
        await nc.close();
        await proxy.stop();
      },
    };
  }

  const first = (responses: AsyncIterableIterator<Message, undefined>): Promise<unknown> => responses.next();
  const waits: [string, (nc: Connection) => Promise<unknown>][] = [
    ["flush()", (nc) => nc.flush()],
    ["rtt()", (nc) => nc.rtt()],
    ["request()", (nc) => nc.request("ask", "x", { timeout: 60_000 })],
    ["request() with its own inbox", (nc) => nc.request("ask", "x", { timeout: 60_000, ownInbox: true })],
    ["request() that outlives a link", (nc) => nc.request("ask", "x", { onDisconnect: "wait" })],
    ["requestMany()", (nc) => first(nc.requestMany("ask", "x", { maxWait: 60_000 }))],
    ["next()", (nc) => nc.subscribe("in").next({ timeout: 60_000 })],
    ["next() of a subscription with max", (nc) => nc.subscribe("in", { max: 2 }).next()],
  ];

  test.each(waits)("%s [CLOSE-03] [NEXT-07] [R62]", async (_title, wait) => {
    await using waiting = await unanswered();
    const ended = expect(wait(waiting.nc)).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await nextTurn();
    await waiting.nc.close();
    await ended;
  });

  test("next() of a subscription that is being drained [CLOSE-03] [NEXT-07]", async () => {
    await using waiting = await unanswered();
    const sub = waiting.nc.subscribe("in");
    void sub.drain();
    const ended = expect(sub.next()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await nextTurn();
    await waiting.nc.close();
    await ended;
  });

  test("ready() [CLOSE-03]", async () => {
    await using waiting = await unanswered();
    const { nc, proxy } = waiting;
    proxy.stall("up");
    for (let i = 0; i < 60; i++) nc.publish("out", new Uint8Array(1_000_000));
    const ended = expect(nc.ready()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await nextTurn();
    await nc.close();
    await ended;
  });

  test("flush() and ready() that wait for a link [CLOSE-03]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK, reconnectBufferSize: 100 });
      const events = new EventLog(nc);
      await server.kill();
      await events.wait("disconnected");
      nc.publish("out", new Uint8Array(200));
      const ended = Promise.all(
        [nc.flush(), nc.ready()].map((wait) =>
          expect(wait).rejects.toMatchObject({ code: "CONNECTION_CLOSED" }),
        ),
      );
      await nextTurn();
      await nc.close();
      await ended;
    });
  });
});

describe("after close()", () => {
  const calls: [string, (nc: Connection, m: Message) => unknown][] = [
    ["publish()", (nc) => nc.publish("out", "x")],
    ["subscribe()", (nc) => nc.subscribe("in")],
    ["request()", (nc) => nc.request("ask")],
    ["request() with its own inbox", (nc) => nc.request("ask", "x", { ownInbox: true })],
    ["requestMany()", (nc) => nc.requestMany("ask").next()],
    ["flush()", (nc) => nc.flush()],
    ["ready()", (nc) => nc.ready()],
    ["rtt()", (nc) => nc.rtt()],
    ["drain()", (nc) => nc.drain()],
    ["setServers()", (nc) => nc.setServers(access.url)],
    ["reconnect()", (nc) => nc.reconnect()],
    ["barrier()", (nc) => nc.barrier()],
    ["respond()", (_nc, m) => m.respond("x")],
    ["respond() with options", (_nc, m) => m.respond("x", {})],
  ];

  test.each(calls)("%s is refused with CONNECTION_CLOSED [CLOSE-07] [R75]", async (_title, call) => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    nc.publish("in", "?", { reply: "answers" });
    const message = await sub.next();
    await nc.close();
    const calling = async (): Promise<unknown> => await call(nc, message);
    await expect(calling()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    const before = nc.stats();
    await expect(calling()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(nc.stats()).toEqual(before);
  });

  test("they are refused from the call on, not only once it is done [CLOSE-07]", async () => {
    await using nc = await connect(access.url);
    const closing = nc.close();
    expect(nc.state).toBe("closed");
    expect(() => nc.publish("out")).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
    await expect(nc.flush()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await closing;
  });

  test("messages, figures and facts can still be read [CLOSE-10]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    nc.publish("in", "text");
    const message = await sub.next();
    await nc.close();
    expect([message.subject, message.string()]).toEqual(["in", "text"]);
    expect([sub.delivered, nc.stats().inMessages, nc.pendingBytes]).toEqual([1, 1, 0]);
    expect(nc.info?.version).toBe(access.server.version);
    expect(nc.servers).toEqual([access.url]);
  });
});

describe("closing while the link is away", () => {
  test("interrupts the pause before the next attempt [CLOSE-09]", async () => {
    await withServer({}, async (server) => {
      const pause = { delay: 1_000_000, maxDelay: 1_000_000, jitter: 0 };
      await using nc = await connect({ servers: server.url, reconnect: pause });
      const events = new EventLog(nc);
      await server.kill();
      // The first attempt is made at once; the second one is announced for much later.
      await events.wait("reconnecting", 2);
      await nc.close();
      await events.wait("closed");
      expect(events.types).toEqual(["disconnected", "reconnecting", "reconnecting", "closed"]);
    });
  });

  test("gives up the attempt that is under way, and its socket [CLOSE-09]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      if (peer.number === 1) await peer.accept();
      // The second one hears nothing.
    });
    await using nc = await connect({ servers: server.url, reconnect: QUICK, timeout: 60_000 });
    const events = new EventLog(nc);
    await server.done();
    server.peers[0]!.destroy();
    const second = await server.peer(2);
    await nc.close();
    await second.closed;
    await events.wait("closed");
    expect(events.of("reconnecting")).toHaveLength(1);
    expect(server.connections).toBe(2);
  });

  test("dials no more: the server sees nobody when it is back [CLOSE-09] [R26]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, name: "closed", reconnect: QUICK });
      const events = new EventLog(nc);
      await server.kill();
      await events.wait("disconnected");
      await nc.close();
      await server.restart();
      expect(await clientNamesAt(server)).toEqual([]);
      expect(events.types.at(-1)).toBe("closed");
    });
  });
});

describe("a closed connection leaves nothing open", () => {
  test("after all kinds of work: no socket, no timer [R26]", async () => {
    await expectNoLeak(async () => {
      const nc = await connect(access.url);
      const sub = nc.subscribe("in");
      nc.subscribe("ask", { callback: (m) => m.respond("answer") });
      nc.subscribe("silent", { callback: () => {} });
      publishNumbers(nc, "in", 10);
      await sub.next({ timeout: 60_000 });
      await nc.request("ask", "x", { timeout: 60_000 });
      const waiting = [
        nc.request("silent", "x", { timeout: 60_000 }),
        nc.requestMany("silent", "x", { maxWait: 60_000, stall: 60_000 }).next(),
        nc.subscribe("never").next({ timeout: 60_000, signal: new AbortController().signal }),
      ];
      const ended = Promise.allSettled(waiting);
      await nc.flush();
      void sub.drain({ timeout: 60_000 });
      await nc.close();
      await ended;
    });
  });

  test("while it waits for a link [R26]", async () => {
    await withServer({}, async (server) => {
      await expectNoLeak(async () => {
        const pause = { delay: 1_000_000, maxDelay: 1_000_000 };
        const nc = await connect({ servers: server.url, reconnect: pause });
        const events = new EventLog(nc);
        await server.kill();
        await events.wait("reconnecting", 2);
        const ended = Promise.allSettled([nc.flush({ timeout: 60_000 }), nc.request("ask")]);
        await nc.close();
        await ended;
      });
    });
  });

  test("with a peer that has stopped to read and answer [R26]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await expectNoLeak(async () => {
      const nc = await connect(proxy.url);
      proxy.stall();
      for (let i = 0; i < 60; i++) nc.publish("out", new Uint8Array(1_000_000));
      await nc.close();
      await proxy.stop();
    });
  });
});

describe("an `await using` block", () => {
  test("closes the connection at its end, after the subscriptions made in it [R76]", async () => {
    let sub;
    let connection;
    {
      await using nc = await connect(access.url);
      await using inner = nc.subscribe("in");
      connection = nc;
      sub = inner;
    }
    expect(connection.state).toBe("closed");
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 0 });
  });

  test("closes it also when the body throws, and the error is the body's [R76]", async () => {
    let connection: Connection | undefined;
    const body = async (): Promise<void> => {
      await using nc = await connect(access.url);
      connection = nc;
      throw new Error("broken body");
    };
    await expect(body()).rejects.toThrow("broken body");
    expect(connection?.state).toBe("closed");
  });

  test("sends what was published in it, and may have drained or closed before [R76]", async () => {
    await using other = await connect(access.url);
    const kept: string[] = [];
    other.subscribe("out", { callback: keepTexts(kept) });
    await other.flush();
    for (const end of ["nothing", "drain", "close"] as const) {
      await using nc = await connect(access.url);
      nc.publish("out", end);
      if (end !== "nothing") await nc[end]();
    }
    await eventually(() => expect(kept).toEqual(["nothing", "drain", "close"]));
  });
});
