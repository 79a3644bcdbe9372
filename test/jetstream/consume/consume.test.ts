import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { jetstream, type JetStreamMessage } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { subjectsAt } from "../../support/server-interest.ts";
import { numbers, publishNumbers, readAll, setUp, textsOf } from "./support.ts";

const server = useJetStream();

describe("consume", () => {
  it("[JS-PULL-06] [JS-PULL-15] hands out every message in order, to a loop, up to stopAfter", async () => {
    const { consumer } = await setUp(server.js, 1200);
    const messages = consumer.consume({ capacity: 100, stopAfter: 1000 });
    expect(await readAll(messages)).toEqual(numbers(1000));
    expect(await messages.closed).toEqual({ reason: "enough", returned: 0, abandoned: 0 });
    await eventually(async () => {
      const info = await consumer.info();
      expect(info.numAckPending).toBe(0);
      // No more was asked for than was handed out.
      expect(info.delivered.consumerSeq).toBe(1000);
    });
  });

  it("[JS-PULL-06] goes on with what is published later", async () => {
    const { consumer, subject } = await setUp(server.js, 3);
    const messages = consumer.consume({ stopAfter: 6 });
    const reading = readAll(messages);
    await publishNumbers(server.js, subject, 3, 4);
    expect((await reading).sort()).toEqual(numbers(6));
  });

  it("[JS-PULL-05] calls a callback in order, one at a time, and awaits it", async () => {
    const { consumer } = await setUp(server.js, 50);
    const seen: string[] = [];
    let running = 0;
    let most = 0;
    const messages = consumer.consume({
      stopAfter: 50,
      callback: async (m) => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        seen.push(m.string());
        m.ack();
        running--;
      },
    });
    expect((await messages.closed).reason).toBe("enough");
    expect(seen).toEqual(numbers(50));
    expect(most).toBe(1);
  });

  it("[JS-PULL-05] contains what a callback throws or rejects with, tells it, and goes on", async () => {
    const { consumer } = await setUp(server.js, 4);
    const told: string[] = [];
    const seen: string[] = [];
    const messages = consumer.consume({
      stopAfter: 4,
      callback: (m) => {
        seen.push(m.string());
        if (m.string() === "1") throw new Error("thrown");
        return m.string() === "2" ? Promise.reject(new Error("rejected")) : undefined;
      },
    });
    messages.on(
      "handlerError",
      ({ message, error }) => void told.push(`${message.string()} ${error.message}`),
    );
    await messages.closed;
    expect(seen).toEqual(numbers(4));
    await eventually(() => expect(told).toHaveLength(2));
    expect(told[0]).toMatch(/^1 .*thrown$/);
    expect(told[1]).toMatch(/^2 .*rejected$/);
  });

  it("[JS-PULL-05] tells the connection of a failed callback that no listener hears", async () => {
    const { consumer } = await setUp(server.js, 1);
    const told = server.nc.once("error");
    const messages = consumer.consume({
      stopAfter: 1,
      callback: () => {
        throw new Error("unheard");
      },
    });
    expect((await told).error).toMatchObject({ code: "HANDLER_FAILED" });
    await messages.closed;
  });

  it("[JS-PULL-05] has nothing to be read where there is a callback", async () => {
    const { consumer } = await setUp(server.js, 0);
    await using messages = consumer.consume({ callback: () => undefined });
    for (const read of [
      () => messages[Symbol.asyncIterator](),
      () => messages.batches(),
      () => messages.readable(),
    ]) {
      expect(thrown(read).code).toBe("SUBSCRIPTION_HAS_CALLBACK");
    }
  });

  it("[JS-PULL-19] hands out batches of what is here, up to a number", async () => {
    const { consumer } = await setUp(server.js, 100);
    const sizes: number[] = [];
    const texts: string[] = [];
    for await (const batch of consumer.consume({ stopAfter: 100 }).batches(30)) {
      sizes.push(batch.length);
      for (const m of batch) {
        texts.push(m.string());
        m.ack();
      }
    }
    expect(texts).toEqual(numbers(100));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(30);
    expect(sizes.length).toBeLessThan(100);
  });

  it("[JS-PULL-06] reads as a stream, only as fast as its reader", async () => {
    const { consumer } = await setUp(server.js, 10);
    const texts: string[] = [];
    const messages = consumer.consume({ stopAfter: 10 });
    for await (const m of messages.readable()) {
      texts.push(m.string());
      m.ack();
    }
    expect(texts).toEqual(numbers(10));
  });

  it("[JS-PULL-06] shares messages between loops, each goes to one", async () => {
    const { consumer } = await setUp(server.js, 200);
    const messages = consumer.consume({ stopAfter: 200 });
    const [first, second] = await Promise.all([readAll(messages), readAll(messages)]);
    expect([...first, ...second].sort()).toEqual(numbers(200).sort());
  });

  it("[JS-PULL-20] holds no more than its capacity, however slow the reader", async () => {
    const { consumer } = await setUp(server.js, 200);
    await using messages = consumer.consume({ capacity: 20 });
    await eventually(() => expect(messages.pending.messages).toBe(20));
    const loop = messages[Symbol.asyncIterator]();
    for (let i = 0; i < 30; i++) {
      (await loop.next()).value?.ack();
      expect(messages.pending.messages).toBeLessThanOrEqual(20);
    }
    const info = await consumer.info();
    expect(info.delivered.consumerSeq).toBeLessThanOrEqual(50);
  });

  it("[JS-PULL-07] [JS-PULL-13] keeps to a budget of bytes", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    await Promise.all(Array.from({ length: 100 }, () => server.js.publish(subject, "x".repeat(1000))));
    await using messages = consumer.consume({ capacityBytes: 20_000, idleHeartbeat: 500 });
    await eventually(() => expect(messages.pending.messages).toBeGreaterThan(10));
    expect(messages.pending.bytes).toBeLessThanOrEqual(20_000);
    let count = 0;
    for await (const m of messages) {
      m.ack();
      expect(messages.pending.bytes).toBeLessThanOrEqual(20_000);
      if (++count === 100) break;
    }
  });

  it("[JS-PULL-22] [JS-STATUS-18] ends with MESSAGE_TOO_LARGE if one message is above the budget", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    await server.js.publish(subject, "x".repeat(5000));
    const error = await failure(readAll(consumer.consume({ capacityBytes: 1000 })));
    expect(error).toMatchObject({ code: "MESSAGE_TOO_LARGE", consumer: "c" });
  });

  it("[JS-PULL-08] [JS-STATUS-01] goes on over idle heartbeats and expired pulls", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    const asked = `$JS.API.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.name}`;
    const pulls = server.nc.subscribe(asked, { max: 3 });
    const messages = consumer.consume({ expires: 1000, idleHeartbeat: 500, stopAfter: 1 });
    const missed: number[] = [];
    messages.on("heartbeatsMissed", ({ count }) => void missed.push(count));
    const reading = readAll(messages);
    // Two of them expire.
    for await (const pull of pulls) expect(pull.subject).toBe(asked);
    await server.js.publish(subject, "late");
    expect(await reading).toEqual(["late"]);
    expect(missed).toEqual([]);
  });

  it("asks for the configuration of a bound consumer by itself", async () => {
    const { stream } = await setUp(server.js, 5, { maxBatch: 2 });
    const bound = server.js.consumers.bind(stream, "c");
    const limited: unknown[] = [];
    const messages = bound.consume({ stopAfter: 5 });
    messages.on("limited", (event) => void limited.push(event));
    expect(await readAll(messages)).toEqual(numbers(5));
    expect(limited).toContainEqual({ type: "limited", option: "capacity", to: 2 });
    expect(bound.cachedInfo?.config).toMatchObject({ maxBatch: 2 });
  });

  it("reads without acks", async () => {
    const { consumer } = await setUp(server.js, 500, { ackPolicy: "none" });
    const texts: string[] = [];
    for await (const m of consumer.consume({ capacity: 100, stopAfter: 500 })) texts.push(m.string());
    expect(texts).toEqual(numbers(500));
  });
});

