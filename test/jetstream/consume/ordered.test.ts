import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { jetstream, type JetStream, type OrderedConsumerConfig } from "../../../src/jetstream/index.ts";
import { consumeOrdered } from "../../../src/jetstream/consume/ordered.ts";
import type { Ration } from "../../../src/jetstream/consume/ration.ts";
import { EventLog } from "../../support/event-log.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { Gate } from "../../support/gate.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { needs } from "../../support/nats-server.ts";
import { QUICK_RECONNECT } from "../../support/outage.ts";
import { Proxy } from "../../support/proxy.ts";
import { numbers, textsOf } from "./support.ts";

const server = useJetStream();

/** A stream with the numbers from 1 to `count`, over the subjects `<name>.0`, `<name>.1`, `<name>.2` in turn. */
async function aStream(count: number): Promise<{ name: string; more: (count: number) => Promise<void> }> {
  const name = unique("O");
  await server.js.streams.create({ name, subjects: [`${name}.>`], storage: "memory" });
  let published = 0;
  const more = async (added: number): Promise<void> => {
    for (let i = 0; i < added; i++) {
      published++;
      await server.js.publish(`${name}.${published % 3}`, `${published}`);
    }
  };
  await more(count);
  return { name, more };
}

async function consumersOf(js: JetStream, stream: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of js.consumers.names(stream)) names.push(name);
  return names;
}

