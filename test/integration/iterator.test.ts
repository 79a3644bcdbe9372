import { describe, expect, test } from "vitest";
import { connect, type Message, type Subscription } from "../../src/index.ts";
import { collect, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { useServer, withServer } from "../support/nats-server.ts";
import { subjectsAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();

describe("a loop over a subscription", () => {
  test("gets what was queued before it began, and what comes after, in order", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("loop", { max: 2000 });
    const early = publishNumbers(nc, "loop", 1000);
    await nc.flush();
    expect(sub.pending.messages).toBe(1000);
    const reading = collect(sub);
    const late = publishNumbers(nc, "loop", 1000, 1001);
    expect(await reading).toEqual([...early, ...late]);
  });

  test("waits for messages one by one", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("loop");
    const kept: string[] = [];
    nc.publish("loop", "1");
    for await (const m of sub) {
      kept.push(m.string());
      if (kept.length === 20) break;
      nc.publish("loop", `${kept.length + 1}`);
    }
    expect(kept).toEqual(Array.from({ length: 20 }, (_, i) => `${i + 1}`));
  });

  test("left by break unsubscribes: the server is told, and what waits is given up [SUB-21]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("loop");
    publishNumbers(nc, "loop", 5);
    await nc.flush();
    const kept: string[] = [];
    for await (const m of sub) {
      kept.push(m.string());
      if (kept.length === 2) break;
    }
    expect(kept).toEqual(["1", "2"]);
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 3 });
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual([]);
    expect(await collect(sub)).toEqual([]);
  });

  test("left by a throw unsubscribes, and the error is the loop's", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("loop");
    nc.publish("loop", "x");
    const loop = async (): Promise<void> => {
      for await (const m of sub) throw new Error(`broken by ${m.string()}`);
    };
    await expect(loop()).rejects.toThrow("broken by x");
    expect(sub.state).toBe("closed");
  });

  test("left by break when max has been reached gives up what waits", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("loop", { max: 5 });
    publishNumbers(nc, "loop", 5);
    await nc.flush();
    for await (const m of sub) if (m.string() === "2") break;
    expect(await sub.closed).toMatchObject({ abandoned: 3 });
    expect(await collect(sub)).toEqual([]);
  });

  test("counts a message as handled when it comes back for the next [MSGQ-03] [MSGQ-04]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("loop", { max: 3 });
    publishNumbers(nc, "loop", 3);
    await nc.flush();
    const seen: number[][] = [];
    for await (const m of sub) seen.push([Number(m.string()), sub.delivered, sub.pending.messages]);
    expect(seen).toEqual([
      [1, 1, 3],
      [2, 2, 2],
      [3, 3, 1],
    ]);
    expect(sub.pending.messages).toBe(0);
  });

  test("survives a reconnect and goes on with what is published then [NEXT-09]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: { delay: 10, maxDelay: 50 } });
      const events = new EventLog(nc);
      const reading = collect(nc.subscribe("loop", { max: 2 }));
      nc.publish("loop", "before");
      await nc.flush();
      await server.kill();
      await server.restart();
      await events.wait("reconnected");
      nc.publish("loop", "after");
      expect(await reading).toEqual(["before", "after"]);
    });
  });
});

describe("a loop ends", () => {
  test("when the subscription is unsubscribed, also while it waits [NEXT-07]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("ends");
    const reading = collect(sub);
    nc.publish("ends", "x");
    await nc.flush();
    sub.unsubscribe();
    expect(await reading).toEqual(["x"]);
  });

  test("when the connection closes, also while it waits [NEXT-07] [CLOSE-03]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("ends");
    const reading = collect(sub);
    nc.publish("ends", "x");
    await nc.flush();
    await nc.close();
    expect(await reading).toEqual(["x"]);
    expect(await sub.closed).toMatchObject({
      reason: "connection-closed",
      error: { code: "CONNECTION_CLOSED" },
    });
  });

  test("after the message that reaches max, with all that was queued [MSGQ-06]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("ends", { max: 3 });
    publishNumbers(nc, "ends", 5);
    await nc.flush();
    expect(await collect(sub)).toEqual(["1", "2", "3"]);
    expect(await sub.closed).toEqual({ reason: "max", abandoned: 0 });
  });

  test("when the subscription is unsubscribed in its body [SUB-24]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("ends");
    publishNumbers(nc, "ends", 3);
    await nc.flush();
    const kept: string[] = [];
    for await (const m of sub) {
      kept.push(m.string());
      sub.unsubscribe();
    }
    expect(kept).toEqual(["1"]);
  });

  test("when the connection is closed in its body [CLOSE-02]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("ends");
    publishNumbers(nc, "ends", 3);
    await nc.flush();
    const kept: string[] = [];
    for await (const m of sub) {
      kept.push(m.string());
      await nc.close();
    }
    expect(kept).toEqual(["1"]);
    expect(await sub.closed).toMatchObject({ reason: "connection-closed", abandoned: 2 });
  });
});

