import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { connect, makeMessage } from "../../../src/index.ts";
import { jetstream } from "../../../src/jetstream/index.ts";
import { failure } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { useServer } from "../../support/nats-server.ts";
import { standIn } from "../../support/stand-in-stream.ts";
import { makeStream } from "../../support/stream-for-publishing.ts";

const access = useJetStream();

const ACK = '{"stream":"X","seq":9}';
const BUSY = {
  status: "429 Too Many Requests",
  body: '{"error":{"code":429,"err_code":10167,"description":"too many requests"},"stream":"X","seq":0}',
};

describe("a publish", () => {
  test("[JS-PUB-01] [JSP-01] resolves with the stream's ack", async () => {
    const stream = await makeStream(access.js);
    const first = await access.js.publish(stream.subject("a"), "one");
    expect(first).toEqual({ stream: stream.name, seq: 1, duplicate: false });
    expect(await access.js.publish(stream.subject("a"), new Uint8Array([0x74, 0x77, 0x6f]))).toMatchObject({
      seq: 2,
    });
    expect(await access.js.publish(stream.subject("a"))).toMatchObject({ seq: 3 });
    expect([await stream.text(1), await stream.text(2), await stream.text(3)]).toEqual(["one", "two", ""]);
  });

  test("[JS-PUB-01] [JSP-04] headers go along, and the application's own are not changed", async () => {
    const stream = await makeStream(access.js);
    const headers = { "X-Trace": ["1", "2"] };
    await access.js.publish(stream.subject("a"), "x", { headers, msgId: "m" });
    expect(await stream.headers(1)).toBe("NATS/1.0\r\nNats-Msg-Id: m\r\nX-Trace: 1\r\nX-Trace: 2\r\n\r\n");
    expect(headers).toEqual({ "X-Trace": ["1", "2"] });
  });

  test("[JS-PUB-04] stores a message id once, also one set by hand", async () => {
    const stream = await makeStream(access.js);
    const subject = stream.subject("a");
    expect(await access.js.publish(subject, "1", { msgId: "m" })).toMatchObject({ seq: 1, duplicate: false });
    expect(await access.js.publish(subject, "2", { msgId: "m" })).toMatchObject({ seq: 1, duplicate: true });
    const headers = { "Nats-Msg-Id": "m" };
    expect(await access.js.publish(subject, "3", { headers })).toMatchObject({ seq: 1, duplicate: true });
    expect(await stream.messages()).toBe(1);
  });

  test("[JS-PUB-05] [JS-PUB-06] [JS-PUB-07] [JS-PUB-08] [JS-PUB-09] what must be true is checked", async () => {
    const stream = await makeStream(access.js);
    const subject = stream.subject("a");
    const { js } = access;
    await js.publish(subject, "1", { msgId: "m", expect: { stream: stream.name, lastSequence: 0 } });
    await js.publish(subject, "2", {
      msgId: "n",
      expect: { lastSequence: 1, lastMsgId: "m", lastSubjectSequence: 1 },
    });
    await js.publish(stream.subject("b"), "3", { expect: { lastSubjectSequence: 0 } });
    const filtered = { filter: stream.subject(">"), sequence: 3 };
    await js.publish(stream.subject("c"), "4", { expect: { lastSubjectSequence: filtered } });
    expect(await stream.messages()).toBe(4);

    const refused = (expectations: object) => failure(js.publish(subject, "x", { expect: expectations }));
    expect(await refused({ stream: "OTHER" })).toMatchObject({ code: "EXPECTATION_FAILED", errCode: 10060 });
    expect(await refused({ lastSequence: 1 })).toMatchObject({
      code: "WRONG_LAST_SEQUENCE",
      lastSequence: 4,
      errCode: 10071,
      stream: stream.name,
      subject,
      retryable: false,
    });
    expect(await refused({ lastSubjectSequence: 0 })).toMatchObject({
      code: "WRONG_LAST_SEQUENCE",
      lastSequence: 2,
    });
    const wrong = { lastSubjectSequence: { ...filtered, sequence: 1 } };
    expect(await refused(wrong)).toMatchObject({ code: "WRONG_LAST_SEQUENCE", lastSequence: 4 });
    expect(await refused({ lastMsgId: "m" })).toMatchObject({ code: "EXPECTATION_FAILED", errCode: 10070 });
    expect(await stream.messages()).toBe(4);
  });

  test("[JS-PUB-10] a rollup takes the place of what was there", async () => {
    const stream = await makeStream(access.js, { allowRollup: true });
    for (const token of ["a", "a", "b"]) await access.js.publish(stream.subject(token), token);
    await access.js.publish(stream.subject("a"), "sum", { rollup: "subject" });
    expect(await stream.messages()).toBe(2);
    await access.js.publish(stream.subject("c"), "all", { rollup: "all" });
    expect(await stream.messages()).toBe(1);
  });

  test("[JS-PUB-11] a ttl travels as whole seconds, and for ever", async () => {
    const stream = await makeStream(access.js, { allowMsgTtl: true });
    await access.js.publish(stream.subject("a"), "x", { ttl: 60_000 });
    await access.js.publish(stream.subject("a"), "x", { ttl: "never" });
    expect(await stream.headers(1)).toContain("Nats-TTL: 60\r\n");
    expect(await stream.headers(2)).toContain("Nats-TTL: never\r\n");
  });

  test("[JSP-01] the application may use its array again at once", async () => {
    const stream = await makeStream(access.js);
    const bytes = new Uint8Array([0x61]);
    const published = access.js.publish(stream.subject("a"), bytes);
    bytes[0] = 0x62;
    await published;
    expect(await stream.text(1)).toBe("a");
  });

  test("[JS-PUB-01] a received message's headers can be published again with an option beside them", async () => {
    const stream = await makeStream(access.js);
    const { headers } = makeMessage({ subject: "x", headers: { "X-A": "1" } });
    await access.js.publish(stream.subject("a"), "x", { headers: headers!, msgId: "m" });
    expect(await stream.headers(1)).toContain("X-A: 1\r\n");
  });
});

