import { describe, expect, test } from "vitest";
import { connect, type Message } from "../../../src/index.ts";
import { jetstream } from "../../../src/jetstream/index.ts";
import { failure, thrown } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { standIn } from "../../support/stand-in-stream.ts";
import { makeStream } from "../../support/stream-for-publishing.ts";

const access = useJetStream();

const BATCHED = { allowBatched: true } as const;

/** The parts of the reply subject of a message of an ingest. */
function partsOf({ reply }: Message) {
  const [suffix, operation, number, mode, flow, id] = reply!.split(".").toReversed();
  return { suffix, operation: Number(operation), number: Number(number), mode, flow: Number(flow), id };
}

describe("an ingest", () => {
  test("[JS-FAST-01] [JS-FAST-02] [JS-FAST-03] stores all, in order, paced by acks", async () => {
    const stream = await makeStream(access.js, BATCHED);
    const ingest = access.js.ingest();
    for (let i = 1; i <= 5000; i++) {
      await ingest.ready();
      expect(ingest.publish(stream.subject("a"), String(i))).toBe(i);
    }
    expect(ingest.acked).toBeGreaterThan(0);
    const report = await ingest.commit();
    expect(report).toMatchObject({
      stream: stream.name,
      seq: 5000,
      count: 5000,
      lost: 0,
      gaps: [],
      failed: 0,
      failures: [],
    });
    expect(ingest.acked).toBe(5000);
    expect(await stream.messages()).toBe(5000);
    expect(await stream.text(4321)).toBe("4321");
    expect(await ingest.commit()).toEqual(report);
  });

  test.each([1, 2])("[JS-FAST-08] of %i", async (count) => {
    const stream = await makeStream(access.js, BATCHED);
    await using ingest = access.js.ingest();
    for (let i = 0; i < count; i++) ingest.publish(stream.subject("a"), "x");
    expect(await ingest.commit()).toMatchObject({ count });
    expect(await stream.messages()).toBe(count);
  });

  test("[JS-FAST-01] disposing commits", async () => {
    const stream = await makeStream(access.js, BATCHED);
    {
      await using ingest = access.js.ingest();
      ingest.publish(stream.subject("a"), "x");
    }
    expect(await stream.messages()).toBe(1);
    // There was nothing to commit.
    await access.js.ingest()[Symbol.asyncDispose]();
  });

  test("[JS-FAST-08] messages have their options, and duplicates are skipped without a word", async () => {
    const stream = await makeStream(access.js, BATCHED);
    const ingest = access.js.ingest();
    for (const id of ["a", "b", "a", "c"]) {
      await ingest.ready();
      ingest.publish(stream.subject("a"), id, { msgId: id });
    }
    expect(await ingest.commit()).toMatchObject({ count: 4, failed: 0 });
    expect(await stream.messages()).toBe(3);
    expect(await stream.headers(3)).toContain("Nats-Msg-Id: c");
  });

  test("[JS-FAST-08] goes to a stream that persists later", async () => {
    const config = { ...BATCHED, storage: "file", persistMode: "async" } as const;
    const stream = await makeStream(access.js, config);
    const ingest = access.js.ingest();
    for (let i = 0; i < 300; i++) {
      await ingest.ready();
      ingest.publish(stream.subject("a"), "x");
    }
    expect(await ingest.commit()).toMatchObject({ count: 300 });
    expect(await stream.messages()).toBe(300);
  });

  test("[JS-FAST-01] [JS-FAST-02] [JS-FAST-03] speaks as the server expects", async () => {
    const subject = unique("wire");
    const ack = (number: number) => `{"type":"ack","seq":${number},"msgs":2}`;
    const answer = (message: Message) => {
      const { operation, number, id } = partsOf(message);
      if (operation === 3) return `{"stream":"X","seq":9,"batch":"${id}","count":${number - 1}}`;
      return operation === 0 ? ack(0) : number % 2 === 0 ? ack(number) : undefined;
    };
    const stand = await standIn(access.server, access.nc, subject, answer);
    const ingest = access.js.ingest({ ackEvery: 7, maxOutstanding: 1, onGap: "continue" });
    for (let i = 0; i < 5; i++) {
      await ingest.ready();
      ingest.publish(subject, String(i));
    }
    expect(await ingest.commit()).toMatchObject({ count: 5, seq: 9 });
    const parts = stand.received.map(partsOf);
    expect(parts.map(({ operation }) => operation)).toEqual([0, 1, 1, 1, 1, 3]);
    expect(parts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(parts.map(({ suffix, mode, flow }) => `${mode} ${flow} ${suffix}`))).toEqual(
      new Set(["ok 7 $FI"]),
    );
    expect(new Set(parts.map(({ id }) => id)).size).toBe(1);
    expect(stand.received.at(-1)!.size).toBe(0);
  });

  test("[JS-FAST-03] ready() waits for the first ack, and while too many are missing", async () => {
    const subject = unique("paced");
    const held: Message[] = [];
    await standIn(access.server, access.nc, subject, (message) => void held.push(message));
    const ingest = access.js.ingest();
    const waits = async (): Promise<boolean> =>
      (await ingest.ready({ timeout: 1 }).then(
        () => "room",
        (error: { code: string }) => error.code,
      )) === "TIMEOUT";
    const say = async (json: object): Promise<void> => {
      held[0]!.respond(JSON.stringify(json));
      await access.nc.flush();
    };
    await ingest.ready();
    ingest.publish(subject, "1");
    expect(await waits()).toBe(true);
    await access.nc.flush();
    await say({ type: "ack", seq: 0, msgs: 2 });
    for (let i = 2; i <= 4; i++) {
      await ingest.ready();
      ingest.publish(subject, String(i));
    }
    expect(await waits()).toBe(true);
    await say({ type: "ack", seq: 2, msgs: 1 });
    expect(await waits()).toBe(true);
    await say({ type: "ack", seq: 4, msgs: 1 });
    await ingest.ready();
    expect(ingest.acked).toBe(4);
    await say({ stream: "X", seq: 4, batch: "b", count: 4 });
    expect(await failure(ingest.ready())).toMatchObject({ code: "INGEST_ENDED" });
  });
});

