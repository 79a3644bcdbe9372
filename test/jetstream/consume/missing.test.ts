import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { type ConsumerMessages, jetstream, type JetStreamMessage } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { withServer } from "../../support/nats-server.ts";
import { numbers, publishNumbers, readAll, setUp } from "./support.ts";

const server = useJetStream();

/** The next message of a loop, acked. */
async function nextOf(loop: AsyncIterator<JetStreamMessage>): Promise<string> {
  const result = await loop.next();
  result.value?.ack();
  return result.value?.string() ?? "the end";
}

function heard(messages: ConsumerMessages, type: "missing" | "reset"): Promise<unknown> {
  return new Promise((resolve) => messages.on(type, resolve));
}

describe("a consumer that is gone", () => {
  it("[JS-PULL-10] [JS-PULL-11] [JS-STATUS-20] ends a consume, after what had come", async () => {
    const { consumer, stream } = await setUp(server.js, 3);
    const messages = consumer.consume();
    const loop = messages[Symbol.asyncIterator]();
    expect(await nextOf(loop)).toBe("1");
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    await server.js.consumers.delete(stream, "c");
    await eventually(() => expect(messages.state).toBe("draining"));
    expect([await nextOf(loop), await nextOf(loop)]).toEqual(["2", "3"]);
    const message = `the consumer "c" of the stream "${stream}" is gone`;
    expect(await failure(loop.next())).toMatchObject({
      code: "CONSUMER_NOT_FOUND",
      message,
      stream,
      consumer: "c",
    });
    expect(await messages.closed).toMatchObject({ reason: "failed", error: { code: "CONSUMER_NOT_FOUND" } });
  });

  it("[JS-PULL-11] [JS-STATUS-30] ends a consume that begins without it", async () => {
    const { stream } = await setUp(server.js, 0);
    const noConsumer = server.js.consumers.bind(stream, "nobody").consume();
    expect(await failure(readAll(noConsumer))).toMatchObject({ code: "CONSUMER_NOT_FOUND" });
    const noStream = server.js.consumers.bind("NOTHING", "nobody").consume();
    expect(await failure(readAll(noStream))).toMatchObject({ code: "STREAM_NOT_FOUND" });
  });

  it("is told by an error event if nobody reads or asks", async () => {
    const { stream } = await setUp(server.js, 0);
    const told = server.nc.once("error");
    server.js.consumers.bind(stream, "nobody").consume({ callback: () => undefined });
    expect((await told).error).toMatchObject({ code: "CONSUMER_NOT_FOUND" });
  });

  it("[JS-PULL-11] is waited for by option", async () => {
    const { consumer, stream } = await setUp(server.js, 1);
    const messages = consumer.consume({ onMissing: "wait" });
    const loop = messages[Symbol.asyncIterator]();
    expect(await nextOf(loop)).toBe("1");
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    const missing = heard(messages, "missing");
    await server.js.consumers.delete(stream, "c");
    expect(await missing).toMatchObject({ error: { code: "CONSUMER_NOT_FOUND" } });
    await server.js.consumers.create(stream, { durable: "c" });
    expect(await nextOf(loop)).toBe("1");
    await messages.stop();
  });

  it("[JS-PULL-11] is made anew by option, and goes on where it was", async () => {
    const { consumer, stream, subject } = await setUp(server.js, 3, {
      ackWait: 20_000,
      metadata: { a: "b" },
    });
    const messages = consumer.consume({ onMissing: "recreate", capacity: 1 });
    const loop = messages[Symbol.asyncIterator]();
    expect([await nextOf(loop), await nextOf(loop), await nextOf(loop)]).toEqual(numbers(3));
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
    const reset = heard(messages, "reset");
    const waiting = loop.next();
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    await server.js.consumers.delete(stream, "c");
    expect(await reset).toMatchObject({ reason: "missing", consumer: "c", fromSeq: 4 });
    await publishNumbers(server.js, subject, 1, 4);
    expect((await waiting).value!.string()).toBe("4");
    const { config } = await consumer.info();
    expect(config).toMatchObject({ ackWait: 20_000, metadata: { a: "b" } });
    await messages.stop();
  });

  it("[JS-PULL-11] is made anew with what was not acked", async () => {
    const { consumer, stream } = await setUp(server.js, 4);
    const messages = consumer.consume({ onMissing: "recreate" });
    const loop = messages[Symbol.asyncIterator]();
    const [first, second] = [(await loop.next()).value!, (await loop.next()).value!];
    first.ack();
    await eventually(async () => expect((await consumer.info()).ackFloor.streamSeq).toBe(1));
    const reset = heard(messages, "reset");
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    await server.js.consumers.delete(stream, "c");
    expect(await reset).toMatchObject({ fromSeq: 2 });
    const seen = [second.string()];
    while (seen.filter((text) => text === "4").length < 2) seen.push(await nextOf(loop));
    // Those that lay here, and once more what the new consumer knows nothing of.
    expect(seen).toEqual(["2", "3", "4", "2", "3", "4"]);
    await messages.stop();
  });

  it("[JS-PULL-11] waits for its stream, and begins at the beginning of another one", async () => {
    const { consumer, stream, subject } = await setUp(server.js, 2);
    const messages = consumer.consume({ onMissing: "recreate" });
    const loop = messages[Symbol.asyncIterator]();
    expect([await nextOf(loop), await nextOf(loop)]).toEqual(numbers(2));
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    const missing = heard(messages, "missing");
    await server.js.streams.delete(stream);
    await missing;
    await server.js.streams.create({ name: stream, subjects: [`${stream}.>`], storage: "memory" });
    await server.js.publish(subject, "new");
    expect(await nextOf(loop)).toBe("new");
    await messages.stop();
  });
});

