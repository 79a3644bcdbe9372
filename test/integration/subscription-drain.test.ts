import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { collect, keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { Gate } from "../support/gate.ts";
import { useServer, withServer } from "../support/nats-server.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { subjectsAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();
const QUICK = { delay: 10, maxDelay: 50 };

describe("draining a subscription", () => {
  test("delivers all that the server has sent already, then nothing more [DRAIN-02] [DRAIN-05]", async () => {
    await using nc = await connect(access.url);
    await using publisher = await connect(access.url);
    const kept: string[] = [];
    const sub = nc.subscribe("drained", { callback: keepTexts(kept) });
    await nc.flush();
    const sent = publishNumbers(publisher, "drained", 5000);
    await publisher.flush();
    const report = await sub.drain();
    expect(kept).toEqual(sent);
    // Some may have been handled before the call.
    expect(report).toEqual({ handled: expect.any(Number), abandoned: 0, timedOut: false, complete: true });
    expect(await sub.closed).toEqual({ reason: "drained", abandoned: 0 });

    publishNumbers(publisher, "drained", 3);
    await publisher.flush();
    await nc.flush();
    expect(kept).toHaveLength(5000);
  });

  test("ends the server's interest at once, while what is here is still being handled [DRAIN-02] [SUB-13]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const kept: string[] = [];
    const sub = nc.subscribe("drained", {
      callback: async (m) => {
        await gate.opened;
        kept.push(m.string());
      },
    });
    publishNumbers(nc, "drained", 3);
    await nc.flush();
    const draining = sub.drain();
    expect([sub.state, sub.pending.messages]).toEqual(["draining", 3]);
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual([]);
    publishNumbers(nc, "drained", 3, 4);
    await nc.flush();
    expect([sub.state, sub.pending.messages]).toEqual(["draining", 3]);
    gate.open();
    expect(await draining).toEqual({ handled: 3, abandoned: 0, timedOut: false, complete: true });
    expect([sub.state, kept]).toEqual(["closed", ["1", "2", "3"]]);
  });

  test("waits until the promise of the last handler has settled, not only until it was called [DRAIN-03] [MSGQ-03]", async () => {
    await using nc = await connect(access.url);
    const gates = [new Gate(), new Gate(), new Gate()];
    const sub = nc.subscribe("drained", {
      concurrency: 3,
      callback: (m) => gates[Number(m.string()) - 1]!.opened,
    });
    publishNumbers(nc, "drained", 3);
    await nc.flush();
    let settled = false;
    const draining = sub.drain().finally(() => (settled = true));
    for (const gate of gates) {
      await nc.flush();
      expect(settled).toBe(false);
      gate.open();
    }
    expect((await draining).handled).toBe(3);
  });

  test("counts handlers that fail as handled, and goes on after them", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained", {
      callback: async (m) => {
        await nextTurn();
        if (m.string() === "2") throw new Error("broken");
      },
    });
    publishNumbers(nc, "drained", 3);
    expect(await sub.drain()).toEqual({ handled: 3, abandoned: 0, timedOut: false, complete: true });
  });

  test("waits until a loop has come back from its last message, and ends the loop [DRAIN-06]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    const gate = new Gate();
    const log: string[] = [];
    const loop = (async () => {
      for await (const m of sub) {
        log.push(`in ${m.string()}`);
        if (m.string() === "3") await gate.opened;
        log.push(`out ${m.string()}`);
      }
    })();
    publishNumbers(nc, "drained", 3);
    await nc.flush();
    const draining = sub.drain().finally(() => log.push("drained"));
    await eventually(() => expect(log).toContain("in 3"));
    await nc.flush();
    expect(log).not.toContain("drained");
    gate.open();
    await loop;
    expect(await draining).toMatchObject({ abandoned: 0, timedOut: false, complete: true });
    expect(log).toEqual(["in 1", "out 1", "in 2", "out 2", "in 3", "out 3", "drained"]);
  });

  test("waits until a loop over batches has come back from its last batch [DRAIN-06]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    const gate = new Gate();
    const sizes: number[] = [];
    publishNumbers(nc, "drained", 10);
    await nc.flush();
    const loop = (async () => {
      for await (const batch of sub.batches(4)) {
        sizes.push(batch.length);
        if (sizes.length === 3) await gate.opened;
      }
    })();
    let settled = false;
    const draining = sub.drain().finally(() => (settled = true));
    await eventually(() => expect(sizes).toEqual([4, 4, 2]));
    await nc.flush();
    expect(settled).toBe(false);
    gate.open();
    expect(await draining).toEqual({ handled: 10, abandoned: 0, timedOut: false, complete: true });
    await loop;
  });

  test("waits until everything has been taken by next() [DRAIN-06]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    publishNumbers(nc, "drained", 4, 0);
    await sub.next();
    await nc.flush();
    let settled = false;
    const draining = sub.drain().finally(() => (settled = true));
    for (const text of ["1", "2", "3"]) {
      await nc.flush();
      expect(settled).toBe(false);
      expect((await sub.next()).string()).toBe(text);
    }
    expect(await draining).toEqual({ handled: 3, abandoned: 0, timedOut: false, complete: true });
    await expect(sub.next()).rejects.toMatchObject({ code: "SUBSCRIPTION_CLOSED" });
  });

  test("waits until a stream has been read to its end, which closes it [DRAIN-06]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    const sent = publishNumbers(nc, "drained", 3);
    await nc.flush();
    const draining = sub.drain();
    expect(await collect(sub.readable())).toEqual(sent);
    expect(await draining).toEqual({ handled: 3, abandoned: 0, timedOut: false, complete: true });
  });

  test("without messages is done after a flush", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    const reading = collect(sub);
    expect(await sub.drain()).toEqual({ handled: 0, abandoned: 0, timedOut: false, complete: true });
    expect(await reading).toEqual([]);
  });

  test("leaves publishing, responding and the other subscriptions alone [DRAIN-32]", async () => {
    await using nc = await connect(access.url);
    await using asker = await connect(access.url);
    const others: string[] = [];
    nc.subscribe("others", { callback: keepTexts(others) });
    const gate = new Gate();
    const sub = nc.subscribe("ask", {
      callback: async (m) => {
        await gate.opened;
        nc.publish("others", m.data);
        m.respond(`answer to ${m.string()}`);
      },
    });
    await nc.flush();
    const answers = ["1", "2", "3"].map((text) => asker.request("ask", text));
    await eventually(() => expect(sub.pending.messages).toBe(3));
    const draining = sub.drain();
    gate.open();
    expect((await Promise.all(answers)).map((m) => m.string())).toEqual([
      "answer to 1",
      "answer to 2",
      "answer to 3",
    ]);
    expect((await draining).handled).toBe(3);
    await nc.flush();
    expect([others, nc.state]).toEqual([["1", "2", "3"], "connected"]);
  });

  test("leaves what comes for its queue group to the other members: none is lost or doubled", async () => {
    await using nc = await connect(access.url);
    await using publisher = await connect(access.url);
    const kept: string[][] = [[], []];
    const [leaving] = kept.map((texts) =>
      nc.subscribe("jobs", {
        queue: "workers",
        callback: async (m) => {
          await nextTurn();
          texts.push(m.string());
        },
      }),
    );
    await nc.flush();
    const sent = publishNumbers(publisher, "jobs", 500);
    await publisher.flush();
    const draining = leaving!.drain();
    sent.push(...publishNumbers(publisher, "jobs", 500, 501));
    await publisher.flush();
    await draining;
    await eventually(() => expect(kept.flat()).toHaveLength(1000));
    expect(kept.flat().sort((a, b) => Number(a) - Number(b))).toEqual(sent);
    expect(kept[0]!.length).toBeGreaterThan(0);
  });

  test("with max reached, or on its way there, needs nothing more [DRAIN-31]", async () => {
    await using nc = await connect(access.url);
    const reached = nc.subscribe("drained", { max: 2 });
    const open = nc.subscribe("drained", { max: 9 });
    publishNumbers(nc, "drained", 3);
    await nc.flush();
    const drains = [reached.drain(), open.drain()];
    expect(await collect(reached)).toEqual(["1", "2"]);
    expect(await collect(open)).toEqual(["1", "2", "3"]);
    expect(await Promise.all(drains)).toEqual([
      { handled: 2, abandoned: 0, timedOut: false, complete: true },
      { handled: 3, abandoned: 0, timedOut: false, complete: true },
    ]);
  });

  test("refuses wrong options, and nothing happens", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    await expect(sub.drain({ timeout: -1 })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      argument: "timeout",
    });
    expect(sub.state).toBe("active");
  });
});

