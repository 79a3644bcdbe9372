import { describe, expect, it } from "vitest";
import { headers } from "../../../src/index.ts";
import type { StreamConfig } from "../../../src/jetstream/config/stream-config.ts";
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetters,
  deadLetters,
  type JetStreamMessage,
} from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { failuresOf, worked } from "../work/worked.ts";

const access = useJetStream();
const noStock = new RangeError("no stock");
const dies = (): never => {
  throw noStock;
};
const terminal = { terminal: (): boolean => true };

/** Milliseconds that no test waits: a shorter wait for acks ends on a busy machine before a message is settled. */
const WAIT = 60_000;

/** Makes the server deliver a message anew whose delay is not over. */
function deliverNow({ received }: JetStreamMessage): void {
  access.nc.publish(received.reply!, "-NAK");
}

async function lettersOf(letters: DeadLetters, filter?: DeadLetterFilter): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const letter of letters.list(filter)) found.push(letter);
  return found;
}

/** Lets all messages of a stream die, and be kept. */
async function dead(texts: readonly string[], stream: Partial<StreamConfig> = {}) {
  const { name, consumer, publish } = await worked(access.js, texts, {}, stream);
  const letters = await deadLetters(access.js, name);
  const work = consumer.work(dies, { deadLetters: letters, retry: terminal, stopAfter: texts.length });
  const failures = failuresOf(work);
  await work.closed;
  expect(failures).toHaveLength(texts.length);
  return { name, consumer, publish, letters };
}