describe("losses", () => {
  test("[JS-FAST-04] [JS-FAST-09] a gap ends it, and how far it came is told", async () => {
    const stream = await makeStream(access.js, BATCHED);
    const ingest = access.js.ingest();
    for (let i = 1; i <= 3; i++) {
      await ingest.ready();
      ingest.publish(stream.subject("a"), String(i));
    }
    // A message that never comes to the server: it is published to a subject that nobody has.
    ingest.publish(unique("elsewhere"), "4");
    ingest.publish(stream.subject("a"), "5");
    const error = await failure(ingest.commit());
    expect(error).toMatchObject({ code: "INGEST_ENDED", sent: true, retryable: true });
    expect(ingest.acked).toBeLessThanOrEqual(3);
    expect(thrown(() => ingest.publish(stream.subject("a"), "6"))).toMatchObject({ code: "INGEST_ENDED" });
    expect(await failure(ingest.ready())).toMatchObject({ code: "INGEST_ENDED" });
    await ingest[Symbol.asyncDispose]();
    expect(await stream.messages()).toBe(3);
  });

  test("[JS-FAST-04] with onGap: continue gaps are told by number, and the rest is stored", async () => {
    const subject = unique("gaps");
    const answer = (message: Message, n: number) => {
      if (n === 1) return '{"type":"ack","seq":0,"msgs":100}';
      if (n === 2) return '{"type":"gap","last_seq":2,"seq":5}';
      if (n === 3) return '{"type":"gap","last_seq":7,"seq":8}';
      return partsOf(message).operation === 3 ? '{"stream":"X","seq":4,"batch":"b","count":8}' : undefined;
    };
    await standIn(access.server, access.nc, subject, answer);
    const ingest = access.js.ingest({ onGap: "continue" });
    for (let i = 0; i < 8; i++) {
      await ingest.ready();
      ingest.publish(subject, "x");
    }
    expect(await ingest.commit()).toMatchObject({
      lost: 4,
      gaps: [
        { from: 2, to: 4 },
        { from: 7, to: 7 },
      ],
      count: 8,
    });
  });

  test("[JS-FAST-05] a refused message ends it: those before are stored", async () => {
    const stream = await makeStream(access.js, BATCHED);
    const ingest = access.js.ingest();
    for (let i = 1; i <= 5; i++) {
      await ingest.ready();
      ingest.publish(stream.subject("a"), String(i), i === 3 ? { expect: { lastSequence: 77 } } : {});
    }
    const error = await failure(ingest.commit());
    expect(error).toMatchObject({ code: "INGEST_ENDED", stream: stream.name });
    expect(error.message).toContain("message 3 was refused");
    expect(error.cause).toMatchObject({ code: "WRONG_LAST_SEQUENCE", lastSequence: 2 });
    expect(ingest.acked).toBe(2);
    expect(await stream.messages()).toBe(2);
  });

  test("[JS-FAST-05] with onGap: continue refused messages are told by number, and the rest is stored", async () => {
    const stream = await makeStream(access.js, BATCHED);
    const ingest = access.js.ingest({ onGap: "continue" });
    for (let i = 1; i <= 6; i++) {
      await ingest.ready();
      ingest.publish(stream.subject("a"), String(i), i % 3 === 0 ? { expect: { lastSequence: 77 } } : {});
    }
    const report = await ingest.commit();
    expect(report).toMatchObject({ count: 6, lost: 0, failed: 2 });
    expect(report.failures.map(({ number, error }) => [number, error.code])).toEqual([
      [3, "WRONG_LAST_SEQUENCE"],
      [6, "WRONG_LAST_SEQUENCE"],
    ]);
    expect(await stream.messages()).toBe(4);
  });
});

