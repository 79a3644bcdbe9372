import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { collect, keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { Gate } from "../support/gate.ts";
import { needs, type RunningServer, useServer, withServer } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { interestAt, subjectsAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();
const QUICK = { delay: 10, maxDelay: 50 };

/** What the client has told its server of subscriptions. */
const told = (proxy: Proxy): string[] => proxy.recordedUp.toString().match(/^(SUB|UNSUB) .*(?=\r$)/gm) ?? [];

describe("max", () => {
  needs("NATS bytes at a proxy")(
    "from the start ends the subscription after so many; the server removes it by itself [SUB-36]",
    async () => {
      await using proxy = await Proxy.start(access.server.port);
      await using nc = await connect(proxy.url);
      const kept: string[] = [];
      const sub = nc.subscribe("max", { max: 3, callback: keepTexts(kept) });
      expect(sub.max).toBe(3);
      publishNumbers(nc, "max", 5);
      await nc.flush();
      expect(kept).toEqual(["1", "2", "3"]);
      expect(await sub.closed).toEqual({ reason: "max", abandoned: 0 });
      expect(await subjectsAt(access.server, nc)).toEqual([]);
      expect(told(proxy)).toEqual(["SUB max 1", "UNSUB 1 3"]);
    },
  );

  test("set later counts from the start of the subscription [SUB-31]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    const sub = nc.subscribe("max", { callback: keepTexts(kept) });
    publishNumbers(nc, "max", 2);
    await nc.flush();
    sub.unsubscribe(5);
    expect([sub.max, sub.state]).toEqual([5, "active"]);
    publishNumbers(nc, "max", 10, 3);
    await nc.flush();
    expect(kept).toEqual(["1", "2", "3", "4", "5"]);
    expect(sub.state).toBe("closed");
  });

  test.each([
    ["raised", 3, 6],
    ["lowered", 9, 4],
  ])("can be %s while the subscription lives: the last value holds [SUB-34]", async (_title, first, then) => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    const sub = nc.subscribe("max", { max: first, callback: keepTexts(kept) });
    publishNumbers(nc, "max", 2);
    await nc.flush();
    sub.unsubscribe(then);
    publishNumbers(nc, "max", 10, 3);
    await nc.flush();
    expect(kept).toHaveLength(then);
    expect(await sub.closed).toEqual({ reason: "max", abandoned: 0 });
    expect(await subjectsAt(access.server, nc)).toEqual([]);
  });

  needs("NATS bytes at a proxy").each([3, 2])(
    "of %i after three were delivered ends it at once, also at the server [SUB-32]",
    async (max) => {
      await using proxy = await Proxy.start(access.server.port);
      await using nc = await connect(proxy.url);
      const kept: string[] = [];
      const sub = nc.subscribe("max", { callback: keepTexts(kept) });
      publishNumbers(nc, "max", 3);
      await nc.flush();
      sub.unsubscribe(max);
      expect(sub.state).toBe("closed");
      publishNumbers(nc, "max", 3, 4);
      await nc.flush();
      expect(kept).toEqual(["1", "2", "3"]);
      expect(told(proxy)).toEqual(["SUB max 1", "UNSUB 1"]);
    },
  );

  test("below what waits hands out no more than that [SUB-32] [SUB-35]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("max");
    publishNumbers(nc, "max", 6);
    await nc.flush();
    expect((await sub.next()).string()).toBe("1");
    sub.unsubscribe(3);
    expect(sub.pending.messages).toBe(2);
    publishNumbers(nc, "max", 3, 7);
    await nc.flush();
    expect(await collect(sub)).toEqual(["2", "3"]);
    await expect(sub.next()).rejects.toMatchObject({ code: "MAX_MESSAGES_DELIVERED" });
    expect(await subjectsAt(access.server, nc)).toEqual([]);
  });

  test("can be lowered by a handler when all that it allowed have come: the rest is not handed out [SUB-34]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const kept: string[] = [];
    const sub = nc.subscribe("max", {
      max: 10,
      callback: async (m) => {
        kept.push(m.string());
        await gate.opened;
        sub.unsubscribe(3);
      },
    });
    publishNumbers(nc, "max", 10);
    await nc.flush();
    gate.open();
    await sub.closed;
    expect(kept).toEqual(["1", "2", "3"]);
  });

  test("waits for handlers: the subscription is closed when the last one has settled [MSGQ-06]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const kept: string[] = [];
    const sub = nc.subscribe("max", {
      max: 3,
      callback: async (m) => {
        await gate.opened;
        kept.push(m.string());
      },
    });
    publishNumbers(nc, "max", 5);
    await nc.flush();
    expect([sub.state, sub.pending.messages]).toEqual(["draining", 3]);
    gate.open();
    expect(await sub.closed).toEqual({ reason: "max", abandoned: 0 });
    expect(kept).toEqual(["1", "2", "3"]);
  });

  test("belongs to one subscription: another to the same subject goes on", async () => {
    await using nc = await connect(access.url);
    const kept: string[][] = [[], [], []];
    [1, 4, undefined].forEach((max, i) =>
      nc.subscribe("max", { ...(max === undefined ? {} : { max }), callback: keepTexts(kept[i]!) }),
    );
    publishNumbers(nc, "max", 6);
    await nc.flush();
    expect(kept.map((texts) => texts.length)).toEqual([1, 4, 6]);
  });

  test("of a queue group's member leaves the rest to the others", async () => {
    await using nc = await connect(access.url);
    const limited: string[] = [];
    const others: string[] = [];
    nc.subscribe("max", { queue: "workers", max: 3, callback: keepTexts(limited) });
    nc.subscribe("max", { queue: "workers", callback: keepTexts(others) });
    const sent = publishNumbers(nc, "max", 100);
    await nc.flush();
    expect(limited).toHaveLength(3);
    expect([...limited, ...others].sort((a, b) => Number(a) - Number(b))).toEqual(sent);
  });

  test("is reached also by a subscription that drops: it does not wait for ever [SUB-35]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("max", { max: 5, pending: { messages: 2 } });
    publishNumbers(nc, "max", 10);
    await nc.flush();
    expect(await collect(sub)).toEqual(["1", "2"]);
    expect(await sub.closed).toMatchObject({ reason: "max" });
    expect(sub.dropped).toBe(3);
  });

  test.each([0, -1, 1.5, Number.NaN])("of %d is refused and changes nothing", async (max) => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("max", { max: 2 });
    expect(() => sub.unsubscribe(max)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", argument: "max" }),
    );
    publishNumbers(nc, "max", 3);
    expect(await collect(sub)).toEqual(["1", "2"]);
  });
});

