import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { numbers, publishNumbers, readAll, setUp } from "./support.ts";

const server = useJetStream();

describe("fetch", () => {
  it("[JS-PULL-02] ends when it has enough", async () => {
    const { consumer } = await setUp(server.js, 20);
    const messages = consumer.fetch({ maxMessages: 12 });
    expect(await readAll(messages)).toEqual(numbers(12));
    expect(await messages.closed).toEqual({ reason: "enough", returned: 0, abandoned: 0 });
    expect((await consumer.info()).delivered.consumerSeq).toBe(12);
  });

  it("[JS-PULL-02] [JS-PULL-12] [JS-STATUS-14] ends when its time is over, with what came", async () => {
    const { consumer } = await setUp(server.js, 3);
    expect(await readAll(consumer.fetch({ maxMessages: 10, expires: 300 }))).toEqual(numbers(3));
    expect(await readAll(consumer.fetch({ maxMessages: 10, expires: 100 }))).toEqual([]);
  });

  it("[JS-PULL-02] gives an array of its messages", async () => {
    const { consumer } = await setUp(server.js, 3);
    const messages = await consumer.fetch({ maxMessages: 3 }).toArray();
    expect(messages.map((m) => m.string())).toEqual(numbers(3));
    for (const m of messages) await m.ackConfirmed();
  });

  it("[JS-PULL-02] waits for messages", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    const reading = readAll(consumer.fetch({ maxMessages: 3, expires: 20_000 }));
    await publishNumbers(server.js, subject, 3);
    expect((await reading).sort()).toEqual(numbers(3));
  });

  it("[JS-PULL-04] [JS-STATUS-11] [JS-STATUS-12] takes only what is there", async () => {
    const { consumer } = await setUp(server.js, 5);
    expect(await readAll(consumer.fetch({ maxMessages: 10, noWait: true }))).toEqual(numbers(5));
    expect(await readAll(consumer.fetch({ maxMessages: 10, noWait: true }))).toEqual([]);
  });

  it("[JS-PULL-04] waits for the first one with noWait and expires", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    const reading = readAll(consumer.fetch({ maxMessages: 10, noWait: true, expires: 20_000 }));
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    await server.js.publish(subject, "first");
    expect(await reading).toEqual(["first"]);
  });

  it("[JS-PULL-03] [JS-PULL-22] [JS-STATUS-18] keeps to a budget of bytes, and ends when it is used up", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    await Promise.all(Array.from({ length: 10 }, () => server.js.publish(subject, "x".repeat(1000))));
    const sizes = [0];
    const messages = consumer.fetch({ maxBytes: 3500, expires: 20_000 });
    for await (const m of messages) {
      sizes.push(m.wireSize);
      m.ack();
    }
    expect(sizes).toHaveLength(4);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(3500);
    expect((await messages.closed).reason).toBe("enough");
  });

  it("[JS-PULL-21] [JS-STATUS-17] takes both limits, whichever comes first", async () => {
    const { consumer } = await setUp(server.js, 10);
    const messages = consumer.fetch({ maxMessages: 4, maxBytes: 100_000, expires: 20_000 });
    expect(await readAll(messages)).toEqual(numbers(4));
  });

  it("[JS-PULL-22] [JS-STATUS-32] ends by counting if the budget is hit exactly", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    for (let i = 0; i < 4; i++) await server.js.publish(subject, "x".repeat(1000));
    const size = await (async () => {
      for await (const m of consumer.fetch({ maxMessages: 1 })) {
        m.ack();
        return m.wireSize;
      }
      return 0;
    })();
    const messages = consumer.fetch({ maxBytes: 2 * size, expires: 20_000, idleHeartbeat: 500 });
    expect(await readAll(messages)).toHaveLength(2);
  });

  it("[JS-STATUS-18] fails with MESSAGE_TOO_LARGE if one alone is above the budget", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    await server.js.publish(subject, "x".repeat(1000));
    const error = await failure(readAll(consumer.fetch({ maxBytes: 500, expires: 10_000 })));
    expect(error).toMatchObject({ code: "MESSAGE_TOO_LARGE", consumer: "c" });
    const array = consumer.fetch({ maxBytes: 500, expires: 10_000 }).toArray();
    expect((await failure(array)).code).toBe("MESSAGE_TOO_LARGE");
  });

  it("[JS-CON-15] is refused if it asks for more than the consumer allows", async () => {
    const { consumer } = await setUp(server.js, 0, { maxBatch: 5 });
    const error = await failure(readAll(consumer.fetch({ maxMessages: 6 })));
    expect(error).toMatchObject({ code: "PULL_REFUSED", argument: "maxMessages" });
  });

  it("[JS-CON-15] takes what the consumer allows where nothing was given", async () => {
    const { consumer } = await setUp(server.js, 30, { maxBatch: 7 });
    expect(await readAll(consumer.fetch({ noWait: true, expires: 1000 }))).toEqual(numbers(30));
  });

  it("leaves no pull behind that takes messages, and gives back what it holds", async () => {
    const { consumer, subject } = await setUp(server.js, 3);
    const messages = consumer.fetch({ maxMessages: 10, expires: 30_000 });
    for await (const m of messages) {
      m.ack();
      break;
    }
    expect((await messages.closed).returned).toBe(2);
    await publishNumbers(server.js, subject, 2, 4);
    // All of it comes to the next fetch, long before the ack wait is over.
    const again = await readAll(consumer.fetch({ maxMessages: 4, expires: 10_000 }));
    expect(again.sort()).toEqual(numbers(4, 2));
  });

  it("ends by a signal, and gives back what it holds", async () => {
    const { consumer } = await setUp(server.js, 2);
    const abort = new AbortController();
    const messages = consumer.fetch({ maxMessages: 10, expires: 30_000, signal: abort.signal });
    await eventually(() => expect(messages.pending.messages).toBe(2));
    abort.abort();
    expect(await readAll(messages)).toEqual([]);
    expect(await messages.closed).toEqual({ reason: "stopped", returned: 2, abandoned: 0 });
  });

  it("follows another by the same subscription, and closes it in the end", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    const monitor = async (): Promise<number> => (await consumer.info()).numWaiting;
    for (let i = 0; i < 20; i++) {
      await publishNumbers(server.js, subject, 5);
      expect(await readAll(consumer.fetch({ maxMessages: 5, expires: 10_000 }))).toHaveLength(5);
    }
    expect(await monitor()).toBe(0);
  });

  it("runs beside others of the same handle without mixing up", async () => {
    const { consumer } = await setUp(server.js, 100);
    const texts = await Promise.all(
      Array.from({ length: 10 }, () => readAll(consumer.fetch({ maxMessages: 10, expires: 10_000 }))),
    );
    for (const text of texts) expect(text).toHaveLength(10);
    expect(new Set(texts.flat()).size).toBe(100);
  });

  it("[JS-PULL-10] [JS-STATUS-20] fails if the consumer is deleted meanwhile", async () => {
    const { consumer, stream } = await setUp(server.js, 0);
    const reading = failure(readAll(consumer.fetch({ expires: 30_000 })));
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    await server.js.consumers.delete(stream, "c");
    expect(await reading).toMatchObject({ code: "CONSUMER_NOT_FOUND", stream, consumer: "c" });
  });

  it("[JS-STATUS-30] fails for a consumer, or a stream, that there is not", async () => {
    const { stream } = await setUp(server.js, 0);
    const noConsumer = server.js.consumers.bind(stream, "nobody").fetch({ expires: 20_000 });
    expect(await failure(readAll(noConsumer))).toMatchObject({ code: "CONSUMER_NOT_FOUND" });
    const noStream = server.js.consumers.bind("NOTHING", "nobody").fetch({ expires: 20_000 });
    expect(await failure(readAll(noStream))).toMatchObject({ code: "STREAM_NOT_FOUND" });
  });

  it.each([
    [{ maxMessages: 0 }, "maxMessages"],
    [{ maxBytes: 0 }, "maxBytes"],
    [{ expires: 0 }, "expires"],
    [{ expires: 1000, idleHeartbeat: 600 }, "idleHeartbeat"],
    [{ noWait: "yes" }, "noWait"],
    [{ max_messages: 1 }, "max_messages"],
    [{ capacity: 5 }, "capacity"],
  ])("refuses %j at once", (options, argument) => {
    const consumer = server.js.consumers.bind("S", "c");
    expect(thrown(() => consumer.fetch(options as never))).toMatchObject({
      code: "INVALID_OPTION",
      argument,
    });
  });

  it("tells what nats.js and others call otherwise", () => {
    const consumer = server.js.consumers.bind("S", "c");
    const told = (options: object): string => thrown(() => consumer.fetch(options)).message;
    expect(told({ timeout: 5 })).toContain('here it is "expires"');
    expect(told({ batch: 5 })).toContain('here it is "maxMessages" of a fetch');
  });
});

