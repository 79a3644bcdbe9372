import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

// The operator may switch on the longer form of ack subjects, which will be the usual one.
const server = useJetStream({
  config: `
    jetstream { domain: hub }
    feature_flags { js_ack_fc_v2: true }
  `,
});

describe("a server that tells its domain", () => {
  it("[JS-MSG-07] has it in what messages are acked by, and the account's hash", async () => {
    const stream = unique("S");
    await server.js.streams.create({ name: stream, subjects: [`${stream}.>`], storage: "memory" });
    await server.js.publish(`${stream}.x`, "1");
    const consumer = await server.js.consumers.create(stream, { durable: "worker" });
    const message = (await consumer.next())!;
    expect(message).toMatchObject({ stream, consumer: "worker", seq: 1, domain: "hub", pending: 0 });
    expect(message.accountHash).toMatch(/^\w+$/);
    await message.ackConfirmed();
    expect((await consumer.info()).ackFloor.streamSeq).toBe(1);
  });

  it("[JS-MSG-07, JS-PUSH-03] has it in requests for flow control, which are answered", async () => {
    const stream = unique("S");
    await server.js.streams.create({ name: stream, subjects: [`${stream}.>`], storage: "memory" });
    const payload = new Uint8Array(100_000);
    for (let i = 0; i < 60; i++) await server.js.publish(`${stream}.x`, payload);
    const consumer = await server.js.consumers.create(stream, { push: {} });
    let bytes = 0;
    for await (const message of consumer.consume({ stopAfter: 60 })) {
      bytes += message.size;
      message.ack();
    }
    expect(bytes).toBe(6_000_000);
  });

  it("[JS-MSG-07, JS-CON-08] has it in requests whose answers are acks", async () => {
    const stream = unique("S");
    await server.js.streams.create({ name: stream, subjects: [`${stream}.>`], storage: "memory" });
    for (let i = 0; i < 30; i++) await server.js.publish(`${stream}.x`, "1");
    const consumer = await server.js.consumers.create(stream, {
      durable: "flow",
      ackPolicy: "flow-control",
      maxAckPending: 10,
      push: {},
    });
    const messages = await consumer.consume({ stopAfter: 30 }).toArray();
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    await eventually(async () => {
      expect((await consumer.info()).ackFloor.streamSeq).toBeGreaterThanOrEqual(20);
    });
  });
});