describe("what is no message of a consumer", () => {
  it("is told, and ends nothing", async () => {
    const { consumer, stream, subject } = await setUp(server.js, 0, { backoff: [5000, 6000], maxDeliver: 3 });
    const before = await subjectsAt(server.server, server.nc);
    const messages = consumer.consume({ stopAfter: 1 });
    const ordered = (await server.js.consumers.ordered(stream)).consume({ stopAfter: 1 });
    const reading = Promise.all([readAll(messages), textsOf(ordered)]);
    const inboxes = await eventually(async () => {
      const now = await subjectsAt(server.server, server.nc);
      const subjects = now!.filter((one) => !before!.includes(one) && one.endsWith(".*"));
      expect(subjects).toHaveLength(2);
      return subjects;
    });
    for (const inbox of inboxes) {
      const told = server.nc.once("error");
      server.nc.publish(inbox.replace("*", "1"), "junk", { reply: "nobody" });
      expect((await told).error).toMatchObject({ code: "NOT_A_JETSTREAM_MESSAGE" });
    }
    await server.js.publish(subject, "good");
    expect(await reading).toEqual([["good"], ["good"]]);
  });
});

describe("options of consume", () => {
  it.each([
    [{ capacity: 0 }, "capacity"],
    [{ capacity: 1.5 }, "capacity"],
    [{ capacityBytes: -1 }, "capacityBytes"],
    [{ threshold: 0 }, "threshold"],
    [{ threshold: 2 }, "threshold"],
    [{ expires: 999 }, "expires"],
    [{ expires: 1000, idleHeartbeat: 501 }, "idleHeartbeat"],
    [{ idleHeartbeat: 0 }, "idleHeartbeat"],
    [{ stopAfter: 0 }, "stopAfter"],
    [{ onMissing: "retry" }, "onMissing"],
    [{ onStale: "keep" }, "onStale"],
    [{ callback: "no" }, "callback"],
    [{ callback: (_a: unknown, _b: unknown) => undefined }, "callback"],
    [{ signal: new AbortController() }, "signal"],
    [{ priority: {} }, "priority.group"],
    [{ priority: { group: "g", priority: 10 } }, "priority.priority"],
    [{ priority: { group: "g", priority: 1, minPending: 5 } }, "priority"],
    [{ max_messages: 5 }, "max_messages"],
    [{ capcity: 5 }, "capcity"],
  ])("are refused at once: %j", async (options, argument) => {
    const consumer = server.js.consumers.bind("S", "c");
    const error = thrown(() => consumer.consume(options as never));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument });
  });

  it("of nats.js are named as they are called here", () => {
    const consumer = server.js.consumers.bind("S", "c");
    expect(thrown(() => consumer.consume({ max_messages: 5 } as never)).message).toMatch(/capacity/);
    expect(thrown(() => consumer.consume({ maxMessages: 5 } as never)).message).toMatch(/"stopAfter"/);
    expect(thrown(() => consumer.consume((() => undefined) as never)).message).toContain(
      "consume({ callback })",
    );
    expect(thrown(() => consumer.consume({ idle_heartbeat: 5 } as never)).message).toMatch(/idleHeartbeat/);
  });

  it("[JS-CON-15] are refused if they ask for more than the consumer allows", async () => {
    const { consumer } = await setUp(server.js, 0, { maxBatch: 10, maxExpires: 5000, maxBytes: 4096 });
    for (const [options, argument] of [
      [{ capacity: 11 }, "capacity"],
      [{ expires: 6000 }, "expires"],
      [{ capacityBytes: 5000 }, "capacityBytes"],
    ] as const) {
      const error = await failure(readAll(consumer.consume(options)));
      expect(error).toMatchObject({ code: "PULL_REFUSED", argument, consumer: "c" });
    }
  });

  it("[JS-STATUS-22] [JS-STATUS-23] are made less where they were not given", async () => {
    const { consumer } = await setUp(server.js, 30, { maxBatch: 7, maxExpires: 2000 });
    expect(await readAll(consumer.consume({ stopAfter: 30 }))).toEqual(numbers(30));
  });
});