describe("reading in order", () => {
  it("[OBJ-07] tells whoever shares a connection with others that the server has nothing to send", async () => {
    const { name } = await aStream(2);
    const told: string[] = [];
    const idle = new Gate();
    let grant = (_messages: number): void => undefined;
    const ration: Ration = {
      open: (given) => {
        grant = given;
      },
      onChange: (asked, held, wish, received) => {
        told.push(`${asked} ${held} ${received}`);
        if (wish > 0) queueMicrotask(() => grant(wish));
      },
      onIdle: () => idle.open(),
      close: () => undefined,
    };
    const { context, series } = await server.js.consumers.ordered(name);
    const reader = { context, schema: undefined, series, ration };
    const messages = consumeOrdered(reader, { capacity: 10, expires: 1000, idleHeartbeat: 500 });
    await idle.opened;
    expect(told.at(-1)).toBe("8 2 2");
    await messages.stop();
  });

  it("[JS-PUSH-05] tells every message once, and leaves no consumer behind", async () => {
    const { name } = await aStream(300);
    const reader = await server.js.consumers.ordered(name);
    const messages = reader.consume({ stopAfter: 300, capacity: 50 });
    const seqs: number[] = [];
    for await (const m of messages) {
      expect(m.string()).toBe(`${m.seq}`);
      seqs.push(m.seq);
    }
    expect(seqs).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    await eventually(async () => expect(await consumersOf(server.js, name)).toEqual([]));
  });

  it("[JS-PUSH-05] [JS-PUSH-08] goes on without a gap or a repeat when its consumer is deleted", async () => {
    const { name, more } = await aStream(50);
    const reader = await server.js.consumers.ordered(name, { namePrefix: "mine" });
    const messages = reader.consume({ stopAfter: 150, capacity: 10 });
    const resets: unknown[] = [];
    messages.on("reset", (event) => void resets.push(event));
    const seqs: number[] = [];
    for await (const m of messages) {
      seqs.push(m.seq);
      if (m.seq === 20 || m.seq === 50) await server.js.consumers.delete(name, (await reader.info()).name);
      if (m.seq === 50) void more(100);
    }
    expect(seqs).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
    expect(resets).toMatchObject([
      { type: "reset", reason: "missing", consumer: "mine_2" },
      { type: "reset", reason: "missing", consumer: "mine_3" },
    ]);
  });

  it("[JS-PUSH-05] goes on behind what was handed out, from call to call", async () => {
    const { name, more } = await aStream(30);
    const reader = await server.js.consumers.ordered(name);
    const texts: string[] = [];
    for await (const m of reader.consume()) {
      texts.push(m.string());
      if (texts.length === 7) break;
    }
    texts.push(...(await textsOf(reader.fetch({ maxMessages: 5 }))));
    for (let i = 0; i < 4; i++) texts.push((await reader.next())!.string());
    for await (const m of reader.fetch({ maxMessages: 10 })) {
      texts.push(m.string());
      if (texts.length === 18) break;
    }
    texts.push((await reader.next())!.string());
    texts.push(...(await textsOf(reader.fetch({ maxMessages: 100, noWait: true }))));
    expect(texts).toEqual(numbers(30));
    expect(await reader.next({ noWait: true })).toBeUndefined();
    await more(1);
    expect((await reader.next())!.string()).toBe("31");
    await eventually(async () => expect(await consumersOf(server.js, name)).toEqual([]));
  });

  it("uses one consumer for calls that follow one another", async () => {
    const { name } = await aStream(20);
    const reader = await server.js.consumers.ordered(name, { namePrefix: "one" });
    for (let i = 1; i <= 20; i++) expect((await reader.next())!.string()).toBe(`${i}`);
    expect((await reader.info()).name).toBe("one_1");
  });

  it("is one reading at a time", async () => {
    const { name } = await aStream(1);
    const reader = await server.js.consumers.ordered(name);
    await using first = reader.consume();
    expect(await failure(textsOf(reader.consume()))).toMatchObject({ code: "CONSUMER_BOUND" });
    expect(await failure(reader.next())).toMatchObject({ code: "CONSUMER_BOUND" });
    await first.stop();
    expect((await reader.next())?.string()).toBe("1");
  });

  it("takes no acks", async () => {
    const { name } = await aStream(1);
    const reader = await server.js.consumers.ordered(name);
    const message = (await reader.next()) as unknown as { ack: () => void };
    expect(() => message.ack()).toThrow(expect.objectContaining({ code: "NOT_ACKABLE" }));
  });

  it("[R100] holds no more than its capacity for a slow reader", async () => {
    const { name } = await aStream(100);
    const reader = await server.js.consumers.ordered(name);
    await using messages = reader.consume({ capacity: 10 });
    await eventually(() => expect(messages.pending.messages).toBe(10));
    const loop = messages[Symbol.asyncIterator]();
    for (let i = 1; i <= 60; i++) {
      expect((await loop.next()).value!.string()).toBe(`${i}`);
      expect(messages.pending.messages).toBeLessThanOrEqual(10);
    }
  });

  it("calls a callback in order", async () => {
    const { name } = await aStream(40);
    const reader = await server.js.consumers.ordered(name);
    const texts: string[] = [];
    const messages = reader.consume({ stopAfter: 40, callback: async (m) => void texts.push(m.string()) });
    expect((await messages.closed).reason).toBe("enough");
    expect(texts).toEqual(numbers(40));
  });

  it("[JS-PULL-11] fails when the stream is gone, or waits for it", async () => {
    const { name } = await aStream(2);
    const reader = await server.js.consumers.ordered(name);
    const failed = failure(textsOf(reader.consume()));
    const waiting = (await server.js.consumers.ordered(name)).consume({ onMissing: "wait", stopAfter: 3 });
    const loop = waiting[Symbol.asyncIterator]();
    for (const text of numbers(2)) expect((await loop.next()).value!.string()).toBe(text);
    await eventually(async () => expect(await consumersOf(server.js, name)).toHaveLength(2));
    const missing = new Promise((resolve) => waiting.on("missing", resolve));
    await server.js.streams.delete(name);
    expect(await failed).toMatchObject({ code: "STREAM_NOT_FOUND", stream: name });
    await missing;
    await server.js.streams.create({ name, subjects: [`${name}.>`], storage: "memory" });
    await server.js.publish(`${name}.1`, "new");
    expect((await loop.next()).value!.string()).toBe("new");
    expect((await loop.next()).done).toBe(true);
  });
});