describe("a server that sends more than max", () => {
  const withGenerousServer = (): Promise<ScriptedServer> =>
    ScriptedServer.start(
      acceptAll((operation, peer) => {
        const sid = operation.args.at(-1);
        if (operation.verb !== "SUB") return;
        const numbers = Array.from({ length: 9 }, (_, i) => i + 1);
        peer.send(numbers.map((n) => `MSG max ${sid} 1\r\n${n}\r\n`).join(""));
      }),
    );

  test("is not followed: a callback gets max messages [SUB-35]", async () => {
    await using server = await withGenerousServer();
    await using nc = await connect(server.url);
    const kept: string[] = [];
    const sub = nc.subscribe("max", { max: 4, callback: keepTexts(kept) });
    await nc.flush();
    expect(kept).toEqual(["1", "2", "3", "4"]);
    expect([sub.state, sub.delivered, nc.state]).toEqual(["closed", 4, "connected"]);
  });

  test("is not followed: a loop gets max messages [SUB-35]", async () => {
    await using server = await withGenerousServer();
    await using nc = await connect(server.url);
    expect(await collect(nc.subscribe("max", { max: 4 }))).toEqual(["1", "2", "3", "4"]);
    await nc.flush();
    expect(nc.stats().inMessages).toBe(9);
  });
});

