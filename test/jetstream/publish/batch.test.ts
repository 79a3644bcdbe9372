import { describe, expect, test } from "vitest";
import { connect } from "../../../src/index.ts";
import { jetstream } from "../../../src/jetstream/index.ts";
import { failure, thrown } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { standIn } from "../../support/stand-in-stream.ts";
import { makeStream } from "../../support/stream-for-publishing.ts";

const access = useJetStream();

const ATOMIC = { allowAtomic: true } as const;

describe("an atomic batch", () => {
  test("[JS-BATCH-01] [JS-BATCH-02] [JS-BATCH-03] is stored as a whole, in order", async () => {
    const stream = await makeStream(access.js, ATOMIC);
    const batch = access.js.batch();
    for (let i = 1; i <= 250; i++)
      batch.publish(stream.subject("a"), String(i), { headers: { "X-Number": String(i) } });
    expect(batch.size).toBe(250);
    expect(await stream.messages()).toBe(0);
    const ack = await batch.commit();
    expect(ack).toMatchObject({ stream: stream.name, seq: 250, duplicate: false, count: 250 });
    expect(ack.batch.length).toBeLessThanOrEqual(64);
    expect(await stream.text(123)).toBe("123");
    expect(await stream.headers(123)).toContain("X-Number: 123\r\n");
  });

  test.each([1, 2, 3])("[JS-BATCH-01] [JS-BATCH-03] of %i", async (count) => {
    const stream = await makeStream(access.js, ATOMIC);
    const batch = access.js.batch();
    for (let i = 0; i < count; i++) batch.publish(stream.subject(String(i)), "x");
    expect(await batch.commit()).toMatchObject({ seq: count, count });
    expect(await stream.messages()).toBe(count);
  });

  test("[JS-BATCH-05] stores nothing if what must be true is not, and may be tried again", async () => {
    const stream = await makeStream(access.js, ATOMIC);
    const batch = access.js.batch();
    batch.publish(stream.subject("a"), "1", { expect: { lastSequence: 1 } });
    batch.publish(stream.subject("b"), "2");
    batch.publish(stream.subject("c"), "3", { expect: { lastSubjectSequence: 0 } });
    const error = await failure(batch.commit());
    expect(error).toMatchObject({ code: "WRONG_LAST_SEQUENCE", lastSequence: 0, stream: stream.name });
    expect(error).not.toHaveProperty("sent");
    expect(error.stack).toContain("batch.test.ts");
    expect(await stream.messages()).toBe(0);
    await access.js.publish(stream.subject("x"), "0");
    expect(await batch.commit()).toMatchObject({ seq: 4, count: 3 });
  });

  test("[JS-BATCH-06] [JS-PUBERR-42] tells what the stream has already, and stores nothing", async () => {
    const stream = await makeStream(access.js, ATOMIC);
    const make = () => {
      const batch = access.js.batch();
      for (const id of ["1", "2"]) batch.publish(stream.subject("a"), id, { msgId: id });
      return batch;
    };
    await make().commit();
    expect(await failure(make().commit())).toMatchObject({ code: "BATCH_FAILED", errCode: 10201 });
    expect(await stream.messages()).toBe(2);
  });

  test("[JS-BATCH-07] [JS-PUBERR-40] over the server's limit is told with the limit, and stores nothing", async () => {
    const stream = await makeStream(access.js, ATOMIC);
    const batch = access.js.batch();
    for (let i = 0; i <= 1000; i++) batch.publish(stream.subject("a"), "x");
    const error = await failure(batch.commit());
    expect(error).toMatchObject({ code: "BATCH_FAILED", errCode: 10199 });
    expect(error.message).toContain("1000");
    expect(await stream.messages()).toBe(0);
  });

  test("[JS-PUBERR-35] needs a stream that allows it, and says so", async () => {
    const stream = await makeStream(access.js);
    const batch = access.js.batch();
    batch.publish(stream.subject("a"), "1");
    batch.publish(stream.subject("a"), "2");
    const error = await failure(batch.commit());
    expect(error).toMatchObject({ code: "API_ERROR", errCode: 10174 });
    expect(error.message).toContain("allowAtomic");
    expect(error.message).toContain("message 1 of 2");
    expect(await stream.messages()).toBe(0);
  });

  test("[JS-BATCH-07] [JS-PUBERR-43] waits its turn where too many are under way", async () => {
    const stream = await makeStream(access.js, ATOMIC);
    const open = (id: string) => ({ headers: { "Nats-Batch-Id": id, "Nats-Batch-Sequence": "1" } });
    const begin = (id: number) => access.nc.request(stream.subject("a"), "x", open(`held-${id}`));
    for (let i = 0; i < 50; i++) await begin(i);
    const batch = access.js.batch();
    batch.publish(stream.subject("a"), "1");
    batch.publish(stream.subject("a"), "2");
    const committed = batch.commit({ timeout: 20_000 });
    expect(await failure(batch.commit())).toMatchObject({ code: "BATCH_FAILED" });
    // Out of order: the server gives those up.
    for (let i = 0; i < 50; i++) {
      await access.nc.request(stream.subject("a"), "x", {
        headers: { "Nats-Batch-Id": `held-${i}`, "Nats-Batch-Sequence": "9" },
      });
    }
    expect(await committed).toMatchObject({ count: 2 });
    expect(await stream.messages()).toBe(2);
  });

  test("[JS-BATCH-02] [JS-PUBERR-37] is given up by the server when it is aborted, which holds no place there", async () => {
    const stream = await makeStream(access.js, ATOMIC);
    const advisories = `$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.${stream.name}`;
    const told = access.nc.subscribe(advisories, { max: 1 });
    const controller = new AbortController();
    let seen = 0;
    const watch = access.nc.subscribe(stream.subject("a"), {
      callback: () => {
        if (++seen === 150) controller.abort();
      },
    });
    const batch = access.js.batch();
    for (let i = 0; i < 900; i++) batch.publish(stream.subject("a"), "x");
    const error = await failure(batch.commit({ signal: controller.signal }));
    expect(error).toMatchObject({ code: "ABORTED", sent: false });
    watch.unsubscribe();
    expect((await told.next()).json()).toMatchObject({ reason: "incomplete" });
    expect(await stream.messages()).toBe(0);
    expect(await batch.commit()).toMatchObject({ count: 900 });
  });

  test("[JS-PUBERR-01] [JS-BATCH-02] nobody takes it", async () => {
    for (const count of [1, 2]) {
      const batch = access.js.batch();
      const subject = unique("nowhere");
      for (let i = 0; i < count; i++) batch.publish(subject, "x");
      expect(await failure(batch.commit())).toMatchObject({ code: "NO_STREAM", subject, sent: false });
    }
  });

  test("[JS-BATCH-02] without an answer it is not stored unless it was committed, and the error says which", async () => {
    const subject = unique("mute");
    await standIn(access.server, access.nc, subject, (_, number) => (number < 3 ? "" : undefined));
    const batch = access.js.batch();
    for (let i = 0; i < 3; i++) batch.publish(subject, String(i));
    expect(await failure(batch.commit({ timeout: 1000 }))).toMatchObject({ code: "TIMEOUT", sent: true });
    expect(await failure(batch.commit({ timeout: 100 }))).toMatchObject({ code: "TIMEOUT", sent: false });
  });

  test("[JS-BATCH-01] a server that knows no batches is found out by the first answer", async () => {
    const subject = unique("old");
    await standIn(access.server, access.nc, subject, () => '{"stream":"X","seq":1}');
    const batch = access.js.batch();
    for (let i = 0; i < 3; i++) batch.publish(subject, String(i));
    expect(await failure(batch.commit())).toMatchObject({ code: "SERVER_TOO_OLD", sent: true, stream: "X" });
  });

  test("[JS-BATCH-10] of several members that fail the first is told, which is the cause", async () => {
    const subject = unique("broken");
    const refusal = (errCode: number) =>
      `{"error":{"code":400,"err_code":${errCode},"description":"no"},"stream":"X"}`;
    const answer = (_: unknown, n: number) => (n === 1 ? "" : refusal(n === 3 ? 10176 : 10054));
    await standIn(access.server, access.nc, subject, answer);
    const batch = access.js.batch();
    for (let i = 0; i < 5; i++) batch.publish(subject, String(i));
    const error = await failure(batch.commit());
    expect(error).toMatchObject({ code: "MESSAGE_TOO_LARGE", errCode: 10054 });
    expect(error.message).toContain("message 2 of 5");
  });
});