describe("several readers of one subscription", () => {
  test("share its messages: each goes to one of them", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("shared", { max: 60 });
    const loops = Promise.all([collect(sub), collect(sub), collect(sub)]);
    const sent = publishNumbers(nc, "shared", 60);
    const kept = await loops;
    expect(kept.flat().sort((a, b) => Number(a) - Number(b))).toEqual(sent);
    expect(kept.every((texts) => texts.length > 0)).toBe(true);
  });

  test("wait in the order in which they came", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const sub = nc.subscribe("shared");
    const loop = sub[Symbol.asyncIterator]();
    const waiting = [loop.next(), sub.next(), loop.next(), sub.next()];
    publishNumbers(nc, "shared", 4);
    const results = await Promise.all(waiting);
    const texts = results.map((result) => ("value" in result ? result.value! : result).string());
    expect(texts).toEqual(["1", "2", "3", "4"]);
  });

  test("all end when one of them leaves its loop", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("shared");
    const others = [collect(sub), collect(sub)];
    const leaving = (async () => {
      for await (const m of sub) if (m.subject === "shared") break;
    })();
    publishNumbers(nc, "shared", 3);
    await leaving;
    expect((await Promise.all(others)).flat().length).toBeLessThanOrEqual(2);
    expect(sub.state).toBe("closed");
  });

  test("are booked out each by itself when one iterator is asked several times at once [MSGQ-03]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("shared");
    const iterator = sub[Symbol.asyncIterator]();
    const waiting = Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    publishNumbers(nc, "shared", 3);
    const texts = (await waiting).map(({ value }) => value?.string());
    expect(texts).toEqual(["1", "2", "3"]);
    const last = iterator.next();
    await eventually(() => expect(sub.pending.messages).toBe(0));
    sub.unsubscribe();
    expect(await last).toEqual({ value: undefined, done: true });
  });
});

describe("an iterator", () => {
  test("is refused by a subscription with a callback", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("callback", { callback: () => {} });
    expect(() => sub[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: "SUBSCRIPTION_HAS_CALLBACK", subject: "callback" }),
    );
    expect(sub.state).toBe("active");
  });

  test("stays at its end", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("end");
    const iterator = sub[Symbol.asyncIterator]();
    sub.unsubscribe();
    const end = { value: undefined, done: true };
    expect(await iterator.next()).toEqual(end);
    expect(await iterator.next()).toEqual(end);
    expect(await iterator.return?.()).toEqual(end);
  });

  test("whose body is slow holds up no other subscription [MSGQ-01]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const inHand: Message[] = [];
    const slow = (async () => {
      for await (const m of nc.subscribe("slow", { max: 2 })) {
        inHand.push(m);
        await gate.opened;
      }
    })();
    const fast = collect(nc.subscribe("fast", { max: 3 }));
    publishNumbers(nc, "slow", 2);
    const sent = publishNumbers(nc, "fast", 3);
    expect(await fast).toEqual(sent);
    expect(inHand.map((m) => m.string())).toEqual(["1"]);
    gate.open();
    await slow;
    expect(inHand).toHaveLength(2);
  });
});

describe("when the connection fails for good", () => {
  const ways: [string, (sub: Subscription) => Promise<unknown>][] = [
    ["a loop", (sub) => collect(sub)],
    ["a loop over batches", (sub) => all(sub.batches())],
    ["a loop over a stream", (sub) => all(sub.readable() as unknown as AsyncIterable<Message>)],
    ["next()", (sub) => sub.next()],
  ];

  test.each(ways)("%s throws why, and `closed` has the reason [R53]", async (_what, read) => {
    await withServer({}, async (server) => {
      const reconnect = { maxAttempts: 1, delay: 1 };
      await using nc = await connect({ servers: server.url, reconnect });
      const subs = [nc.subscribe("ends"), nc.subscribe("ends")] as const;
      const reading = failure(read(subs[0]));
      await nc.flush();
      await server.kill();
      const error = await reading;
      expect(error).toMatchObject({ code: "CONNECTION_CLOSED", cause: await nc.closed() });
      expect(error.cause).toBeDefined();
      expect(await subs[0].closed).toMatchObject({ reason: "connection-closed", error });
      // So does one that only begins now.
      expect(await failure(read(subs[1]))).toMatchObject({ code: "CONNECTION_CLOSED", cause: error.cause });
    });
  });

  test("a loop throws it after its body, and what was queued is given up [R53]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: false });
      const sub = nc.subscribe("ends");
      publishNumbers(nc, "ends", 3);
      await nc.flush();
      const kept: string[] = [];
      const loop = async (): Promise<void> => {
        for await (const m of sub) {
          kept.push(m.string());
          await server.kill();
          await nc.closed();
        }
      };
      expect(await failure(loop())).toMatchObject({ code: "CONNECTION_CLOSED", cause: await nc.closed() });
      expect(kept).toEqual(["1"]);
      expect(await sub.closed).toMatchObject({ reason: "connection-closed", abandoned: 2 });
    });
  });

  test.each(ways.slice(0, 3))(
    "%s of a subscription that had ended before ends quietly",
    async (_what, read) => {
      await withServer({}, async (server) => {
        await using nc = await connect({ servers: server.url, reconnect: false });
        const sub = nc.subscribe("ends");
        sub.unsubscribe();
        await server.kill();
        await nc.closed();
        expect(await read(sub)).toEqual([]);
      });
    },
  );

  test.each(ways.slice(0, 3))(
    "%s ends quietly when the application drained or closed",
    async (_what, read) => {
      await using nc = await connect(access.url);
      const subs = ["a", "b"].map((subject) => nc.subscribe(subject));
      const reading = subs.map(read);
      await subs[0]!.drain();
      expect(await reading[0]).toEqual([]);
      await nc.close();
      expect(await reading[1]).toEqual([]);
    },
  );
});

async function all<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of sequence) items.push(item);
  return items;
}