describe("max over a reconnect", () => {
  const withRestart = async (
    body: (server: RunningServer, options: { servers: string; reconnect: typeof QUICK }) => Promise<void>,
  ): Promise<void> => {
    await withServer({}, (server) => body(server, { servers: server.url, reconnect: QUICK }));
  };

  test("stays the total, and the server has nothing left [SUB-37] [RECON-25] [R12]", async () => {
    await withRestart(async (server, options) => {
      await using nc = await connect(options);
      const events = new EventLog(nc);
      const kept: string[] = [];
      const sub = nc.subscribe("max", { max: 10, callback: keepTexts(kept) });
      publishNumbers(nc, "max", 4);
      await nc.flush();
      await server.kill();
      await server.restart();
      await events.wait("reconnected");
      await nc.flush();
      expect((await interestAt(server, nc))?.map(({ max }) => max)).toEqual([6]);
      publishNumbers(nc, "max", 20, 5);
      await nc.flush();
      expect(kept).toEqual(Array.from({ length: 10 }, (_, i) => `${i + 1}`));
      expect(sub.state).toBe("closed");
      expect(await subjectsAt(server, nc)).toEqual([]);
    });
  });

  test("set while disconnected holds from the reconnect on [SUB-31] [SUB-37]", async () => {
    await withRestart(async (server, options) => {
      await using nc = await connect(options);
      const events = new EventLog(nc);
      const kept: string[] = [];
      const sub = nc.subscribe("max", { callback: keepTexts(kept) });
      publishNumbers(nc, "max", 2);
      await nc.flush();
      await server.kill();
      await events.wait("disconnected");
      sub.unsubscribe(5);
      await server.restart();
      await events.wait("reconnected");
      publishNumbers(nc, "max", 10, 3);
      await nc.flush();
      expect(kept).toEqual(["1", "2", "3", "4", "5"]);
      expect(await subjectsAt(server, nc)).toEqual([]);
    });
  });

  test("reached before the outage is not subscribed again [SUB-36] [SUB-37]", async () => {
    await withRestart(async (server, options) => {
      await using nc = await connect(options);
      const events = new EventLog(nc);
      const sub = nc.subscribe("max", { max: 2 });
      publishNumbers(nc, "max", 2);
      await nc.flush();
      await server.kill();
      await server.restart();
      await events.wait("reconnected");
      publishNumbers(nc, "max", 2, 3);
      await nc.flush();
      expect(await subjectsAt(server, nc)).toEqual([]);
      expect(await collect(sub)).toEqual(["1", "2"]);
    });
  });

  test("set or changed after it ends the server's interest too: a queue group loses nothing [SUB-36] [SUB-37] [R12]", async () => {
    await withRestart(async (server, options) => {
      await using nc = await connect(options);
      const events = new EventLog(nc);
      const limited: string[] = [];
      const others: string[] = [];
      const sub = nc.subscribe("max", { queue: "workers", callback: keepTexts(limited) });
      publishNumbers(nc, "max", 4);
      await nc.flush();
      await server.kill();
      await server.restart();
      await events.wait("reconnected");
      // 4 have come, so 2 more are wanted; the server counts from the reconnect on.
      sub.unsubscribe(6);
      const sent = publishNumbers(nc, "max", 2, 5);
      await nc.flush();
      expect(limited).toHaveLength(6);
      expect(sub.state).toBe("closed");

      nc.subscribe("max", { queue: "workers", callback: keepTexts(others) });
      sent.push(...publishNumbers(nc, "max", 40, 7));
      await eventually(async () => {
        await nc.flush();
        expect([...limited.slice(4), ...others]).toEqual(sent);
      });
      expect((await interestAt(server, nc))?.map(({ sid }) => sid)).toEqual(["2"]);
    });
  });
});