describe("draining a subscription with a limit", () => {
  test("gives up at the timeout, and the report says what was left [R71]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const begun: string[] = [];
    const sub = nc.subscribe("drained", {
      callback: (m) => {
        begun.push(m.string());
        return gate.opened;
      },
    });
    publishNumbers(nc, "drained", 4);
    await nc.flush();
    expect(await sub.drain({ timeout: 20 })).toEqual({
      handled: 0,
      abandoned: 4,
      timedOut: true,
      complete: true,
    });
    expect([sub.state, sub.pending.messages]).toEqual(["closed", 1]);
    // Three were waiting; the first is still in the hands of its handler.
    expect(await sub.closed).toEqual({ reason: "drained", abandoned: 3 });
    gate.open();
    await eventually(() => expect(sub.pending.messages).toBe(0));
    await nc.flush();
    expect(begun).toEqual(["1"]);
  });

  test("gives up when its signal aborts, and the report says what was done by then", async () => {
    await using nc = await connect(access.url);
    const controller = new AbortController();
    const sub = nc.subscribe("drained");
    publishNumbers(nc, "drained", 3);
    await nc.flush();
    const draining = sub.drain({ signal: controller.signal });
    await sub.next();
    await nc.flush();
    await nextTurn();
    controller.abort();
    expect(await draining).toEqual({ handled: 1, abandoned: 2, timedOut: true, complete: true });
    expect(await collect(sub)).toEqual([]);
  });

  test("gives up at once with a signal that is aborted already; the server is told", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    publishNumbers(nc, "drained", 2);
    await nc.flush();
    const report = await sub.drain({ signal: AbortSignal.abort() });
    expect(report).toEqual({ handled: 0, abandoned: 2, timedOut: true, complete: false });
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual([]);
  });

  test("counts as given up what found no room meanwhile: all that came is in the report", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      for (;;) {
        const [verb, sid] = (await peer.readLine()).split(" ");
        if (verb === "UNSUB") peer.send(`MSG drained ${sid} 1\r\nx\r\n`.repeat(20));
        if (verb === "PING") peer.send("PONG\r\n");
      }
    });
    await using nc = await connect(server.url);
    const sub = nc.subscribe("drained", { callback: () => nextTurn(), pending: { messages: 5 } });
    const { handled, abandoned, complete } = await sub.drain();
    expect([sub.received, handled, abandoned, complete]).toEqual([20, 5, 15, true]);
  });

  test("does not time out when all is handled in time", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained", { callback: () => nextTurn() });
    publishNumbers(nc, "drained", 5);
    const report = await sub.drain({ timeout: 20_000, signal: new AbortController().signal });
    expect(report).toEqual({ handled: 5, abandoned: 0, timedOut: false, complete: true });
  });
});

