import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { jetstream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { Gate } from "../../support/gate.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { subjectsAt } from "../../support/server-interest.ts";
import { numbers, readAll, setUp } from "./support.ts";

const server = useJetStream();

/** A consumer with as many messages as fit into the capacity, all of which have come. */
async function held(count: number, config: object = {}, options: object = {}) {
  const { consumer, subject, stream } = await setUp(server.js, count, config);
  const messages = consumer.consume({ capacity: count, ...options });
  await eventually(() => expect(messages.pending.messages).toBe(count));
  return { consumer, messages, subject, stream };
}

describe("leaving", () => {
  it("by break gives back what was not handed out, at once", async () => {
    const { consumer, messages } = await held(10);
    for await (const m of messages) {
      m.ack();
      if (m.string() === "3") break;
    }
    expect(await messages.closed).toEqual({ reason: "stopped", returned: 7, abandoned: 0 });
    expect(messages.state).toBe("closed");
    // They come again long before the ack wait, which is 30 seconds.
    const again = await readAll(consumer.fetch({ maxMessages: 7, expires: 10_000 }));
    expect(again.sort()).toEqual(numbers(10).slice(3).sort());
  });

  it("by throw does so too, and the error gets through", async () => {
    const { messages } = await held(5);
    const reading = async (): Promise<void> => {
      for await (const m of messages) {
        m.ack();
        throw new Error("out of here");
      }
    };
    await expect(reading()).rejects.toThrow("out of here");
    expect(await messages.closed).toEqual({ reason: "stopped", returned: 4, abandoned: 0 });
  });

  it("loses what was not handed out of a consumer that takes no acks, and says so", async () => {
    const { messages } = await held(5, { ackPolicy: "none" });
    for await (const m of messages) if (m.string() === "2") break;
    expect(await messages.closed).toEqual({ reason: "stopped", returned: 0, abandoned: 3 });
    const drained = await held(3, { ackPolicy: "none" });
    expect(await drained.messages.drain()).toMatchObject({ handled: 0, abandoned: 3 });
    await using nc = await connect(server.url);
    const { stream, consumer } = await setUp(server.js, 4, { ackPolicy: "none" });
    const other = await jetstream(nc).consumers.get(stream, consumer.name);
    const closing = other.consume({ capacity: 4 });
    await eventually(() => expect(closing.pending.messages).toBe(4));
    await nc.close();
    expect(await closing.closed).toMatchObject({ reason: "connection-closed", returned: 0, abandoned: 4 });
  });

  it("of a batch leaves the batch to the application", async () => {
    const { messages } = await held(10);
    for await (const batch of messages.batches(4)) {
      expect(batch).toHaveLength(4);
      break;
    }
    expect((await messages.closed).returned).toBe(6);
  });

  it("by cancelling a stream does so too", async () => {
    const { messages } = await held(4);
    const reader = messages.readable().getReader();
    expect((await reader.read()).value?.string()).toBe("1");
    await reader.cancel();
    expect(await messages.closed).toEqual({ reason: "stopped", returned: 3, abandoned: 0 });
  });

  it("by stop() ends a loop that waits, quietly", async () => {
    const { consumer } = await setUp(server.js, 0);
    const messages = consumer.consume();
    const reading = readAll(messages);
    await messages.stop();
    expect(await reading).toEqual([]);
    expect(await messages.closed).toEqual({ reason: "stopped", returned: 0, abandoned: 0 });
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(0));
  });

  it("by stop() before anything was sent", async () => {
    const { stream } = await setUp(server.js, 1);
    const messages = server.js.consumers.bind(stream, "c").consume();
    await messages.stop();
    expect(await readAll(messages)).toEqual([]);
    expect((await server.js.consumers.get(stream, "c")).cachedInfo?.delivered.consumerSeq).toBe(0);
  });

  it("by stop() twice, and after the end", async () => {
    const { messages } = await held(3);
    await Promise.all([messages.stop(), messages.stop()]);
    await messages.stop();
    expect(await messages.closed).toEqual({ reason: "stopped", returned: 3, abandoned: 0 });
    await messages[Symbol.asyncDispose]();
  });

  it("by a signal, also by one that has aborted", async () => {
    const { consumer, messages } = await (async () => {
      const abort = new AbortController();
      const made = await held(3, {}, { signal: abort.signal });
      abort.abort();
      return made;
    })();
    expect(await messages.closed).toEqual({ reason: "stopped", returned: 3, abandoned: 0 });
    const never = consumer.consume({ signal: AbortSignal.abort() });
    expect(never.state).toBe("closed");
    expect(await readAll(never)).toEqual([]);
    expect(await never.closed).toEqual({ reason: "stopped", returned: 0, abandoned: 0 });
  });

  it("by disposing", async () => {
    const { consumer } = await setUp(server.js, 3);
    let closed: Promise<unknown>;
    {
      await using messages = consumer.consume();
      closed = messages.closed;
      await eventually(() => expect(messages.pending.messages).toBe(3));
    }
    expect(await closed).toEqual({ reason: "stopped", returned: 3, abandoned: 0 });
  });

  it("in a callback stops the calls", async () => {
    const { consumer } = await setUp(server.js, 5);
    const seen: string[] = [];
    const messages = consumer.consume({
      callback: (m) => {
        seen.push(m.string());
        m.ack();
        if (seen.length === 2) void messages.stop();
      },
    });
    const { reason } = await messages.closed;
    expect(reason).toBe("stopped");
    expect(seen).toEqual(["1", "2"]);
  });

  it("spends a delivery of what goes back, and loses none, whenever it happens", async () => {
    const { consumer } = await setUp(server.js, 40);
    const seen = new Set<string>();
    // Some are left while messages are on their way.
    for (let round = 0; seen.size < 40 && round < 200; round++) {
      for await (const m of consumer.consume({ capacity: 15, expires: 1000 })) {
        seen.add(m.string());
        m.ack();
        if (seen.size % (round + 2) === 0) break;
      }
    }
    expect(seen.size).toBe(40);
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
  });

  it("leaves no subscription and no pull behind", async () => {
    const { stream } = await setUp(server.js, 3);
    await using nc = await connect({ servers: server.url });
    const consumer = await jetstream(nc).consumers.get(stream, "c");
    const subjects = () => subjectsAt(server.server, nc);
    // The inbox of requests stays.
    const before = await subjects();
    expect(before).toHaveLength(1);
    const messages = consumer.consume({ capacity: 3 });
    await eventually(() => expect(messages.pending.messages).toBe(3));
    expect(await subjects()).toHaveLength(2);
    await messages.stop();
    expect(await subjects()).toEqual(before);
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(0));
    for (let i = 0; i < 3; i++) (await consumer.next())!.ack();
    await eventually(async () => expect(await subjects()).toEqual(before));
    expect(nc.subscriptionCount).toBe(0);
  });
});

