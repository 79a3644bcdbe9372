import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { type ConsumeEvent, jetstream, type JetStreamMessage } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { Proxy } from "../../support/proxy.ts";
import { setUpPush } from "./support.ts";

const server = useJetStream();

const KIB = 1024;
const MIB = 1024 * KIB;

describe("the flow control of a push consumer", () => {
  it("[JS-PUSH-03, JS-STATUS-03, JS-05] holds up the server until what came before was handled", async () => {
    const { stream } = await setUpPush(server.js, 0);
    const payload = new Uint8Array(100 * KIB);
    for (let i = 0; i < 80; i++) await server.js.publish(`${stream}.x`, payload);
    const consumer = await server.js.consumers.create(stream, {
      durable: "slow",
      maxAckPending: 1000,
      push: { idleHeartbeat: 200 },
    });
    const events: ConsumeEvent[] = [];
    const messages = consumer.consume();
    for (const type of ["slowConsumer", "heartbeatsMissed"] as const) {
      messages.on(type, (event) => events.push(event));
    }
    // The window is 2 MiB to begin with: the server sends no more than that before it has an answer.
    await eventually(() => expect(messages.pending.bytes).toBeGreaterThan(MIB));
    const { inMessages } = server.nc.stats();
    await eventually(() => expect(server.nc.stats().inMessages).toBeGreaterThan(inMessages + 3));
    expect(messages.pending.bytes).toBeLessThan(3 * MIB);
    const seen = new Set<number>();
    for await (const message of messages) {
      seen.add(message.seq);
      message.ack();
      if (seen.size === 80) break;
    }
    expect(events).toEqual([]);
    await eventually(async () => {
      expect(await consumer.info()).toMatchObject({ numAckPending: 0, ackFloor: { streamSeq: 80 } });
    });
  });

  it("[JS-08, JS-STATUS-02] is kept up, whatever is sent: a stall ends with the answer to a heartbeat", async () => {
    const { stream } = await setUpPush(server.js, 0);
    const payload = new Uint8Array(64 * KIB);
    for (let i = 0; i < 200; i++) await server.js.publish(`${stream}.x`, payload);
    const consumer = await server.js.consumers.create(stream, {
      ackPolicy: "none",
      push: { idleHeartbeat: 100 },
    });
    let next = 1;
    const messages = consumer.consume({
      stopAfter: 200,
      callback: async (m) => {
        expect(m.seq).toBe(next++);
        if (m.seq % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      },
    });
    expect((await messages.closed).reason).toBe("enough");
    expect(next).toBe(201);
  });

  it("[JS-CON-08] acks for a consumer that takes its answers for acks", async () => {
    const { stream } = await setUpPush(server.js, 30);
    const consumer = await server.js.consumers.create(stream, {
      durable: "flow",
      ackPolicy: "flow-control",
      maxAckPending: 10,
      push: {},
    });
    const seen: JetStreamMessage[] = [];
    for await (const message of consumer.consume({ stopAfter: 30 })) seen.push(message);
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(thrown(() => seen[0]!.ack())).toMatchObject({ code: "NOT_ACKABLE" });
    await eventually(async () => {
      expect((await consumer.info()).ackFloor.streamSeq).toBeGreaterThanOrEqual(20);
    });
  });
});

describe("a push consumer without flow control", () => {
  const config = { ackWait: 500, push: { flowControl: false } };

  it("[JSS-10] drops what finds no room, tells of it, and gets it again", async () => {
    const { consumer, subject } = await setUpPush(server.js, 20, config);
    const messages = consumer.consume({ pending: { messages: 5 }, onStale: "extend" });
    const events: ConsumeEvent[] = [];
    messages.on("slowConsumer", (event) => events.push(event));
    const ended = new Promise<ConsumeEvent>((resolve) => messages.on("slowConsumerEnded", resolve));
    await eventually(() => expect(events).toEqual([{ type: "slowConsumer" }]));
    expect(messages.pending.messages).toBe(5);
    const seen = new Set<string>();
    for await (const message of messages) {
      seen.add(message.string());
      message.ack();
      if (seen.size === 20) break;
    }
    expect(await ended).toMatchObject({ type: "slowConsumerEnded", dropped: expect.any(Number) as number });
    expect(((await ended) as { dropped: number }).dropped).toBeGreaterThanOrEqual(15);
    expect(subject).toBe(`${consumer.stream}.x`);
  });

  it("[JSS-10] ends with an error where that is wanted", async () => {
    const { consumer } = await setUpPush(server.js, 20, config);
    const messages = consumer.consume({ pending: { bytes: 4, onFull: "error" } });
    const loop = messages[Symbol.asyncIterator]();
    const error = await failure(
      (async () => {
        for (;;) if ((await loop.next()).done === true) return;
      })(),
    );
    expect(error.code).toBe("SLOW_CONSUMER");
    expect(await messages.closed).toMatchObject({ reason: "failed", error: { code: "SLOW_CONSUMER" } });
  });
});

describe("a push consumer whose link fails", () => {
  let proxy: Proxy;
  let nc: Connection;
  beforeAll(async () => {
    proxy = await Proxy.start(Number(new URL(server.url).port));
    nc = await connect({ servers: proxy.url, reconnect: { delay: 10, maxDelay: 50 } });
  });
  afterAll(async () => {
    await nc.close();
    await proxy.stop();
  });

  it("[JS-24, JS-PUSH-01] goes on by the next one", async () => {
    const { consumer, stream, subject } = await setUpPush(server.js, 3, { ackWait: 500 });
    const own = await jetstream(nc).consumers.getPush(stream, consumer.name);
    const seen = new Set<string>();
    const messages = own.consume({
      callback: (m) => {
        seen.add(m.string());
        m.ack();
      },
    });
    await eventually(() => expect(seen.size).toBe(3));
    for (let round = 1; round <= 3; round++) {
      proxy.cut();
      await server.js.publish(subject, `round ${round}`);
      await eventually(() => expect(seen).toContain(`round ${round}`));
    }
    expect(messages.state).toBe("active");
    await messages.stop();
  });

  it("[JS-24] finds out that it was removed meanwhile", async () => {
    const { consumer, stream } = await setUpPush(server.js, 1);
    const own = await jetstream(nc).consumers.getPush(stream, consumer.name);
    const messages = own.consume({ callback: (m) => m.ack() });
    await eventually(async () => expect((await consumer.info()).ackFloor.streamSeq).toBe(1));
    await server.js.consumers.delete(stream, consumer.name);
    // Its heartbeats are 5 seconds apart: nothing but the new link makes it look.
    proxy.cut();
    expect(await messages.closed).toMatchObject({ reason: "failed", error: { code: "CONSUMER_NOT_FOUND" } });
  });

  it("[JS-10, JS-PUSH-02] notices that nothing comes, and goes on when it does", async () => {
    const { consumer, stream, subject } = await setUpPush(server.js, 1, { push: { idleHeartbeat: 100 } });
    const own = await jetstream(nc).consumers.getPush(stream, consumer.name);
    const counts: number[] = [];
    const seen: string[] = [];
    const messages = own.consume({
      callback: (m) => {
        seen.push(m.string());
        m.ack();
      },
    });
    messages.on("heartbeatsMissed", ({ count }) => counts.push(count));
    await eventually(() => expect(seen).toEqual(["1"]));
    proxy.stall("down");
    await eventually(() => expect(counts).toEqual([1, 2, 3]));
    proxy.resume("down");
    await server.js.publish(subject, "2");
    await eventually(() => expect(seen).toEqual(["1", "2"]));
    expect(messages.state).toBe("active");
    await messages.stop();
  });

  it("[JS-08, JS-STATUS-02] answers a stall that a heartbeat tells of: the first answer was lost with the link", async () => {
    const { consumer, stream } = await setUpPush(server.js, 0, {
      ackWait: 1000,
      push: { idleHeartbeat: 200 },
    });
    const payload = new Uint8Array(100 * KIB);
    for (let i = 0; i < 60; i++) await server.js.publish(`${stream}.x`, payload);
    const own = await jetstream(nc).consumers.getPush(stream, consumer.name);
    const messages = own.consume();
    await eventually(() => expect(messages.pending.bytes).toBeGreaterThan(MIB));
    const seen = new Set<number>();
    let isCut = false;
    proxy.stall("up");
    for await (const message of messages) {
      seen.add(message.seq);
      message.ack();
      if (seen.size === 60) break;
      if (isCut || messages.pending.messages > 1) continue;
      // What was sent up to here never arrives.
      isCut = true;
      await nc.ready();
      proxy.cut();
      proxy.resume("up");
    }
    expect(isCut).toBe(true);
    expect(seen.size).toBe(60);
  });

  it("[JS-PULL-16] is stopped though its server is frozen: what is on its way is not waited for without end", async () => {
    const { consumer, stream } = await setUpPush(server.js, 1);
    const own = await jetstream(nc).consumers.getPush(stream, consumer.name);
    const messages = own.consume();
    expect((await messages.next())?.string()).toBe("1");
    proxy.stall("down");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const stopped = messages.stop();
    await vi.advanceTimersByTimeAsync(5000);
    vi.useRealTimers();
    await stopped;
    expect(await messages.closed).toMatchObject({ reason: "stopped" });
    proxy.resume("down");
  });

  it("ends with the connection", async () => {
    const { consumer, stream } = await setUpPush(server.js, 1);
    const other = await connect({ servers: server.url });
    const own = await jetstream(other).consumers.getPush(stream, consumer.name);
    const messages = own.consume();
    const loop = messages[Symbol.asyncIterator]();
    expect((await loop.next()).value?.string()).toBe("1");
    const next = loop.next();
    await other.close();
    expect((await next).done).toBe(true);
    expect((await messages.closed).reason).toBe("connection-closed");
  });

  it("[JS-PUSH-01] can't be consumed once the connection is closed", async () => {
    const { consumer, stream } = await setUpPush(server.js, 1);
    const closed = await connect({ servers: server.url });
    const own = await jetstream(closed).consumers.getPush(stream, consumer.name);
    await closed.close();
    expect(thrown(() => own.consume())).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(thrown(() => own.work((m) => m.ack()))).toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});