describe("what an ingest can't do", () => {
  test("[JS-PUBERR-44] go to a stream that does not allow it", async () => {
    const stream = await makeStream(access.js);
    const ingest = access.js.ingest();
    ingest.publish(stream.subject("a"), "x");
    const error = await failure(ingest.ready());
    expect(error).toMatchObject({ code: "API_ERROR", errCode: 10205, stream: stream.name });
    expect(error.message).toContain("allowBatched");
    expect(error.stack).toContain("ingest.test.ts");
    expect(await failure(ingest.commit())).toMatchObject({ errCode: 10205 });
  });

  test("[JS-PUBERR-01] go where nobody takes it", async () => {
    const ingest = access.js.ingest();
    const subject = unique("nowhere");
    ingest.publish(subject, "x");
    expect(await failure(ingest.ready())).toMatchObject({ code: "NO_STREAM", subject });
  });

  test("[JS-PUBERR-47] [JS-FAST-09] go on where the server has forgotten it", async () => {
    const subject = unique("forgotten");
    const unknown =
      '{"error":{"code":400,"err_code":10208,"description":"batch publish ID unknown"},"stream":"X"}';
    const answer = (_: unknown, n: number) => (n === 1 ? '{"type":"ack","seq":0,"msgs":1}' : unknown);
    await standIn(access.server, access.nc, subject, answer);
    const ingest = access.js.ingest();
    ingest.publish(subject, "1");
    await ingest.ready();
    ingest.publish(subject, "2");
    expect(await failure(ingest.commit())).toMatchObject({
      code: "INGEST_ENDED",
      cause: expect.objectContaining({ errCode: 10208 }) as unknown,
    });
  });

  test("[JS-FAST-01] be served by a server that knows none", async () => {
    const subject = unique("old");
    await standIn(access.server, access.nc, subject, () => '{"stream":"X","seq":1}');
    const ingest = access.js.ingest();
    ingest.publish(subject, "1");
    expect(await failure(ingest.ready())).toMatchObject({ code: "SERVER_TOO_OLD", stream: "X", sent: true });
  });

  test("[JS-FAST-06] go on without a word of the server: it is asked, and given up", async () => {
    const subject = unique("mute");
    const stand = await standIn(access.server, access.nc, subject, () => undefined);
    const ingest = access.js.ingest({ timeout: 100 });
    ingest.publish(subject, "1");
    expect(await failure(ingest.ready())).toMatchObject({ code: "TIMEOUT", subject, sent: true });
    const pings = stand.received.map(partsOf).filter(({ operation }) => operation === 4);
    expect(pings.length).toBeGreaterThan(0);
    expect(pings.every(({ number }) => number === 1)).toBe(true);
  });

  test("[JS-FAST-06] an ack that was lost is asked for", async () => {
    const subject = unique("lost");
    const ack = (number: number) => `{"type":"ack","seq":${number},"msgs":1}`;
    const answer = (message: Message, n: number) => {
      const { operation, number, id } = partsOf(message);
      if (operation === 3) return `{"stream":"X","seq":1,"batch":"${id}","count":${number - 1}}`;
      return n === 1 ? ack(0) : operation === 4 ? ack(number) : undefined;
    };
    await standIn(access.server, access.nc, subject, answer);
    const ingest = access.js.ingest({ timeout: 2000, maxOutstanding: 1 });
    for (let i = 0; i < 3; i++) {
      await ingest.ready();
      ingest.publish(subject, String(i));
    }
    expect(await ingest.commit()).toMatchObject({ count: 3 });
  });

  test("[JS-FAST-06] an end that was lost is sent again", async () => {
    const subject = unique("end");
    let ends = 0;
    const answer = (message: Message) => {
      const { operation, id } = partsOf(message);
      if (operation === 0) return '{"type":"ack","seq":0,"msgs":10}';
      return operation === 3 && ++ends === 2 ? `{"stream":"X","seq":1,"batch":"${id}","count":1}` : undefined;
    };
    await standIn(access.server, access.nc, subject, answer);
    const ingest = access.js.ingest({ timeout: 2000 });
    ingest.publish(subject, "1");
    expect(await ingest.commit()).toMatchObject({ count: 1 });
  });

  test("[JS-FAST-07] take wrong options or messages", async () => {
    const refused = (options: object) => thrown(() => access.js.ingest(options));
    for (const [name, value] of Object.entries({
      ackEvery: 65_536,
      maxOutstanding: 4,
      onGap: "stop",
      timeout: -1,
    })) {
      expect(refused({ [name]: value })).toMatchObject({ code: "INVALID_OPTION", argument: name });
    }
    const ingest = access.js.ingest();
    expect(thrown(() => ingest.publish("a b"))).toMatchObject({ code: "INVALID_SUBJECT" });
    expect(thrown(() => ingest.publish("a", {} as never))).toMatchObject({ code: "INVALID_PAYLOAD" });
    expect(thrown(() => ingest.publish("a", "x", { msgId: "" }))).toMatchObject({ argument: "msgId" });
    expect(await failure(ingest.commit())).toMatchObject({ code: "BATCH_FAILED" });
    expect(access.nc.state).toBe("connected");
  });

  test("[JS-FAST-01] outlive its connection", async () => {
    const stream = await makeStream(access.js, BATCHED);
    const nc = await connect({ servers: access.url });
    const ingest = jetstream(nc).ingest();
    ingest.publish(stream.subject("a"), "x");
    await ingest.ready();
    await nc.close();
    expect(await failure(ingest.ready())).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(thrown(() => ingest.publish(stream.subject("a")))).toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});

describe("limits of the server", () => {
  const limited = useJetStream({
    config: "jetstream { limits { batch { max_inflight_per_stream: 1, max_msgs: 3, timeout: 1s } } }",
  });

  test("[JS-FAST-07] [JS-PUBERR-48] [JS-BATCH-07] are told, and nothing is stored", async () => {
    const stream = await makeStream(limited.js, { ...BATCHED, allowAtomic: true });
    const subject = stream.subject("a");
    await using first = limited.js.ingest({ timeout: 500 });
    first.publish(subject, "1");
    await first.ready();
    const second = limited.js.ingest();
    second.publish(subject, "2");
    expect(await failure(second.ready())).toMatchObject({
      code: "TOO_MANY_REQUESTS",
      errCode: 10211,
      retryable: true,
    });
    const batch = limited.js.batch();
    for (let i = 0; i < 4; i++) batch.publish(subject, "x");
    expect(await failure(batch.commit())).toMatchObject({ code: "BATCH_FAILED", errCode: 10199 });
    await first.commit();
    expect(await stream.messages()).toBe(1);
  });

  test("[JS-FAST-06] [JS-FAST-07] an ingest that has nothing to send for a while is kept alive", async () => {
    const stream = await makeStream(limited.js, BATCHED);
    const ingest = limited.js.ingest({ timeout: 800 });
    const words = limited.nc.subscribe(stream.subject("a"));
    ingest.publish(stream.subject("a"), "1");
    const operations: number[] = [];
    for await (const message of words) {
      operations.push(partsOf(message).operation);
      // So many take twice as long as the server remembers an ingest that says nothing.
      if (operations.length === 11) break;
    }
    expect(operations).toEqual([0, ...Array.from({ length: 10 }, () => 4)]);
    await ingest.ready();
    ingest.publish(stream.subject("a"), "2");
    expect(await ingest.commit()).toMatchObject({ count: 2 });
  });
});