describe("events of a consume", () => {
  it("[JS-PULL-09] reach every listener, though one throws", async () => {
    const { consumer, stream } = await setUp(server.js, 0);
    const heard: string[] = [];
    const failed = server.nc.once("error");
    const messages = consumer.consume({ onMissing: "wait", expires: 1000 });
    messages.on("missing", () => {
      throw new Error("bad listener");
    });
    const forget = messages.on("missing", () => void heard.push("never"));
    forget();
    messages.on("missing", ({ error }) => void heard.push(error.code));
    const reading = messages.events();
    const first = reading.next();
    // The pull must be there, or it is no deletion that it hears of.
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    await server.js.consumers.delete(stream, "c");
    await eventually(() => expect(heard).toEqual(["CONSUMER_NOT_FOUND"]));
    expect((await failed).error).toMatchObject({ code: "LISTENER_FAILED" });
    expect((await first).value).toMatchObject({ type: "missing" });
    await messages.stop();
    expect((await reading.next()).done).toBe(true);
  });

  it("have types, and no others", async () => {
    const { consumer } = await setUp(server.js, 0);
    await using messages = consumer.consume();
    const error = thrown(() => messages.on("heartbeatMissed" as never, () => undefined));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "type" });
    expect(error.message).toMatch(/heartbeatsMissed/);
  });
});

describe("the end of a connection", () => {
  it("[R74] is thrown by no loop that the application itself closed", async () => {
    const { stream } = await setUp(server.js, 2);
    const nc = await connect({ servers: server.url });
    const messages = jetstream(nc).consumers.bind(stream, "c").consume();
    const seen: JetStreamMessage[] = [];
    for await (const m of messages) {
      seen.push(m);
      if (seen.length === 2) void nc.close();
    }
    expect(await messages.closed).toEqual({ reason: "connection-closed", returned: 0, abandoned: 0 });
    expect(await failure(messages.drain())).toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  it("[R74] drains what it holds when the connection drains", async () => {
    const { stream, consumer } = await setUp(server.js, 50);
    const nc = await connect({ servers: server.url });
    const messages = jetstream(nc).consumers.bind(stream, "c").consume();
    await eventually(() => expect(messages.pending.messages).toBe(50));
    const reading = readAll(messages);
    const report = await nc.drain();
    expect(await reading).toEqual(numbers(50));
    expect(report).toMatchObject({ handled: 50, abandoned: 0, lost: 0 });
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
  });
});
