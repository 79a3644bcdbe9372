import { describe, expect, it } from "vitest";
import { json } from "../../../src/index.ts";
import { eventually } from "../../support/eventually.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { failuresOf, heard, worked } from "./worked.ts";

const access = useJetStream();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the order of keys", () => {
  it("[JS-MSG-08] messages of one key are handled one after another, those of others side by side", async () => {
    const texts = Array.from({ length: 60 }, (_, i) => `${"abc"[i % 3]}${i}`);
    const { consumer } = await worked(access.js, texts);
    const running = new Map<string, number>();
    const handled: string[] = [];
    let most = 0;
    const work = consumer.work(
      async (m) => {
        const key = m.string()[0]!;
        running.set(key, (running.get(key) ?? 0) + 1);
        expect(running.get(key)).toBe(1);
        most = Math.max(
          most,
          [...running.values()].reduce((sum, one) => sum + one),
        );
        for (let i = 0; i < 1 + (m.seq % 5); i++) await turn();
        handled.push(m.string());
        running.set(key, 0);
      },
      { concurrency: 8, capacity: 30, orderBy: (m) => m.string()[0]!, stopAfter: 60 },
    );
    await work.closed;
    expect(work.stats()).toMatchObject({ acked: 60, retried: 0 });
    expect(most).toBeGreaterThan(1);
    for (const key of ["a", "b", "c"]) {
      const wanted = texts.filter((text) => text.startsWith(key));
      expect(handled.filter((text) => text.startsWith(key))).toEqual(wanted);
    }
  });

  it("[JS-MSG-08] a failed message of a key lets the next one go", async () => {
    const { consumer } = await worked(access.js, ["a1", "a2"]);
    const handled: string[] = [];
    const work = consumer.work(
      async (m) => {
        handled.push(`${m.string()}.${m.deliveries}`);
        if (m.seq === 1 && m.deliveries === 1) throw new Error("no");
      },
      { orderBy: () => "a", concurrency: 4, retry: { delays: [100] } },
    );
    const failures = failuresOf(work);
    await eventually(() => expect(handled).toEqual(["a1.1", "a2.1", "a1.2"]));
    expect(failures).toHaveLength(1);
    await work.stop();
  });

  it("[JS-MSG-08] an orderBy that throws is a failure of the handler's", async () => {
    const { consumer } = await worked(access.js, ["a"]);
    const work = consumer.work(() => {}, {
      orderBy: () => {
        throw new Error("no key");
      },
      retry: { terminal: () => true },
    });
    const failures = failuresOf(work);
    await eventually(() => expect(failures).toHaveLength(1));
    expect(failures[0]!.error.message).toContain("no key");
    expect(work.stats()).toEqual({ running: 0, acked: 0, retried: 0, givenUp: 1 });
    await work.stop();
  });
});

describe("batches", () => {
  it("[JS-MSG-08] a batch is handled when it is full; what is left at the end is one too", async () => {
    const { consumer } = await worked(access.js, ["a", "b", "c", "d", "e"]);
    const batches: string[][] = [];
    const work = consumer.work((ms) => void batches.push(ms.map((m) => m.string())), {
      batch: { size: 2, within: 60_000 },
      stopAfter: 5,
    });
    await work.closed;
    expect(batches).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(work.stats().acked).toBe(5);
  });

  it("[JS-MSG-08] a batch that is not full is handled when its time is up", async () => {
    const { consumer, publish } = await worked(access.js, ["a"]);
    const batches: string[][] = [];
    const work = consumer.work(async (ms) => void batches.push(ms.map((m) => m.string())), {
      batch: { size: 100, within: 30 },
    });
    await eventually(() => expect(batches).toEqual([["a"]]));
    await publish("b");
    await eventually(() => expect(batches).toEqual([["a"], ["b"]]));
    await work.stop();
  });

  it("[JS-MSG-08] when the handler of a batch throws, all that it has not settled come again, no error is terminal", async () => {
    const { name, consumer } = await worked(access.js, ["a", "b", "c"]);
    const acks = await heard(access.nc, `$JS.ACK.${name}.>`);
    let calls = 0;
    const work = consumer.work(
      (ms) => {
        if (++calls > 1) return;
        ms[0]!.ack();
        throw new Error("no");
      },
      { batch: { size: 3, within: 100 }, retry: { delays: [20], jitter: 0, terminal: () => true } },
    );
    const failures = failuresOf(work);
    await eventually(() => expect(work.stats()).toEqual({ running: 0, acked: 3, retried: 2, givenUp: 0 }));
    expect(acks.slice(0, 3)).toEqual(["+ACK", '-NAK {"delay":20000000}', '-NAK {"delay":20000000}']);
    expect(failures.map(({ message, delay }) => [message.seq, delay])).toEqual([
      [1, undefined],
      [2, 20],
      [3, 20],
    ]);
    await work.stop();
  });

  it("[JS-MSG-08] of a batch those are given up whose value the schema refuses", async () => {
    const { consumer } = await worked(access.js, ["1", "{bad", "3"]);
    const values: number[] = [];
    const work = consumer.typed(json<number>()).work((ms) => void values.push(...ms.map((m) => m.value)), {
      batch: { size: 3, within: 100 },
      retry: { delays: [20] },
    });
    const failures = failuresOf(work);
    await eventually(() => expect(work.stats()).toEqual({ running: 0, acked: 2, retried: 2, givenUp: 1 }));
    expect(new Set(values)).toEqual(new Set([1, 3]));
    expect(failures.map(({ delay }) => delay).filter((delay) => delay === undefined)).toHaveLength(1);
    await work.stop();
  });

  it("[JS-MSG-08] a key is in one batch at a time, and in order", async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `${"ab"[i % 2]}${i}`);
    const { consumer } = await worked(access.js, texts);
    const running = new Set<string>();
    const handled: string[] = [];
    const work = consumer.work(
      async (ms) => {
        const keys = new Set(ms.map((m) => m.string()[0]!));
        for (const key of keys) expect(running.has(key)).toBe(false);
        for (const key of keys) running.add(key);
        await turn();
        handled.push(...ms.map((m) => m.string()));
        for (const key of keys) running.delete(key);
      },
      { concurrency: 3, batch: { size: 4, within: 50 }, orderBy: (m) => m.string()[0]!, stopAfter: 40 },
    );
    await work.closed;
    expect(work.stats()).toMatchObject({ acked: 40, retried: 0 });
    for (const key of ["a", "b"]) {
      expect(handled.filter((text) => text.startsWith(key))).toEqual(
        texts.filter((text) => text.startsWith(key)),
      );
    }
  });
});