describe("a publish that nobody takes", () => {
  test("[JS-PUB-02] [JSP-03] [R104] is told after the retries as NO_STREAM, which names the subject", async () => {
    const subject = unique("nowhere");
    const error = await failure(access.js.publish(subject, "x", { retryDelay: 1 }));
    expect(error).toMatchObject({ code: "NO_STREAM", subject, retryable: false, sent: false });
    expect(error.message).toContain(`"${subject}"`);
    expect(error.cause).toMatchObject({ code: "NO_RESPONDERS" });
    expect(error.stack).toContain("publish.test.ts");
  });

  test("[JS-PUB-02] [JSP-03] is published again, as often as it was said", async () => {
    const subject = unique("late");
    const published = access.js.publish(subject, "x", { retries: 1000, retryDelay: 1, timeout: 20_000 });
    const name = unique("LATE");
    await access.js.context.api.request({
      subject: `STREAM.CREATE.${name}`,
      body: { name, subjects: [subject], storage: "memory" },
    });
    expect(await published).toMatchObject({ stream: name, seq: 1 });
  });

  test("[JS-PUB-02] [JSP-03] is not published again with retries: 0", async () => {
    // With one it would be told long after the test has given up.
    const published = access.js.publish(unique("once"), "x", {
      retries: 0,
      retryDelay: 100_000,
      timeout: 1_000_000,
    });
    expect((await failure(published)).code).toBe("NO_STREAM");
  });

  test("[JS-PUB-02] is told before its time is up if there is none left for another attempt", async () => {
    const error = await failure(
      access.js.publish(unique("nowhere"), "x", { retryDelay: 20_000, timeout: 10_000 }),
    );
    expect(error.code).toBe("NO_STREAM");
  });

  test("[JS-PUB-02] many that wait for a retry share one listener of their signal", async () => {
    const options = { retryDelay: 20_000, timeout: 60_000 };
    const controller = new AbortController();
    const all = Array.from({ length: 20 }, () =>
      failure(access.js.publish(unique("nowhere"), "x", { ...options, signal: controller.signal })),
    );
    // Behind them: by its answer they have all been refused.
    await failure(access.nc.request(unique("nowhere")));
    await access.nc.flush();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    controller.abort();
    expect(await Promise.all(all)).toMatchObject(all.map(() => ({ code: "ABORTED", sent: false })));
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("[JS-PUB-02] gives up within a retry when its signal aborts", async () => {
    const controller = new AbortController();
    const published = access.js.publish(unique("nowhere"), "x", {
      retryDelay: 20_000,
      timeout: 100_000,
      signal: controller.signal,
    });
    const other = access.js.publish(unique("nowhere"), "x", { retryDelay: 1 });
    await failure(other);
    controller.abort("enough");
    expect(await failure(published)).toMatchObject({ code: "ABORTED", sent: false, cause: "enough" });
  });

  describe("on a server without JetStream", () => {
    const plain = useServer();

    test("[JS-PUBERR-01] [JS-CTX-05] is told as JETSTREAM_NOT_ENABLED, which is no missing stream", async () => {
      await using nc = await connect({ servers: plain.url });
      const error = await failure(jetstream(nc).publish("a.b", "x", { retryDelay: 1 }));
      expect(error).toMatchObject({ code: "JETSTREAM_NOT_ENABLED", subject: "a.b" });
    });
  });
});

describe("a publish without an answer", () => {
  test("[JS-PUB-12] a stream that never acks is explained", async () => {
    const stream = await makeStream(access.js, { noAck: true });
    const error = await failure(access.js.publish(stream.subject("a"), "x", { timeout: 50 }));
    expect(error).toMatchObject({ code: "TIMEOUT", subject: stream.subject("a"), sent: true });
    expect(error.message).toContain("noAck");
    expect(await stream.messages()).toBe(1);
  });

  test("[JS-PUB-02] without an id it is published once, and may be stored", async () => {
    const subject = unique("silent");
    const stand = await standIn(access.server, access.nc, subject, () => undefined);
    expect(await failure(access.js.publish(subject, "x", { timeout: 60 }))).toMatchObject({
      code: "TIMEOUT",
      sent: true,
    });
    expect(stand.received.length).toBe(1);
  });

  test("[JS-PUB-04] with an id it is published again within its time", async () => {
    const subject = unique("forgetful");
    const answer = (_: unknown, number: number) => (number === 1 ? undefined : ACK);
    const stand = await standIn(access.server, access.nc, subject, answer);
    expect(await access.js.publish(subject, "x", { msgId: "m", retries: 5, timeout: 6000 })).toMatchObject({
      seq: 9,
    });
    expect(stand.received.map((m) => m.headers?.get("Nats-Msg-Id"))).toEqual(["m", "m"]);
    expect(stand.received.map((m) => m.string())).toEqual(["x", "x"]);
  });

  test("[JS-PUB-04] [JS-PUB-07] a sequence that is wrong then may be its own: it is told as unanswered", async () => {
    // The answer that nats-server 2.15 gives to a message with an id that it has stored: it compares sequences first.
    const stream = await makeStream(access.js);
    const options = { msgId: "m", expect: { lastSubjectSequence: 0 } };
    await access.js.publish(stream.subject("a"), "x", options);
    const wrong = await failure(access.js.publish(stream.subject("a"), "x", options));
    expect(wrong).toMatchObject({ code: "WRONG_LAST_SEQUENCE", lastSequence: 1 });

    const subject = unique("own");
    const body =
      '{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 9"},"stream":"X","seq":0}';
    const stand = await standIn(access.server, access.nc, subject, (_, n) => (n === 1 ? undefined : body));
    const published = access.js.publish(subject, "x", { ...options, retries: 5, timeout: 2000 });
    expect(await failure(published)).toMatchObject({ code: "TIMEOUT", sent: true });
    expect(stand.received.length).toBe(2);
  });

  test("[JS-PUB-04] with an id it is published no more often than was said", async () => {
    const subject = unique("mute");
    const stand = await standIn(access.server, access.nc, subject, () => undefined);
    const published = access.js.publish(subject, "x", { msgId: "m", retries: 0, timeout: 60 });
    expect(await failure(published)).toMatchObject({ code: "TIMEOUT", sent: true });
    expect(stand.received.length).toBe(1);
  });
});

describe("a publish that the server is too busy for", () => {
  test("[JS-PUB-13] [JS-PUBERR-18] is published again, more and more slowly", async () => {
    const subject = unique("busy");
    const answer = (_: unknown, number: number) => (number < 4 ? BUSY : ACK);
    const stand = await standIn(access.server, access.nc, subject, answer);
    expect(await access.js.publish(subject, "x", { retryDelay: 1 })).toMatchObject({ seq: 9 });
    expect(stand.received.length).toBe(4);
  });

  test("[JS-PUB-13] [JS-PUBERR-18] is told when the time is up, also if the JSON comes without the status", async () => {
    const subject = unique("busier");
    await standIn(access.server, access.nc, subject, (_, n) => (n % 2 === 0 ? BUSY : BUSY.body));
    const error = await failure(access.js.publish(subject, "x", { retryDelay: 50, timeout: 1000 }));
    expect(error).toMatchObject({ code: "TOO_MANY_REQUESTS", errCode: 10167, retryable: true, stream: "X" });
  });

  test("[JS-PUBERR-14] an id that is being stored just now is waited for", async () => {
    const subject = unique("twice");
    const inProcess =
      '{"error":{"code":409,"err_code":10158,"description":"in process"},"stream":"X","seq":0}';
    const answer = (_: unknown, n: number) =>
      n === 1 ? inProcess : '{"stream":"X","seq":3,"duplicate": true}';
    await standIn(access.server, access.nc, subject, answer);
    const ack = await access.js.publish(subject, "x", { msgId: "m", retryDelay: 1 });
    expect(ack).toEqual({ stream: "X", seq: 3, duplicate: true });
  });
});

describe("wrong calls", () => {
  test("[JS-PUB-01] reject, and never throw", async () => {
    const { js } = access;
    expect(await failure(js.publish("a b", "x"))).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(await failure(js.publish("a.*", "x"))).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(await failure(js.publish("a", {} as never))).toMatchObject({ code: "INVALID_PAYLOAD" });
    expect(await failure(js.publish("a", "x", { retries: -1 }))).toMatchObject({ argument: "retries" });
    expect(await failure(js.publish("a", "x", { timeout: -1 }))).toMatchObject({ argument: "timeout" });
    const former = { msgID: "m" } as object;
    expect((await failure(js.publish("a", "x", former))).message).toContain('here it is "msgId"');
    const flat = { lastSequence: 5 } as object;
    expect((await failure(js.publish("a", "x", flat))).message).toContain('here it is "expect.lastSequence"');
    expect(await failure(js.publish("a", "x", { headers: { "a b": "c" } }))).toMatchObject({
      code: "INVALID_HEADER",
    });
    const large = new Uint8Array((access.nc.info?.maxPayload ?? 0) + 1);
    expect(await failure(js.publish("a", large))).toMatchObject({ code: "MAX_PAYLOAD_EXCEEDED" });
    const signal = AbortSignal.abort("no");
    expect(await failure(js.publish("a", "x", { signal }))).toMatchObject({ code: "ABORTED", sent: false });
  });

  test("[JS-PUB-01] an answer that is no ack is told", async () => {
    const subject = unique("odd");
    await standIn(access.server, access.nc, subject, () => "thank you");
    expect(await failure(access.js.publish(subject, "x"))).toMatchObject({
      code: "INVALID_RESPONSE",
      sent: true,
    });
  });

  test("[JS-PUB-01] on a closed connection it rejects", async () => {
    const nc = await connect({ servers: access.url });
    await nc.close();
    expect(await failure(jetstream(nc).publish("a", "x"))).toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});
