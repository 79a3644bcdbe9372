import { describe, expect, it } from "vitest";
import { json } from "../../../src/index.ts";
import { eventually } from "../../support/eventually.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { failuresOf, heard, worked } from "./worked.ts";

const access = useJetStream();
const no = new Error("no");

describe("retries", () => {
  it("[JS-MSG-08] [JS-MSG-02] a message whose handler throws comes again after each delay, and others meanwhile", async () => {
    const { consumer } = await worked(access.js, ["bad", "good"]);
    const handled: string[] = [];
    const work = consumer.work(
      async (m) => {
        handled.push(`${m.string()}${m.deliveries}`);
        if (m.string() === "bad" && m.deliveries < 3) throw no;
      },
      { retry: { delays: [50, 60], jitter: 0 } },
    );
    const failures = failuresOf(work);
    await eventually(() => expect(handled).toEqual(["bad1", "good1", "bad2", "bad3"]));
    await eventually(() => expect(work.stats()).toEqual({ running: 0, acked: 2, retried: 2, givenUp: 0 }));
    expect(failures.map(({ delay }) => delay)).toEqual([50, 60]);
    expect(failures[0]).toMatchObject({ error: { code: "HANDLER_FAILED", cause: no } });
    expect(failures[0]!.message.seq).toBe(1);
    await work.stop();
  });

  it("[JS-MSG-02] a delay is kept on a consumer with backoff: a short one comes before a long one, whatever the backoff", async () => {
    // Without the right arithmetic the third delivery of "short" would come 20 seconds after its second failure.
    const { consumer } = await worked(access.js, ["short"], { backoff: [400, 20_400], maxDeliver: 5 });
    const handled: string[] = [];
    const delays: Record<string, number> = { short1: 1, short2: 1, long1: 1500 };
    const work = consumer.work(
      async (m) => {
        const name = `${m.string()}${m.deliveries}`;
        handled.push(name);
        if (delays[name] !== undefined) throw no;
      },
      {
        concurrency: 2,
        retry: { delays: (_error, m) => delays[`${m.string()}${m.deliveries}`]!, jitter: 0 },
      },
    );
    const failures = failuresOf(work);
    await eventually(() => expect(handled).toContain("short1"));
    await access.js.publish(`${consumer.stream}.long`, "long");
    await eventually(() => expect(handled).toContain("long2"));
    expect(handled.filter((name) => name !== "long1")).toEqual(["short1", "short2", "short3", "long2"]);
    expect(failures.map(({ delay }) => delay)).toEqual(expect.arrayContaining([1, 1, 1500]));
    await work.stop();
  });

  it("[JS-MSG-02] [JS-CON-09] without delays of its own it takes the consumer's backoff", async () => {
    const { consumer } = await worked(access.js, ["a"], { backoff: [500, 900], maxDeliver: 5 });
    const work = consumer.work(
      (m) => {
        if (m.deliveries < 4) throw no;
      },
      { retry: { jitter: 0 } },
    );
    const failures = failuresOf(work);
    await eventually(() => expect(work.stats().acked).toBe(1));
    expect(failures.map(({ delay }) => delay)).toEqual([500, 900, 900]);
    await work.stop();
  });

  it("[JS-MSG-08] a handler that has settled its message and throws undefined has failed nevertheless", async () => {
    const { consumer } = await worked(access.js, ["thrown", "rejected"]);
    const nothing: unknown = undefined;
    const work = consumer.work(
      (m) => {
        m.ack();
        if (m.string() === "rejected") return new Promise((_resolve, reject) => reject(nothing));
        throw nothing;
      },
      { stopAfter: 2 },
    );
    const failures = failuresOf(work);
    await work.closed;
    expect(failures.map(({ message, delay }) => [message.seq, delay])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
    expect(work.stats()).toMatchObject({ acked: 2 });
  });

  it("[JS-MSG-04] an error that is terminal terms the message, with the reason", async () => {
    const { name, consumer } = await worked(access.js, ["bad", "good"]);
    const advisories = await heard(access.nc, `$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.${name}.worker`);
    const work = consumer.work(
      (m) => {
        if (m.string() === "bad") throw new RangeError("out of stock");
      },
      { retry: { terminal: (error) => error instanceof RangeError }, stopAfter: 2 },
    );
    const failures = failuresOf(work);
    await work.closed;
    expect(failures.map(({ delay }) => delay)).toEqual([undefined]);
    expect(work.stats()).toEqual({ running: 0, acked: 1, retried: 0, givenUp: 1 });
    await eventually(() => expect(advisories).toHaveLength(1));
    expect(JSON.parse(advisories[0]!)).toMatchObject({ stream_seq: 1, reason: "RangeError: out of stock" });
  });

  it("[JS-MSG-04] a value that the schema refuses is terminal, also if orderBy reads it", async () => {
    const { consumer } = await worked(access.js, ["{bad", "7", "{worse"]);
    const values: number[] = [];
    const typed = consumer.typed(json<number>());
    const work = typed.work((m) => void values.push(m.value), { stopAfter: 3 });
    const failures = failuresOf(work);
    await work.closed;
    expect(values).toEqual([7]);
    expect(failures.map(({ message, delay }) => [message.seq, delay])).toEqual([
      [1, undefined],
      [3, undefined],
    ]);
    const other = await worked(access.js, ["{bad", "7"]);
    const ordered = other.consumer
      .typed(json<number>())
      .work(() => {}, { orderBy: (m) => `${m.value}`, stopAfter: 2 });
    const refused = failuresOf(ordered);
    await ordered.closed;
    expect(refused.map(({ message }) => message.seq)).toEqual([1]);
    expect(ordered.stats()).toMatchObject({ acked: 1, givenUp: 1 });
  });

  it("[JS-ADV-02] a message that was delivered as often as may be is told, and stays in a work queue", async () => {
    const { name, consumer } = await worked(
      access.js,
      ["bad"],
      { maxDeliver: 2 },
      { retention: "workqueue" },
    );
    const advisories = await heard(access.nc, `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${name}.worker`);
    const work = consumer.work(
      () => {
        throw no;
      },
      { retry: { delays: [20], jitter: 0 } },
    );
    const failures = failuresOf(work);
    await eventually(() => expect(advisories).toHaveLength(1));
    expect(failures.map(({ delay }) => delay)).toEqual([20, undefined]);
    expect(work.stats()).toEqual({ running: 0, acked: 0, retried: 1, givenUp: 1 });
    await work.stop();
    expect((await access.js.streams.bind(name).info()).state.messages).toBe(1);
  });

  it("[JS-MSG-08] a function of the retry options that throws is told beside the error", async () => {
    const { consumer } = await worked(access.js, ["a"]);
    const work = consumer.work(
      () => {
        throw no;
      },
      {
        retry: {
          delays: () => {
            throw new Error("own fault");
          },
        },
      },
    );
    const failures = failuresOf(work);
    await eventually(() => expect(failures).toHaveLength(1));
    expect(failures[0]!.error.message).toContain("own fault");
    expect(failures[0]!.delay).toBeGreaterThan(0);
    await work.stop();
  });
});