describe("what can't be in a batch", () => {
  test("[JS-BATCH-05] [JS-BATCH-06] [JS-BATCH-10] is told at the message, and leaves the batch as it was", () => {
    const batch = access.js.batch();
    batch.publish("a", "1", { msgId: "m" });
    const refused = (subject: string, options: object) => thrown(() => batch.publish(subject, "x", options));
    expect(refused("b", { expect: { lastSequence: 1 } })).toMatchObject({ argument: "expect.lastSequence" });
    expect(refused("a", { expect: { lastSubjectSequence: 1 } })).toMatchObject({
      argument: "expect.lastSubjectSequence",
    });
    expect(refused("b", { expect: { lastMsgId: "x" } })).toMatchObject({ argument: "expect.lastMsgId" });
    expect(refused("b", { msgId: "m" })).toMatchObject({ argument: "msgId" });
    expect(refused("b", { rollup: "all" })).toMatchObject({ argument: "rollup" });
    expect(refused("a", { rollup: "subject" })).toMatchObject({ argument: "rollup" });
    expect(refused("b", { headers: { "Nats-Batch-Id": "x" } })).toMatchObject({ code: "BATCH_FAILED" });
    expect(refused("b *", {})).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(thrown(() => batch.publish("b", {} as never))).toMatchObject({ code: "INVALID_PAYLOAD" });
    expect(batch.size).toBe(1);
    batch.publish("b", "2", { expect: { lastSubjectSequence: 0 }, rollup: "subject" });
    expect(batch.size).toBe(2);
  });

  test("[JS-BATCH-06] [JS-PUBERR-38] an expectation by hand that a batch does not take is refused by the server", async () => {
    const stream = await makeStream(access.js, ATOMIC);
    const batch = access.js.batch();
    batch.publish(stream.subject("a"), "x", { headers: { "Nats-Expected-Last-Msg-Id": "m" } });
    batch.publish(stream.subject("b"), "x");
    expect(await failure(batch.commit())).toMatchObject({ code: "BATCH_FAILED", errCode: 10177 });
  });

  test("[JS-BATCH-10] nothing at all, or a second commit", async () => {
    const stream = await makeStream(access.js, ATOMIC);
    const batch = access.js.batch();
    expect(await failure(batch.commit())).toMatchObject({ code: "BATCH_FAILED" });
    batch.publish(stream.subject("a"), "x");
    await batch.commit();
    expect(await failure(batch.commit())).toMatchObject({ code: "BATCH_FAILED" });
    expect(thrown(() => batch.publish(stream.subject("a"), "y"))).toMatchObject({ code: "BATCH_FAILED" });
    expect(await stream.messages()).toBe(1);
  });

  test("[JS-BATCH-02] an array that is used again", async () => {
    const stream = await makeStream(access.js, ATOMIC);
    const batch = access.js.batch();
    const bytes = new Uint8Array([0x61]);
    batch.publish(stream.subject("a"), bytes);
    bytes[0] = 0x62;
    batch.publish(stream.subject("a"), bytes);
    await batch.commit();
    expect([await stream.text(1), await stream.text(2)]).toEqual(["a", "b"]);
  });

  test("[JS-BATCH-02] on a closed connection it rejects", async () => {
    const nc = await connect({ servers: access.url });
    const batch = jetstream(nc).batch();
    batch.publish("a", "x");
    await nc.close();
    expect(await failure(batch.commit())).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(thrown(() => batch.publish("a", "x"))).toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});
