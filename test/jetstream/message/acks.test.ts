import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { type JetStreamMessage, jetstream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const server = useJetStream();

async function aConsumer(config: object = {}, messages: readonly string[] = ["a"]) {
  const stream = unique("S");
  await server.js.streams.create({ name: stream, subjects: [`${stream}.>`], storage: "memory" });
  for (const data of messages) await server.js.publish(`${stream}.x`, data, { headers: { "X-Data": data } });
  const consumer = await server.js.consumers.create(stream, { durable: "worker", ...config });
  return { stream, consumer };
}

async function received(message: Promise<JetStreamMessage | undefined>): Promise<JetStreamMessage> {
  const given = await message;
  if (given === undefined) throw new Error("no message came");
  return given;
}

describe("a message of a consumer", () => {
  it("[JS-MSG-06, JS-31] tells where it comes from, and has all that a core message has", async () => {
    const { stream, consumer } = await aConsumer({}, ['{"n":1}', "b"]);
    const message = await received(consumer.next());
    expect(message).toMatchObject({
      stream,
      consumer: "worker",
      subject: `${stream}.x`,
      seq: 1,
      deliverySeq: 1,
      deliveries: 1,
      redelivered: false,
      pending: 1,
      size: 7,
      settled: undefined,
    });
    expect(message.json()).toEqual({ n: 1 });
    expect(message.value).toEqual({ n: 1 });
    expect(message.string()).toBe('{"n":1}');
    expect(message.headers!.get("X-Data")).toBe('{"n":1}');
    const stored = await server.js.streams.bind(stream).get({ seq: 1 });
    expect(message.timeNanos).toBe(stored!.timeNanos);
    expect(message.time).toEqual(stored!.time);
  });

  it("[JS-MSG-01] does not come again once it is acked", async () => {
    const { consumer } = await aConsumer({ ackWait: 200 });
    (await received(consumer.next())).ack();
    await eventually(async () => {
      expect(await consumer.info()).toMatchObject({ numAckPending: 0, ackFloor: { streamSeq: 1 } });
    });
  });

  it("[JS-MSG-02] comes again after a nak, and after its delay", async () => {
    const { consumer } = await aConsumer({ ackWait: 60_000 });
    (await received(consumer.next())).nak();
    const again = await received(consumer.next());
    expect(again).toMatchObject({ seq: 1, deliveries: 2, redelivered: true });
    again.nak(1500);
    expect(await consumer.next({ noWait: true })).toBeUndefined();
    expect((await received(consumer.next())).deliveries).toBe(3);
  });

  it("[JS-MSG-03, JS-MSG-10] does not come again while it is worked on", async () => {
    const { consumer } = await aConsumer({ ackWait: 2000, maxDeliver: 2 });
    const message = await received(consumer.next());
    for (let i = 0; i < 10; i++) {
      expect(await consumer.next({ expires: 250, noWait: true })).toBeUndefined();
      message.working();
    }
    await message.ackConfirmed();
    expect(await consumer.info()).toMatchObject({ numRedelivered: 0, numAckPending: 0 });
  });

  it("[JS-MSG-04] does not come again once it is termed; the reason is told by the server", async () => {
    const { stream, consumer } = await aConsumer();
    const told = server.nc.subscribe(`$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.${stream}.worker`, {
      max: 1,
    });
    (await received(consumer.next())).term("no such customer");
    expect((await told.next()).json<{ reason: string }>().reason).toBe("no such customer");
    expect(await consumer.next({ noWait: true })).toBeUndefined();
  });

  it("[JS-MSG-05] is acked by the pull for the next one", async () => {
    const { consumer } = await aConsumer({}, ["a", "b"]);
    const first = await received(consumer.next());
    const second = await received(consumer.next({ ack: first }));
    expect(first.settled).toBe("ack");
    expect(second.seq).toBe(2);
    expect(await consumer.info()).toMatchObject({ numAckPending: 1, ackFloor: { streamSeq: 1 } });
    expect(await failure(consumer.next({ ack: first }))).toMatchObject({ code: "ALREADY_SETTLED" });
  });

  it("[JS-MSG-09, JS-34] is settled once", async () => {
    const { consumer } = await aConsumer();
    const message = await received(consumer.next());
    message.ack();
    for (const again of [
      () => message.ack(),
      () => message.nak(),
      () => message.term(),
      () => message.working(),
    ]) {
      expect(thrown(again)).toMatchObject({ code: "ALREADY_SETTLED", consumer: "worker" });
    }
    expect(await failure(message.ackConfirmed())).toMatchObject({ code: "ALREADY_SETTLED" });
  });

  it("[JS-MSG-09] is not to be acked where the consumer takes no acks", async () => {
    const { consumer } = await aConsumer({ ackPolicy: "none" });
    const message = await received(consumer.next());
    expect(thrown(() => message.ack())).toMatchObject({ code: "NOT_ACKABLE", consumer: "worker" });
    expect(await failure(message.ackConfirmed())).toMatchObject({ code: "NOT_ACKABLE" });
    expect(message.settled).toBeUndefined();
  });

  it("acks of one turn leave in one piece", async () => {
    const { consumer } = await aConsumer(
      {},
      Array.from({ length: 50 }, (_, i) => `${i}`),
    );
    const messages: JetStreamMessage[] = [];
    for await (const message of consumer.fetch({ maxMessages: 50 })) messages.push(message);
    await server.nc.flush();
    for (const message of messages) message.ack();
    expect(server.nc.pendingBytes).toBeGreaterThan(50 * "PUB +ACK".length);
    await server.nc.flush();
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
  });

  it("[JS-CON-14] without its payload tells how large that is", async () => {
    const { consumer } = await aConsumer({ headersOnly: true }, ["twelve bytes"]);
    const message = await received(consumer.next());
    expect(message.size).toBe(12);
    expect(message.data).toEqual(new Uint8Array());
    expect(message.headers!.get("X-Data")).toBe("twelve bytes");
  });

  it("can't be settled once the connection is closed", async () => {
    const { stream } = await aConsumer();
    const nc = await connect({ servers: server.url });
    const message = await received(jetstream(nc).consumers.bind(stream, "worker").next());
    await nc.close();
    for (const settle of [
      () => message.ack(),
      () => message.nak(),
      () => message.term(),
      () => message.working(),
    ]) {
      expect(thrown(settle)).toMatchObject({ code: "CONNECTION_CLOSED" });
    }
    expect(await failure(message.ackConfirmed())).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(message.settled).toBeUndefined();
  });
});

describe("a confirmed ack", () => {
  it("[JS-MSG-11, JS-35] resolves when the server has taken it", async () => {
    const { consumer } = await aConsumer();
    const message = await received(consumer.next());
    const confirmed = message.ackConfirmed();
    expect(message.settled).toBe("ack");
    await confirmed;
    expect(await consumer.info()).toMatchObject({ numAckPending: 0, ackFloor: { streamSeq: 1 } });
  });

  it("[JS-MSG-11] is taken also of a message that was acked by another handle", async () => {
    const { consumer } = await aConsumer({ ackWait: 200 });
    const first = await received(consumer.next());
    const second = await received(consumer.next());
    expect(second.deliveries).toBe(2);
    await first.ackConfirmed();
    await second.ackConfirmed();
  });

  it("[JS-MSG-11] rejects if the consumer is gone, and the message is as it was", async () => {
    const { stream, consumer } = await aConsumer();
    const message = await received(consumer.next());
    await server.js.consumers.delete(stream, "worker");
    const error = await failure(message.ackConfirmed());
    expect(error).toMatchObject({ code: "CONSUMER_NOT_FOUND", stream, consumer: "worker" });
    expect(error.stack).toContain("acks.test.ts");
    expect(message.settled).toBeUndefined();
  });

  it("[JS-MSG-11] times out where nobody answers: its sequence is ahead of the consumer", async () => {
    const { consumer } = await aConsumer({}, ["a", "b", "c"]);
    let last!: JetStreamMessage;
    for await (const message of consumer.fetch({ maxMessages: 3 })) last = message;
    await consumer.reset({ seq: 1 });
    const error = await failure(last.ackConfirmed({ timeout: 300 }));
    expect(error).toMatchObject({ code: "TIMEOUT" });
    // JS-CTX-03: without a timeout of its own it has the context's.
    const hasty = jetstream(server.nc, { timeout: 100 }).message(last.received);
    expect(await failure(hasty.ackConfirmed())).toMatchObject({ code: "TIMEOUT" });
    expect(last.settled).toBeUndefined();
    const aborted = failure(last.ackConfirmed({ signal: AbortSignal.abort() }));
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    expect(await failure(last.ackConfirmed({ timeout: "1" as never }))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });
});

describe("a core message", () => {
  it("[JS-MSG-06, JS-PULL-18] has acks if a consumer has delivered it", async () => {
    const { consumer } = await aConsumer();
    const inbox = server.nc.newInbox();
    const answers = server.nc.subscribe(inbox, { max: 1 });
    consumer.pull(inbox, { maxMessages: 1, expires: 5000 });
    const message = server.js.message(await answers.next());
    expect(message).toMatchObject({ seq: 1, consumer: "worker", stream: consumer.stream });
    await message.ackConfirmed();
    expect((await consumer.info()).ackFloor.streamSeq).toBe(1);
  });

  it("[JS-30] is refused if it is another one", async () => {
    const messages = server.nc.subscribe(unique("plain"), { max: 1 });
    server.nc.publish(messages.subject, "hello", { reply: "_INBOX.a.b" });
    const message = await messages.next();
    expect(thrown(() => server.js.message(message))).toMatchObject({ code: "NOT_A_JETSTREAM_MESSAGE" });
  });
});