describe("draining a subscription again", () => {
  test("waits for the same end, with what was handled since its own call", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    publishNumbers(nc, "drained", 3);
    await nc.flush();
    const first = sub.drain();
    await sub.next();
    const second = sub.drain();
    await sub.next();
    await sub.next();
    expect([await first, await second]).toEqual([
      { handled: 3, abandoned: 0, timedOut: false, complete: true },
      { handled: 2, abandoned: 0, timedOut: false, complete: true },
    ]);
  });

  test("after its end does nothing [DRAIN-01]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    sub.unsubscribe();
    expect(await sub.drain()).toEqual({ handled: 0, abandoned: 0, timedOut: false, complete: false });
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 0 });
  });

  test("can end a drain that would wait for ever [DRAIN-08]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    publishNumbers(nc, "drained", 4);
    await sub.next();
    await nc.flush();
    const first = sub.drain();
    expect(await sub.drain({ timeout: 20 })).toEqual({
      handled: 0,
      abandoned: 3,
      timedOut: true,
      complete: true,
    });
    expect(await first).toEqual({ handled: 0, abandoned: 3, timedOut: false, complete: true });
  });

  test("can be ended by an unsubscribe: what waits is given up [SUB-21]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    publishNumbers(nc, "drained", 4);
    await sub.next();
    await nc.flush();
    const draining = sub.drain();
    await nc.flush();
    await nextTurn();
    sub.unsubscribe();
    expect(await draining).toEqual({ handled: 0, abandoned: 3, timedOut: false, complete: true });
  });
});