describe("a consumer of another kind", () => {
  it("[JS-STATUS-21] can't be asked", async () => {
    const { stream } = await setUp(server.js, 1);
    await server.js.consumers.create(stream, { durable: "pushes", push: { deliverSubject: "somewhere" } });
    const bound = server.js.consumers.bind(stream, "pushes");
    expect(await failure(readAll(bound.fetch({ expires: 10_000 })))).toMatchObject({
      code: "WRONG_CONSUMER_KIND",
    });
    expect(await failure(readAll(bound.consume()))).toMatchObject({ code: "WRONG_CONSUMER_KIND" });
    expect(await failure(bound.next({ expires: 10_000 }))).toMatchObject({ code: "WRONG_CONSUMER_KIND" });
  });
});

describe("too many pulls", () => {
  it("[JS-PULL-14] [JS-STATUS-25] [JS-STATUS-34] are backed off from, and served in the end", async () => {
    const { consumer, subject } = await setUp(server.js, 0, { maxWaiting: 1 });
    const first = consumer.consume({ expires: 1000, stopAfter: 1 });
    await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
    const second = consumer.consume({ expires: 1000, stopAfter: 1 });
    const reading = Promise.all([readAll(first), readAll(second)]);
    await server.js.publish(subject, "1");
    await server.js.publish(subject, "2");
    expect((await reading).flat().sort()).toEqual(["1", "2"]);
  });
});

describe("what the server forbids", () => {
  it("ends a consume whose pulls, or whose inbox, it refuses", async () => {
    const api = `"$JS.API.INFO", "$JS.API.CONSUMER.INFO.>"`;
    const config = `authorization { users = [
      { user: "all", password: "x" },
      { user: "asks", password: "x", permissions: { publish: { allow: [${api}] }, subscribe: "_INBOX.>" } }
      { user: "hears", password: "x", permissions: { subscribe: "mine.>" } }
    ] }`;
    await withServer({ jetstream: true, config }, async ({ url }) => {
      const as = (user: string) => connect({ servers: url, user, password: "x", warnings: false });
      await using all = await as("all");
      const { stream } = await setUp(jetstream(all), 1);
      for (const [user, code] of [
        ["asks", "PUBLISH_DENIED"],
        ["hears", "SUBSCRIBE_DENIED"],
      ] as const) {
        await using nc = await as(user);
        const consumer = jetstream(nc).consumers.bind(stream, "c");
        expect(await failure(consumer.next({ expires: 10_000 }))).toMatchObject({ code });
        expect(await failure(readAll(consumer.consume()))).toMatchObject({ code });
      }
    });
  });
});