describe("the dead letters of work()", () => {
  it.each(["limits", "workqueue", "interest"] as const)(
    "[JS-MSG-04] [JS-ADV-02] of a stream with %s retention a message is copied before it is given up",
    async (retention) => {
      const name = unique("DEAD");
      const { js } = access;
      await js.streams.create({ name, subjects: [`${name}.>`], retention });
      const consumer = await js.consumers.create(name, { durable: "shipping" });
      const { seq } = await js.publish(`${name}.a.b`, "hello", {
        headers: { "X-Trace": ["1", "2"] },
        msgId: "m-1",
      });
      const stored = await js.streams.bind(name).get({ seq });
      const letters = await deadLetters(js, name);
      expect(letters.name).toBe(`DLQ_${name}`);
      const work = consumer.work(dies, { deadLetters: letters, retry: terminal, stopAfter: 1 });
      const failures = failuresOf(work);
      await work.closed;
      expect(failures).toMatchObject([{ delay: undefined }]);
      expect(work.stats()).toEqual({ running: 0, acked: 0, retried: 0, givenUp: 1 });
      const [letter, ...others] = await lettersOf(letters);
      expect(others).toEqual([]);
      expect(letter).toMatchObject({
        id: 1,
        consumer: "shipping",
        seq,
        deliveries: 1,
        reason: "terminated",
        cause: "RangeError: no stock",
        history: [],
      });
      const { message } = letter!;
      expect(message).toMatchObject({
        stream: name,
        subject: `${name}.a.b`,
        seq,
        timeNanos: stored!.timeNanos,
      });
      expect(message!.string()).toBe("hello");
      expect(message!.headers!.toJSON()).toEqual({ "X-Trace": ["1", "2"], "Nats-Msg-Id": ["m-1"] });
      expect(message!.time).toEqual(stored!.time);
      await eventually(async () => {
        const { state } = await js.streams.bind(name).info();
        expect(state.messages).toBe(retention === "limits" ? 1 : 0);
      });
    },
  );

  it("[JS-ADV-02] a message that was delivered as often as may be becomes one, and leaves a work queue", async () => {
    const { name, consumer } = await worked(access.js, ["a"], { maxDeliver: 2 }, { retention: "workqueue" });
    const letters = await deadLetters(access.js, name);
    const work = consumer.work(dies, { deadLetters: letters, retry: { delays: [10], jitter: 0 } });
    const failures = failuresOf(work);
    await eventually(() => expect(failures.map(({ delay }) => delay)).toEqual([10, undefined]));
    await work.stop();
    expect(await lettersOf(letters)).toMatchObject([{ reason: "max-deliveries", deliveries: 2 }]);
    await eventually(async () => expect((await access.js.streams.bind(name).info()).state.messages).toBe(0));
  });

  it("[JS-MSG-04] a message that its handler terms becomes one, with the reason", async () => {
    const { name, consumer } = await worked(access.js, ["a"]);
    const letters = await deadLetters(access.js, name);
    const work = consumer.work((m) => m.term("own reason"), { deadLetters: letters, stopAfter: 1 });
    await work.closed;
    expect(await lettersOf(letters)).toMatchObject([{ reason: "terminated", cause: "own reason" }]);
  });

  it("[JS-CON-14] of a consumer that gets headers only the whole message is kept", async () => {
    const { name, consumer } = await worked(access.js, ["whole"], { headersOnly: true });
    const letters = await deadLetters(access.js, name);
    const work = consumer.work(dies, { deadLetters: letters, retry: terminal, stopAfter: 1 });
    failuresOf(work);
    await work.closed;
    expect((await lettersOf(letters))[0]!.message!.string()).toBe("whole");
  });

  it("[JS-ADV-02] [JS-PUB-04] replays side by side count each letter once, and no message is stored twice", async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `m${i}`);
    const { name, consumer } = await worked(access.js, texts, {}, { retention: "workqueue" });
    const letters = await deadLetters(access.js, name);
    const work = consumer.work(dies, { deadLetters: letters, retry: terminal, stopAfter: 20 });
    failuresOf(work);
    await work.closed;
    const counts = await Promise.all([letters.replay(), letters.replay(), letters.replay()]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(20);
    expect(await lettersOf(letters)).toEqual([]);
    expect((await access.js.streams.bind(name).info()).state.messages).toBe(20);
  });

  it("[JS-ADV-02] [JS-MSG-08] a letter that can't be kept at the last delivery: the event promises no other one", async () => {
    const { name, consumer } = await worked(
      access.js,
      ["a"],
      { maxDeliver: 2, ackWait: WAIT },
      { retention: "workqueue" },
    );
    const letters = await deadLetters(access.js, name);
    await access.js.streams.delete(letters.name);
    const work = consumer.work(dies, { deadLetters: letters, retry: terminal });
    const failures = failuresOf(work);
    await eventually(() => expect(failures.map(({ delay }) => delay)).toEqual([WAIT]));
    deliverNow(failures[0]!.message);
    await eventually(() => expect(failures.map(({ delay }) => delay)).toEqual([WAIT, undefined]));
    expect(failures[1]!.error.message).toContain("could not be kept");
    expect(work.stats()).toEqual({ running: 0, acked: 0, retried: 1, givenUp: 1 });
    await work.stop();
    expect((await access.js.streams.bind(name).info()).state.messages).toBe(1);
  });

  it("[JS-ADV-02] as long as a letter can't be kept its message is not given up", async () => {
    const { name, consumer } = await worked(access.js, ["a"], { ackWait: WAIT }, { retention: "workqueue" });
    const letters = await deadLetters(access.js, name);
    await access.js.streams.delete(letters.name);
    const work = consumer.work(dies, { deadLetters: letters, retry: terminal });
    const failures = failuresOf(work);
    await eventually(() => expect(failures).toHaveLength(1));
    expect(failures[0]!.error.message).toContain("could not be kept");
    expect(failures[0]!.error.message).toContain("no stock");
    expect(failures[0]!.delay).toBe(WAIT);
    expect(work.stats()).toMatchObject({ retried: 1, givenUp: 0 });
    const again = await deadLetters(access.js, name);
    deliverNow(failures[0]!.message);
    await eventually(() => expect(work.stats()).toMatchObject({ givenUp: 1 }));
    await work.stop();
    expect(await lettersOf(again)).toMatchObject([{ seq: 1, cause: "RangeError: no stock" }]);
  });

  it("[JS-ADV-02] headers that a server acts upon don't act on the letter", async () => {
    const { name, consumer } = await worked(access.js, [], {}, { allowRollup: true, allowMsgTtl: true });
    const { js } = access;
    const letters = await deadLetters(js, name);
    const options = { headers: headers({ "X-Trace": "1" }), rollup: "subject", ttl: "never" } as const;
    await js.publish(`${name}.a`, "1", { ...options, expect: { lastSequence: 0 } });
    await js.publish(`${name}.a`, "2", { ...options, msgId: "2" });
    const work = consumer.work(dies, { deadLetters: letters, retry: terminal, stopAfter: 1 });
    failuresOf(work);
    await work.closed;
    const [letter] = await lettersOf(letters);
    expect(letter!.message!.headers!.toJSON()).toEqual({
      "X-Trace": ["1"],
      "Nats-Rollup": ["sub"],
      "Nats-TTL": ["never"],
      "Nats-Msg-Id": ["2"],
    });
  });
});