describe("a reset keeps the place", () => {
  const since = (): OrderedConsumerConfig[] => [
    { deliverPolicy: "all" },
    { deliverPolicy: { startSeq: 4 } },
    { deliverPolicy: "new" },
    { deliverPolicy: "last" },
    { deliverPolicy: "last-per-subject" },
  ];

  it.each(since().map((config, i) => [JSON.stringify(config), i] as const))(
    "[JS-PUSH-07] of %s, before and after the first message",
    async (_title, i) => {
      const { name, more } = await aStream(6);
      // 6 messages over 3 subjects: what each policy begins with.
      const begins = [numbers(6), ["4", "5", "6"], [], ["6"], ["4", "5", "6"]][i]!;
      const reader = await server.js.consumers.ordered(name, since()[i]);
      const expected = [...begins, ...numbers(6, 7)];
      const messages = reader.consume({ stopAfter: expected.length });
      await eventually(() => reader.info());
      await eventually(() => expect(messages.pending.messages).toBe(begins.length));
      const drop = async (): Promise<void> => {
        const before = (await reader.info()).name;
        const reset = new Promise((resolve) => messages.on("reset", resolve));
        await server.js.consumers.delete(name, before);
        await reset;
      };
      await drop();
      await more(3);
      await drop();
      await more(3);
      expect(await textsOf(messages)).toEqual(expected);
    },
  );

  it("[JS-PUSH-07] of a start time", async () => {
    const { name, more } = await aStream(3);
    const third = await server.js.streams.get(name).then((stream) => stream.get({ seq: 3 }));
    const reader = await server.js.consumers.ordered(name, { deliverPolicy: { startTime: third!.time } });
    const messages = reader.consume({ stopAfter: 2 });
    await eventually(() => expect(messages.pending.messages).toBeGreaterThan(0));
    await server.js.consumers.delete(name, (await reader.info()).name);
    await more(1);
    const texts = await textsOf(messages);
    expect(texts.at(-1)).not.toBe("1");
    expect(texts).toEqual([...new Set(texts)]);
  });

  it("[JS-PUSH-07] of last-per-subject in the midst of the first values", async () => {
    const { name } = await aStream(6);
    await server.js.publish(`${name}.0`, "7");
    const reader = await server.js.consumers.ordered(name, { deliverPolicy: "last-per-subject" });
    const texts: string[] = [];
    for await (const m of reader.consume()) {
      texts.push(m.string());
      break;
    }
    texts.push(...(await textsOf(reader.fetch({ maxMessages: 10, noWait: true }))));
    expect(texts).toEqual(["4", "5", "7"]);
  });

  it("[JS-PUSH-07] with filters and headers alone", async () => {
    const { name } = await aStream(9);
    const reader = await server.js.consumers.ordered(name, {
      filterSubjects: [`${name}.1`, `${name}.2`],
      headersOnly: true,
    });
    const seqs: number[] = [];
    for await (const m of reader.consume({ stopAfter: 6 })) {
      seqs.push(m.seq);
      expect(m.data).toHaveLength(0);
      expect(m.size).toBe(1);
      if (m.seq === 4) await server.js.consumers.delete(name, (await reader.info()).name);
    }
    expect(seqs).toEqual([1, 2, 4, 5, 7, 8]);
  });
});

describe("an outage", () => {
  needs("NATS bytes at a proxy")("[JS-PUSH-08] is no reason to wait for a heartbeat", async () => {
    const { name, more } = await aStream(3);
    await using proxy = await Proxy.start(server.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const reader = await jetstream(nc).consumers.ordered(name);
    const limits = { stopAfter: 4, expires: 200_000, idleHeartbeat: 100_000 };
    const seen: number[] = [];
    for await (const { seq } of reader.consume(limits)) {
      if (seen.push(seq) !== 3) continue;
      proxy.stall("down");
      await more(1);
      const [consumer = ""] = await consumersOf(server.js, name);
      await eventually(async () => {
        const { delivered } = await server.js.consumers.bind(name, consumer).info();
        expect(delivered.streamSeq).toBe(4);
      });
      proxy.cut();
      proxy.resume();
    }
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  needs("NATS bytes at a proxy")("[JS-PUSH-05] leaves no gap and no repeat", async () => {
    const { name, more } = await aStream(100);
    await using proxy = await Proxy.start(server.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    const reader = await jetstream(nc).consumers.ordered(name);
    const messages = reader.consume({ stopAfter: 300, capacity: 20 });
    const reading = textsOf(messages);
    for (let outage = 1; outage <= 5; outage++) {
      await more(40);
      proxy.cut();
      await log.wait("reconnected", outage);
    }
    expect(await reading).toEqual(numbers(300));
    await eventually(async () => expect((await consumersOf(server.js, name)).length).toBeLessThanOrEqual(1));
  });
});
