import { describe, expect, test } from "vitest";
import { connect, type Message } from "../../../src/index.ts";
import { jetstream } from "../../../src/jetstream/index.ts";
import { failure, thrown } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { bytesInUse } from "../../support/memory.ts";
import { standIn, type StatusAnswer } from "../../support/stand-in-stream.ts";
import { makeStream } from "../../support/stream-for-publishing.ts";

const access = useJetStream();

const ackOf = (seq: number): string => `{"stream":"X","seq":${seq}}`;

const BUSY: StatusAnswer = {
  status: "429 Too Many Requests",
  body: '{"error":{"code":429,"err_code":10167,"description":"too many requests"},"stream":"X","seq":0}',
};

const texts = (messages: readonly Message[]): string[] => messages.map((message) => message.string());

/** An answer that is given when it is told to. */
function gated() {
  const held: Message[] = [];
  let isOpen = false;
  return {
    held,
    answer: (message: Message, number: number): string | undefined => {
      if (isOpen) return ackOf(number);
      held.push(message);
      return undefined;
    },
    /** Answers what is held, and what comes later at once. */
    open: (): void => {
      isOpen = true;
      held.forEach((message, i) => message.respond(ackOf(i + 1)));
    },
  };
}

describe("a publisher", () => {
  test("[JS-PUB-03] [JSP-20] gives each message its ack, in order", async () => {
    const stream = await makeStream(access.js);
    await using publisher = access.js.publisher({ maxInFlight: 10 });
    const acks = Array.from({ length: 100 }, (_, i) => publisher.publish(stream.subject("a"), String(i)));
    expect((await Promise.all(acks)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    expect(await stream.text(57)).toBe("56");
    expect(publisher.pending).toEqual({ messages: 0, bytes: 0 });
  });

  test("[JS-PUB-03] [JSP-22] has no more under way than the window takes", async () => {
    const subject = unique("slow");
    const gate = gated();
    const stand = await standIn(access.server, access.nc, subject, gate.answer);
    const publisher = access.js.publisher({ maxInFlight: 3 });
    const acks = Array.from({ length: 10 }, (_, i) => publisher.publish(subject, String(i)));
    expect(publisher.pending).toEqual({ messages: 10, bytes: 10 });
    await access.nc.flush();
    await access.nc.barrier();
    expect(stand.received.length).toBe(3);
    gate.open();
    await Promise.all(acks);
    expect(texts(stand.received)).toEqual(Array.from({ length: 10 }, (_, i) => String(i)));
  });

  test("[JS-PUB-03] has no more bytes under way either, but for a message that is larger alone", async () => {
    const subject = unique("bytes");
    const gate = gated();
    const stand = await standIn(access.server, access.nc, subject, gate.answer);
    const publisher = access.js.publisher({ maxBytes: 10 });
    const sizes = [20, 4, 4, 4];
    const acks = sizes.map((size) => publisher.publish(subject, "x".repeat(size)));
    await access.nc.flush();
    await access.nc.barrier();
    expect(stand.received.length).toBe(1);
    gate.open();
    await Promise.all(acks);
    expect(stand.received.map(({ size }) => size)).toEqual(sizes);
  });

  test("[JS-PUB-03] ready() waits for room, and takes a timeout and a signal", async () => {
    const subject = unique("ready");
    const gate = gated();
    await standIn(access.server, access.nc, subject, gate.answer);
    const publisher = access.js.publisher({ maxInFlight: 2 });
    await publisher.ready();
    void publisher.publish(subject, "1");
    await publisher.ready();
    void publisher.publish(subject, "2");
    expect(await failure(publisher.ready({ timeout: 1 }))).toMatchObject({ code: "TIMEOUT" });
    expect(await failure(publisher.ready({ signal: AbortSignal.abort() }))).toMatchObject({
      code: "ABORTED",
    });
    expect(await failure(publisher.ready({ timeout: -1 }))).toMatchObject({ code: "INVALID_OPTION" });
    const room = publisher.ready();
    gate.open();
    await room;
    await publisher.flush();
  });

  test("[JS-PUB-03] [JSP-22] a full window rejects, if that was chosen", async () => {
    const subject = unique("full");
    const gate = gated();
    const stand = await standIn(access.server, access.nc, subject, gate.answer);
    const publisher = access.js.publisher({ maxInFlight: 2, onFull: "throw" });
    const taken = [publisher.publish(subject, "1"), publisher.publish(subject, "2")];
    const error = await failure(publisher.publish(subject, "3"));
    expect(error).toMatchObject({ code: "PUBLISHER_FULL", subject, sent: false, retryable: true });
    gate.open();
    await Promise.all(taken);
    await publisher.publish(subject, "4");
    expect(texts(stand.received)).toEqual(["1", "2", "4"]);
    // It was not stored, and flush tells it too.
    expect(await failure(publisher.flush())).toMatchObject({ code: "PUBLISH_FAILED", failed: 1 });
  });

  test("[JS-PUB-03] what waits for the window is bounded, in messages and bytes", async () => {
    const subject = unique("waiting");
    const gate = gated();
    await standIn(access.server, access.nc, subject, gate.answer);
    for (const limits of [{ maxWaiting: 2 }, { maxWaitingBytes: 2 }]) {
      const publisher = access.js.publisher({ maxInFlight: 1, ...limits });
      const taken = ["1", "2", "3"].map((text) => publisher.publish(subject, text));
      expect(await failure(publisher.publish(subject, "4"))).toMatchObject({ code: "PUBLISHER_FULL" });
      gate.open();
      await Promise.all(taken);
    }
  });

  test("[JS-PUB-03] the application may use its array again, also when the message waits", async () => {
    const stream = await makeStream(access.js);
    const publisher = access.js.publisher({ maxInFlight: 1 });
    const bytes = new Uint8Array(1);
    for (let i = 0; i < 5; i++) {
      bytes[0] = 0x30 + i;
      void publisher.publish(stream.subject("a"), bytes);
    }
    bytes[0] = 0;
    await publisher.flush();
    const stored = await Promise.all([1, 2, 3, 4, 5].map((seq) => stream.text(seq)));
    expect(stored).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("[JS-PUB-03] [JS-PUB-04] takes the options of a message", async () => {
    const stream = await makeStream(access.js, { allowMsgTtl: true });
    await using publisher = access.js.publisher();
    const options = { msgId: "m", ttl: 60_000, headers: { "X-A": "1" }, expect: { lastSequence: 0 } };
    await publisher.publish(stream.subject("a"), "x", options);
    expect(await stream.headers(1)).toMatch(
      /Nats-Expected-Last-Sequence: 0\r\nNats-Msg-Id: m\r\nNats-TTL: 60\r\nX-A: 1/,
    );
    expect(await publisher.publish(stream.subject("a"), "x", { msgId: "m" })).toMatchObject({
      duplicate: true,
    });
    expect(await publisher.drain()).toMatchObject({ acked: 2, duplicates: 1, failed: 0 });
  });

  test("[JS-PUB-03] [R102] with ready() the memory stays flat, whatever goes through", async () => {
    const stream = await makeStream(access.js, { maxMsgs: 10 });
    const publisher = access.js.publisher({ maxInFlight: 100, timeout: 60_000 });
    const body = new Uint8Array(1024);
    const publishMany = async (): Promise<void> => {
      for (let i = 0; i < 8000; i++) {
        await publisher.ready();
        void publisher.publish(stream.subject("a"), body, { msgId: String(i % 7) });
      }
      await publisher.flush();
    };
    await publishMany();
    const before = await bytesInUse();
    await publishMany();
    await publishMany();
    expect((await bytesInUse()) - before).toBeLessThan(4 * 1024 * 1024);
  });

  test("[JS-PUB-03] [R102] 300,000 at once are all acked", { timeout: 300_000 }, async () => {
    const stream = await makeStream(access.js, { maxMsgs: 1000 });
    const publisher = access.js.publisher({ timeout: 60_000 });
    const body = new Uint8Array(16);
    for (let i = 1; i < 300_000; i++) void publisher.publish(stream.subject("a"), body);
    expect(await publisher.publish(stream.subject("a"), body)).toMatchObject({ seq: 300_000 });
    const { acked, failed, abandoned } = await publisher.drain();
    expect({ acked, failed, abandoned }).toEqual({ acked: 300_000, failed: 0, abandoned: 0 });
  });
});

describe("what a publisher tells", () => {
  test("[JS-PUB-03] [JSP-23] a failure rejects its promise, and the next flush, once", async () => {
    const stream = await makeStream(access.js);
    const publisher = access.js.publisher();
    const subject = stream.subject("a");
    const good = publisher.publish(subject, "1");
    const bad = publisher.publish(subject, "2", { expect: { lastSequence: 7 } });
    // Nobody holds this one.
    void publisher.publish(subject, "3", { expect: { lastSequence: 8 } });
    const error = await failure(publisher.flush());
    expect(error).toMatchObject({
      code: "PUBLISH_FAILED",
      failed: 2,
      failures: [
        { subject, error: { code: "WRONG_LAST_SEQUENCE", lastSequence: 1 } },
        { subject, error: { code: "WRONG_LAST_SEQUENCE" } },
      ],
    });
    expect(error.stack).toContain("publisher.test.ts");
    expect(await good).toMatchObject({ seq: 1 });
    expect(await failure(bad)).toMatchObject({ code: "WRONG_LAST_SEQUENCE", subject, lastSequence: 1 });
    await publisher.flush();
    expect(await publisher.drain()).toMatchObject({ acked: 1, failed: 2, abandoned: 0 });
  });

  test("[JS-PUB-03] the first 100 failures are kept, and all are counted", async () => {
    const stream = await makeStream(access.js);
    const publisher = access.js.publisher();
    for (let i = 0; i < 150; i++)
      void publisher.publish(stream.subject("a"), "x", { expect: { lastSequence: 9 } });
    const { failed, failures } = await publisher.drain();
    expect({ failed, told: failures.length }).toEqual({ failed: 150, told: 100 });
  });

  test("[JS-PUB-03] a wrong call is told as a failure is", async () => {
    const publisher = access.js.publisher();
    expect(await failure(publisher.publish("a b"))).toMatchObject({ code: "INVALID_SUBJECT" });
    void publisher.publish("a", {} as never);
    expect(await failure(publisher.publish("a", "x", { msgId: "" }))).toMatchObject({
      code: "INVALID_OPTION",
    });
    expect(await failure(publisher.flush())).toMatchObject({ code: "PUBLISH_FAILED", failed: 3 });
  });

  test("[JS-PUB-03] flush waits for what was published before, not for what comes later", async () => {
    const subject = unique("flush");
    const later = unique("later");
    const gate = gated();
    await standIn(access.server, access.nc, later, gate.answer);
    await standIn(access.server, access.nc, subject, (_, number) => ackOf(number));
    const publisher = access.js.publisher();
    void publisher.publish(subject, "1");
    const flushed = publisher.flush();
    void publisher.publish(later, "2");
    await flushed;
    expect(publisher.pending.messages).toBe(1);
    expect(await failure(publisher.flush({ timeout: 1 }))).toMatchObject({ code: "TIMEOUT" });
    let isFlushed = false;
    const both = publisher.flush().then(() => (isFlushed = true));
    await publisher.publish(subject, "3");
    await access.nc.flush();
    expect(isFlushed).toBe(false);
    gate.open();
    await both;
  });

  test("[JS-PUB-03] a drain takes no more, waits for acks, and reports; a second one gets the same", async () => {
    const stream = await makeStream(access.js);
    const publisher = access.js.publisher({ maxInFlight: 1 });
    for (const text of ["1", "2", "3"]) void publisher.publish(stream.subject("a"), text);
    const report = publisher.drain();
    const refused = await failure(publisher.publish(stream.subject("a"), "4"));
    expect(refused).toMatchObject({ code: "PUBLISHER_DRAINED", sent: false });
    expect(await failure(publisher.ready())).toMatchObject({ code: "PUBLISHER_DRAINED" });
    expect(await report).toEqual({ acked: 3, duplicates: 0, failed: 0, failures: [], abandoned: 0 });
    expect(await publisher.drain()).toEqual(await report);
    expect(await stream.messages()).toBe(3);
  });

  test("[JS-PUB-03] a drain abandons what has no answer when its time is up", async () => {
    const subject = unique("mute");
    await standIn(access.server, access.nc, subject, (_, number) => (number === 1 ? ackOf(1) : undefined));
    const publisher = access.js.publisher({ maxInFlight: 2, timeout: 100_000 });
    const acks = ["1", "2", "3", "4"].map((text) => publisher.publish(subject, text));
    await acks[0];
    await access.nc.flush();
    const report = await publisher.drain({ timeout: 1 });
    expect(report).toMatchObject({ acked: 1, failed: 0, abandoned: 3 });
    expect(await failure(acks[1]!)).toMatchObject({ code: "TIMEOUT", sent: true });
    expect(await failure(acks[3]!)).toMatchObject({ code: "TIMEOUT", sent: false });
    expect(publisher.pending).toEqual({ messages: 0, bytes: 0 });
  });

  test("[JS-PUB-03] disposing drains, and throws what nobody was told of", async () => {
    const stream = await makeStream(access.js);
    const use = async (isTold: boolean): Promise<void> => {
      await using publisher = access.js.publisher();
      void publisher.publish(stream.subject("a"), "x", { expect: { lastSequence: 9 } });
      if (isTold) await failure(publisher.flush());
    };
    expect(await failure(use(false))).toMatchObject({ code: "PUBLISH_FAILED", failed: 1 });
    await use(true);
  });

  test("[JS-PUB-03] its options are checked when it is made", () => {
    const refused = (options: object) => thrown(() => access.js.publisher(options));
    for (const [name, value] of Object.entries({
      maxInFlight: 0,
      maxBytes: -1,
      onFull: "drop",
      timeout: -1,
      retries: 1.5,
    })) {
      expect(refused({ [name]: value })).toMatchObject({ code: "INVALID_OPTION", argument: name });
    }
    expect(refused({ maxPending: 1 }).message).toContain("maxInFlight");
  });
});

describe("messages that nobody takes", () => {
  test("[JS-PUB-02] [JS-PUB-03] are sent again in order, and told as NO_STREAM in the end", async () => {
    const publisher = access.js.publisher({ maxInFlight: 10, retryDelay: 1 });
    const subjects = Array.from({ length: 50 }, () => unique("nowhere"));
    const errors = await Promise.all(subjects.map((subject) => failure(publisher.publish(subject, "x"))));
    expect(errors.map(({ code }) => code)).toEqual(subjects.map(() => "NO_STREAM"));
    expect(errors.map(({ subject }) => subject)).toEqual(subjects);
  });

  test("[JS-PUB-02] [JS-PUB-03] are stored in order once there is a stream", async () => {
    const publisher = access.js.publisher({ maxInFlight: 10, retries: 10_000, retryDelay: 1 });
    const name = unique("LATE");
    const acks = Array.from({ length: 50 }, (_, i) => publisher.publish(`${name}.a`, String(i)));
    await access.nc.flush();
    await access.js.context.api.request({
      subject: `STREAM.CREATE.${name}`,
      body: { name, subjects: [`${name}.>`], storage: "memory" },
    });
    const sequences = (await Promise.all(acks)).map(({ seq }) => seq);
    expect(sequences.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  test("[JS-PUB-02] are not sent again with retries: 0, and the others go on", async () => {
    const stream = await makeStream(access.js);
    const publisher = access.js.publisher({ retries: 0, retryDelay: 100_000 });
    const bad = publisher.publish(unique("nowhere"), "x");
    const good = publisher.publish(stream.subject("a"), "x");
    expect(await failure(bad)).toMatchObject({ code: "NO_STREAM" });
    expect(await good).toMatchObject({ seq: 1 });
  });

  test("[JS-PUB-13] [JS-PUBERR-18] because the server is too busy are sent again, in order", async () => {
    const subject = unique("busy");
    const stand = await standIn(access.server, access.nc, subject, (_, n) => (n <= 6 ? BUSY : ackOf(n)));
    const publisher = access.js.publisher({ maxInFlight: 3, retryDelay: 1 });
    for (let i = 0; i < 6; i++) void publisher.publish(subject, String(i));
    expect(await publisher.drain()).toMatchObject({ acked: 6, failed: 0 });
    expect(texts(stand.received)).toEqual(["0", "1", "2", "0", "1", "2", "0", "1", "2", "3", "4", "5"]);
  });

  test("[JS-PUB-13] are told as TOO_MANY_REQUESTS when the time is up", async () => {
    const subject = unique("busier");
    await standIn(access.server, access.nc, subject, () => BUSY);
    const publisher = access.js.publisher({ retryDelay: 20, timeout: 1000 });
    expect(await failure(publisher.publish(subject, "x"))).toMatchObject({
      code: "TOO_MANY_REQUESTS",
      stream: "X",
    });
  });
});

describe("messages without an answer", () => {
  test("[JS-PUB-03] [JS-PUB-12] fail after their time, and may be stored, once", async () => {
    const stream = await makeStream(access.js, { noAck: true });
    const publisher = access.js.publisher({ timeout: 30 });
    const error = await failure(publisher.publish(stream.subject("a"), "x"));
    expect(error).toMatchObject({ code: "TIMEOUT", sent: true, subject: stream.subject("a") });
    expect(error.message).toContain("noAck");
    expect(await stream.messages()).toBe(1);
  });

  test("[JS-PUB-04] [JS-PUB-03] are sent again if they have an id, as often as was said", async () => {
    const subject = unique("deaf");
    const stand = await standIn(access.server, access.nc, subject, (_, n) => (n < 3 ? undefined : ackOf(n)));
    const publisher = access.js.publisher({ timeout: 500 });
    expect(await publisher.publish(subject, "x", { msgId: "m" })).toMatchObject({ seq: 3 });
    expect(texts(stand.received)).toEqual(["x", "x", "x"]);
    const once = access.js.publisher({ timeout: 30, retries: 0 });
    const other = await standIn(access.server, access.nc, `${subject}.b`, () => undefined);
    expect(await failure(once.publish(`${subject}.b`, "x", { msgId: "m" }))).toMatchObject({
      code: "TIMEOUT",
      sent: true,
    });
    expect(other.received.length).toBe(1);
  });

  test("[JS-PUB-01] answers that are no acks are told", async () => {
    const subject = unique("odd");
    await standIn(access.server, access.nc, subject, () => "thank you");
    const publisher = access.js.publisher();
    expect(await failure(publisher.publish(subject, "x"))).toMatchObject({ code: "INVALID_RESPONSE" });
  });
});

describe("the end of the connection", () => {
  test("[JSP-25] closing it fails all that is not settled", async () => {
    const subject = unique("mute");
    await standIn(access.server, access.nc, subject, () => undefined);
    const nc = await connect({ servers: access.url });
    const publisher = jetstream(nc).publisher({ maxInFlight: 2 });
    const acks = ["1", "2", "3"].map((text) => publisher.publish(subject, text));
    const room = publisher.ready();
    await nc.flush();
    const ends = Promise.all([...acks.map(failure), failure(room)]);
    await nc.close();
    const [first, , third, ready] = await ends;
    expect(first).toMatchObject({ code: "CONNECTION_CLOSED", sent: true });
    expect(third).toMatchObject({ code: "CONNECTION_CLOSED", sent: false });
    expect(ready).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(await publisher.drain()).toMatchObject({ acked: 0, failed: 3, abandoned: 0 });
    expect(await failure(publisher.ready())).toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  test("[JS-PUB-03] draining it waits for all that was published, also what waits for the window", async () => {
    const stream = await makeStream(access.js);
    const nc = await connect({ servers: access.url });
    const publisher = jetstream(nc).publisher({ maxInFlight: 1 });
    const acks = Array.from({ length: 20 }, (_, i) => publisher.publish(stream.subject("a"), String(i)));
    await nc.drain();
    expect((await Promise.all(acks)).length).toBe(20);
    expect(await stream.messages()).toBe(20);
  });

  test("[JS-PUB-03] a publisher without anything on its way keeps nothing on the connection", async () => {
    const nc = await connect({ servers: access.url });
    await jetstream(nc).publisher().drain();
    expect(nc.subscriptionCount).toBe(0);
    await nc.close();
  });
});