describe("next", () => {
  it("[JS-PULL-01] gives one message after another", async () => {
    const { consumer } = await setUp(server.js, 5);
    const texts: string[] = [];
    for (let i = 0; i < 5; i++) {
      const message = await consumer.next({ expires: 10_000 });
      texts.push(message!.string());
      message!.ack();
    }
    expect(texts).toEqual(numbers(5));
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
  });

  it("[JS-PULL-01] gives undefined if none came in time, or none is there", async () => {
    const { consumer } = await setUp(server.js, 0);
    expect(await consumer.next({ expires: 50 })).toBeUndefined();
    expect(await consumer.next({ noWait: true })).toBeUndefined();
  });

  it("[JS-PULL-01] serves many at a time, each with another message", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    const waiting = Array.from({ length: 20 }, () => consumer.next({ expires: 20_000 }));
    await publishNumbers(server.js, subject, 20);
    const texts = (await Promise.all(waiting)).map((message) => message?.string());
    expect(new Set(texts)).toEqual(new Set(numbers(20)));
  });

  it("rejects with ABORTED, and what comes then is not lost", async () => {
    const { consumer, subject } = await setUp(server.js, 0);
    const abort = new AbortController();
    const waiting = failure(consumer.next({ expires: 30_000, signal: abort.signal }));
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    abort.abort(new Error("enough"));
    const error = await waiting;
    expect(error.code).toBe("ABORTED");
    expect(error.cause).toMatchObject({ message: "enough" });
    await server.js.publish(subject, "kept");
    expect((await consumer.next({ expires: 10_000 }))?.string()).toBe("kept");
    expect(await failure(consumer.next({ signal: AbortSignal.abort() }))).toMatchObject({ code: "ABORTED" });
  });

  it("[JS-MSG-05] acks a message as it asks for the next", async () => {
    const { consumer } = await setUp(server.js, 3);
    const first = await consumer.next({ expires: 10_000 });
    const second = await consumer.next({ ack: first!, expires: 10_000 });
    expect(first!.settled).toBe("ack");
    expect(second!.string()).toBe("2");
    await eventually(async () => expect((await consumer.info()).ackFloor.streamSeq).toBe(1));
    expect(await failure(consumer.next({ ack: first! }))).toMatchObject({ code: "ALREADY_SETTLED" });
    const third = await consumer.next({ ack: second!, expires: 10_000 });
    expect(await consumer.next({ ack: third!, expires: 100 })).toBeUndefined();
    await eventually(async () => expect((await consumer.info()).ackFloor.streamSeq).toBe(3));
  });

  it("[JS-MSG-05] acks no message of another consumer", async () => {
    const { consumer, stream } = await setUp(server.js, 1);
    const other = await server.js.consumers.create(stream, { durable: "other" });
    const message = await other.next({ expires: 10_000 });
    expect(await failure(consumer.next({ ack: message! }))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "ack",
    });
  });

  it("rejects for a consumer that there is not, and shows its caller", async () => {
    const { stream } = await setUp(server.js, 0);
    const nobody = server.js.consumers.bind(stream, "nobody");
    const error = await failure(nobody.next({ expires: 20_000 }));
    expect(error).toMatchObject({ code: "CONSUMER_NOT_FOUND", stream, consumer: "nobody" });
    expect(error.stack).toContain("fetch.test.ts");
  });

  it("rejects, and never throws, for wrong options", async () => {
    const consumer = server.js.consumers.bind("S", "c");
    const call = consumer.next({ expires: -1 });
    expect(await failure(call)).toMatchObject({ code: "INVALID_OPTION", argument: "expires" });
    expect(await failure(consumer.next({ batch: 5 } as never))).toMatchObject({ code: "INVALID_OPTION" });
  });
});

describe("a bare pull", () => {
  it("[JS-PULL-18] [JS-PULL-24] is answered where it says", async () => {
    const { consumer } = await setUp(server.js, 3);
    const inbox = server.nc.newInbox();
    const sub = server.nc.subscribe(inbox);
    consumer.pull(inbox, { maxMessages: 2, expires: 10_000 });
    for (const text of numbers(2)) {
      const message = server.js.message(await sub.next({ timeout: 10_000 }));
      expect(message.string()).toBe(text);
      message.ack();
    }
    consumer.pull(inbox);
    expect((await sub.next({ timeout: 10_000 })).string()).toBe("3");
    consumer.pull(inbox, { noWait: true });
    expect((await sub.next({ timeout: 10_000 })).headers?.status).toBe(404);
    sub.unsubscribe();
  });
});