describe("draining a subscription from inside its handler", () => {
  test("is allowed: what has come is handled [DRAIN-10]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    const sub = nc.subscribe("drained", {
      callback: (m) => {
        kept.push(m.string());
        if (kept.length === 1) void sub.drain();
      },
    });
    const sent = publishNumbers(nc, "drained", 5);
    expect(await sub.closed).toEqual({ reason: "drained", abandoned: 0 });
    expect(kept).toEqual(sent);
  });

  test("is allowed in a loop [DRAIN-10]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    const sent = publishNumbers(nc, "drained", 5);
    await nc.flush();
    const kept: string[] = [];
    for await (const m of sub) {
      kept.push(m.string());
      void sub.drain();
    }
    expect(kept).toEqual(sent);
    expect(await sub.closed).toEqual({ reason: "drained", abandoned: 0 });
  });
});

describe("draining a subscription and the connection", () => {
  test("hands out what is here while disconnected, and is not subscribed again", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      const sub = nc.subscribe("drained");
      const sent = publishNumbers(nc, "drained", 3);
      await nc.flush();
      await server.kill();
      await events.wait("disconnected");
      const draining = sub.drain();
      expect(await collect(sub)).toEqual(sent);
      expect(await draining).toEqual({ handled: 3, abandoned: 0, timedOut: false, complete: true });
      await server.restart();
      await events.wait("reconnected");
      await nc.flush();
      expect(await subjectsAt(server, nc)).toEqual([]);
    });
  });

  test("goes on over an outage, and is not subscribed again", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      const gate = new Gate();
      const kept: string[] = [];
      const sub = nc.subscribe("drained", {
        callback: async (m) => {
          await gate.opened;
          kept.push(m.string());
        },
      });
      const sent = publishNumbers(nc, "drained", 3);
      await nc.flush();
      const draining = sub.drain();
      await nc.flush();
      await server.kill();
      await server.restart();
      await events.wait("reconnected");
      publishNumbers(nc, "drained", 3, 4);
      await nc.flush();
      expect([sub.state, await subjectsAt(server, nc)]).toEqual(["draining", []]);
      gate.open();
      expect(await draining).toEqual({ handled: 3, abandoned: 0, timedOut: false, complete: true });
      expect(kept).toEqual(sent);
    });
  });

  test("ends with the connection, and says what was given up [DRAIN-07]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const sub = nc.subscribe("drained", { callback: () => gate.opened });
    publishNumbers(nc, "drained", 5);
    await nc.flush();
    const draining = sub.drain();
    await nc.flush();
    await nc.close();
    expect(await draining).toMatchObject({ handled: 0, timedOut: false });
    expect((await draining).abandoned).toBeGreaterThanOrEqual(4);
    expect(await sub.closed).toMatchObject({ reason: "connection-closed", abandoned: 4 });
  });

  test("is refused when the connection is closed [DRAIN-01]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    await nc.close();
    await expect(sub.drain()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  test("is allowed while the connection drains [DRAIN-01]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("drained");
    publishNumbers(nc, "drained", 2);
    await nc.flush();
    const draining = [nc.drain(), sub.drain()];
    await sub.next();
    await sub.next();
    const report = { handled: 2, abandoned: 0, timedOut: false, complete: true };
    expect(await Promise.all(draining)).toEqual([{ ...report, lost: 0, unconfirmed: 0 }, report]);
  });
});