describe("draining", () => {
  it("[JS-PULL-16] hands out what is here first, and reports it", async () => {
    const { consumer, messages } = await held(20);
    const reading = readAll(messages);
    expect(await messages.drain()).toEqual({ handled: 20, abandoned: 0, timedOut: false, complete: true });
    expect(await reading).toEqual(numbers(20));
    expect(await messages.closed).toEqual({ reason: "drained", returned: 0, abandoned: 0 });
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
  });

  it("[JS-PULL-16] waits for a callback's promise", async () => {
    const { consumer } = await setUp(server.js, 3);
    const gate = new Gate();
    const seen: string[] = [];
    const messages = consumer.consume({
      callback: async (m) => {
        await gate.opened;
        seen.push(m.string());
        m.ack();
      },
    });
    await eventually(() => expect(messages.pending.messages).toBe(3));
    const draining = messages.drain();
    gate.open();
    expect(await draining).toMatchObject({ handled: 3, abandoned: 0, complete: true });
    expect(seen).toEqual(numbers(3));
  });

  it("[JS-PULL-16] gives back what nobody comes for", async () => {
    const { messages } = await held(5);
    expect(await messages.drain()).toMatchObject({ handled: 0, abandoned: 5, timedOut: false });
    expect(await messages.closed).toEqual({ reason: "drained", returned: 5, abandoned: 0 });
  });

  it("[JS-PULL-16] gives up when its time is over", async () => {
    const { messages } = await held(5);
    const loop = messages[Symbol.asyncIterator]();
    await loop.next();
    const report = await messages.drain({ timeout: 50 });
    expect(report).toEqual({ handled: 0, abandoned: 5, timedOut: true, complete: false });
    expect(await messages.closed).toEqual({ reason: "drained", returned: 4, abandoned: 0 });
  });

  it("[JS-PULL-16] does not wait for the message that the caller has in hand", async () => {
    const { messages } = await held(3);
    for await (const m of messages) {
      m.ack();
      const report = await messages.drain({ handling: m });
      expect(report).toMatchObject({ handled: 1, timedOut: false });
      break;
    }
    expect((await messages.closed).returned).toBe(2);
  });

  it("[JS-PULL-16] does not wait for the callback that calls it", async () => {
    const { consumer } = await setUp(server.js, 3);
    const reports: unknown[] = [];
    const seen: string[] = [];
    const messages = consumer.consume({
      callback: async (m) => {
        seen.push(m.string());
        m.ack();
        if (m.string() === "2") reports.push(await messages.drain());
      },
    });
    await messages.closed;
    expect(seen).toEqual(numbers(3));
    expect(reports).toMatchObject([{ abandoned: 0, timedOut: false }]);
  });

  it("[JS-PULL-16] races with stop() without a loss", async () => {
    const { messages } = await held(5);
    const [report] = await Promise.all([messages.drain(), messages.stop()]);
    expect(report).toMatchObject({ handled: 0, abandoned: 5 });
    expect((await messages.closed).returned).toBe(5);
  });
});

describe("staleness", () => {
  it("[JS-MSG-10] drops and tells what waited here for longer than its ack wait, and it comes again", async () => {
    const { consumer, messages } = await held(4, { ackWait: 700 });
    const stale: string[] = [];
    messages.on("stale", ({ message, age }) => {
      stale.push(message.string());
      expect(age).toBeGreaterThanOrEqual(600);
    });
    // The ack wait is over when another reader gets one of them.
    const first = await consumer.next({ expires: 20_000 });
    expect(first?.deliveries).toBe(2);
    first?.ack();
    const texts: string[] = [];
    for await (const m of messages) {
      expect(m.deliveries).toBe(2);
      texts.push(m.string());
      m.ack();
      if (texts.length === 3) break;
    }
    texts.push(first!.string());
    expect(texts.sort()).toEqual(numbers(4));
    await eventually(() => expect(stale).toEqual(numbers(4)));
  });

  it("[JS-MSG-10] keeps what waits from coming again with onStale: extend", async () => {
    const { consumer, messages } = await held(3, { ackWait: 600 }, { stopAfter: 3, onStale: "extend" });
    // Half an ack wait lies between two signs of life of a message.
    const signs = server.nc.subscribe(`$JS.ACK.${consumer.stream}.${consumer.name}.>`, { max: 9 });
    for await (const sign of signs) expect(sign.string()).toBe("+WPI");
    for await (const m of messages) {
      expect(m.deliveries).toBe(1);
      m.ack();
    }
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
    expect((await consumer.info()).numRedelivered).toBe(0);
  });
});