describe("dead letters", () => {
  it("[JS-ADV-02] are listed by subject, consumer and number", async () => {
    const { name, letters } = await dead(["a.x", "b.x", "a.y"]);
    const found = async (filter: DeadLetterFilter): Promise<unknown[]> =>
      (await lettersOf(letters, filter)).map(({ id }) => id);
    expect(await found({})).toEqual([1, 2, 3]);
    expect(await found({ subject: `${name}.a.*` })).toEqual([1, 3]);
    expect(await found({ subject: `${name}.*.x`, consumer: "worker" })).toEqual([1, 2]);
    expect(await found({ consumer: "other" })).toEqual([]);
    expect(await found({ id: 2 })).toEqual([2]);
    expect(await found({ id: 2, subject: `${name}.a.>` })).toEqual([]);
    expect(await found({ id: 99 })).toEqual([]);
  });

  it("[JS-ADV-02] are replayed to their subjects: one, some, all; what is replayed is a letter no more", async () => {
    const { name, consumer, letters } = await dead(["a.x", "b.x", "a.y"], { retention: "workqueue" });
    expect(await letters.replay({ id: 2 })).toBe(1);
    expect(await letters.replay({ subject: `${name}.a.y` })).toBe(1);
    expect(await letters.replay()).toBe(1);
    expect(await letters.replay()).toBe(0);
    expect(await lettersOf(letters)).toEqual([]);
    const handled: string[] = [];
    await consumer.work((m) => void handled.push(`${m.subject} ${m.string()}`), { stopAfter: 3 }).closed;
    expect(handled).toEqual(["b.x", "a.y", "a.x"].map((text) => `${name}.${text} ${text}`));
  });

  it("[JS-ADV-02] a replay keeps headers, and what dies again keeps its history", async () => {
    const { name, consumer } = await worked(access.js, []);
    const { js } = access;
    const letters = await deadLetters(js, name);
    await js.publish(`${name}.a`, "hello", {
      headers: { "X-Trace": "1" },
      msgId: "m-1",
      expect: { lastSequence: 0 },
    });
    for (const round of [1, 2]) {
      const work = consumer.work(
        () => {
          throw new Error(`round ${round}`);
        },
        { deadLetters: letters, retry: terminal, stopAfter: 1 },
      );
      failuresOf(work);
      await work.closed;
      const [letter] = await lettersOf(letters);
      expect(letter!.history.map(({ seq, cause }) => `${seq} ${cause}`)).toEqual(
        round === 1 ? [] : ["1 round 1"],
      );
      expect(await letters.replay()).toBe(1);
    }
    const message = await consumer.next();
    expect(message!.seq).toBe(3);
    expect(message!.string()).toBe("hello");
    expect(message!.headers!.get("X-Trace")).toBe("1");
    expect(message!.headers!.getAll("Natspeed-Original-Nats-Msg-Id")).toEqual(["m-1"]);
    expect(message!.headers!.getAll("Natspeed-Deaths")).toHaveLength(2);
  });

  it("[JS-ADV-02] a replay ends though what it publishes dies again at once", async () => {
    const { consumer, letters } = await dead(["a", "b", "c"]);
    const work = consumer.work(dies, { deadLetters: letters, retry: terminal });
    const failures = failuresOf(work);
    expect(await letters.replay()).toBe(3);
    await eventually(() => expect(failures).toHaveLength(3));
    await work.stop();
    expect((await lettersOf(letters)).map(({ history }) => history.length)).toEqual([1, 1, 1]);
  });

  it("[JS-ADV-02] after a crash between publishing and removing a replay stores nothing twice", async () => {
    const { name, letters } = await dead(["a"], { retention: "workqueue" });
    const { js } = access;
    const keeper = js.streams.bind(letters.name);
    const letter = (await keeper.get({ seq: 1 }))!;
    // As it is when the process dies before the letter is removed: both are there.
    await access.nc.request(
      `$JS.API.STREAM.UPDATE.${letters.name}`,
      JSON.stringify({ ...(await rawConfig(letters.name)), deny_delete: true }),
    );
    const denied = await failure(letters.replay());
    expect(denied.code).not.toBe("INVALID_OPTION");
    expect((await js.streams.bind(name).info()).state.messages).toBe(1);
    expect((await lettersOf(letters))[0]!.id).toBe(letter.seq);
    const again = await failure(letters.replay());
    expect(again.code).toBe(denied.code);
    expect((await js.streams.bind(name).info()).state.messages).toBe(1);
  });

  it("[JS-ADV-02] two who replay at once publish each message once", async () => {
    const { name, letters } = await dead(["a", "b", "c", "d"], { retention: "workqueue" });
    const counts = await Promise.all([letters.replay(), (await deadLetters(access.js, name)).replay()]);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
    expect((await access.js.streams.bind(name).info()).state.messages).toBe(4);
    expect(await lettersOf(letters)).toEqual([]);
  });

  it("[JS-ADV-02] are purged: one, some, all", async () => {
    const { name, letters } = await dead(["a.x", "b.x", "a.y", "c.z"]);
    expect(await letters.purge({ id: 2 })).toBe(1);
    expect(await letters.purge({ id: 2 })).toBe(0);
    expect(await letters.purge({ subject: `${name}.a.>` })).toBe(2);
    expect(await letters.purge()).toBe(1);
    expect(await lettersOf(letters)).toEqual([]);
  });

  it("[JS-ADV-02] may be kept in a stream with another name, together with those of other streams", async () => {
    const { js } = access;
    const [one, other] = [await worked(js, ["a"]), await worked(js, ["b"])];
    const config = { name: unique("GRAVES"), maxAge: 60_000 };
    const boxes = [];
    for (const { name, consumer } of [one, other]) {
      const letters = await deadLetters(js, name, { config });
      const work = consumer.work(dies, { deadLetters: letters, retry: terminal, stopAfter: 1 });
      failuresOf(work);
      await work.closed;
      boxes.push(letters);
    }
    expect(boxes.map(({ name }) => name)).toEqual([config.name, config.name]);
    expect((await js.streams.bind(config.name).info()).config).toMatchObject({
      maxAge: 60_000,
      allowDirect: true,
    });
    for (const [i, text] of ["a", "b"].entries()) {
      expect((await lettersOf(boxes[i]!)).map(({ message }) => message!.string())).toEqual([text]);
    }
    expect(await boxes[0]!.purge()).toBe(1);
    expect(await lettersOf(boxes[1]!)).toHaveLength(1);
  });

  it("[JS-ADV-02] need their stream, and one that takes letters", async () => {
    const { js } = access;
    expect((await failure(deadLetters(js, "NO_SUCH_STREAM"))).code).toBe("STREAM_NOT_FOUND");
    expect((await failure(deadLetters(js, "a.b"))).code).toBe("INVALID_OPTION");
    const { name } = await worked(js, []);
    await js.streams.create({ name: `DLQ_${name}`, subjects: [`other.${name}`] });
    expect(await failure(deadLetters(js, name))).toMatchObject({
      code: "STREAM_EXISTS",
      stream: `DLQ_${name}`,
    });
    const subjects = { config: { subjects: ["x"] } as object };
    expect((await failure(deadLetters(js, name, subjects))).message).toContain("config.subjects");
    const letters = await deadLetters(js, name, { config: { name: unique("OWN") } });
    const other = await worked(js, []);
    const wrong = thrown(() => other.consumer.work(() => {}, { deadLetters: letters }));
    expect(wrong).toMatchObject({ code: "INVALID_OPTION", argument: "deadLetters" });
    await other.publish("a");
    const death = { reason: "terminated", cause: undefined } as const;
    expect((await failure(letters.add((await other.consumer.next())!, death))).code).toBe("INVALID_OPTION");
    expect(thrown(() => letters.list({ subject: "a..b" })).code).toBe("INVALID_SUBJECT");
    expect(thrown(() => letters.list({ sequence: 1 } as object)).code).toBe("INVALID_OPTION");
    expect((await failure(letters.replay({ id: 0 }))).code).toBe("INVALID_OPTION");
    expect((await failure(letters.purge({ consumer: "a.b" }))).code).toBe("INVALID_OPTION");
  });

  it("[JS-ADV-02] a replay is refused where the stream takes the subject no more, and the letter stays", async () => {
    const { name, letters } = await dead(["a"]);
    await access.js.streams.update(name, { subjects: [`${name}.other`] });
    expect((await failure(letters.replay())).code).toBe("NO_STREAM");
    expect(await lettersOf(letters)).toHaveLength(1);
  });
});

async function rawConfig(stream: string): Promise<Record<string, unknown>> {
  const answer = await access.nc.request(`$JS.API.STREAM.INFO.${stream}`);
  return answer.json<{ config: Record<string, unknown> }>().config;
}
