import { describe, expect, test } from "vitest";
import { connect, type Message } from "../../src/index.ts";
import { collect, publishNumbers } from "../support/collect.ts";
import { useServer } from "../support/nats-server.ts";
import { subjectsAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();

const texts = (batch: readonly Message[]): string[] => batch.map((m) => m.string());

describe("a loop over batches", () => {
  test("gets all that is queued at once, up to the size asked for, in order", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("batches", { max: 25 });
    publishNumbers(nc, "batches", 25);
    await nc.flush();
    const batches: string[][] = [];
    for await (const batch of sub.batches(10)) batches.push(texts(batch));
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 5]);
    expect(batches.flat()).toEqual(Array.from({ length: 25 }, (_, i) => `${i + 1}`));
  });

  test("gets up to 1,024 messages a time unless told otherwise", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("batches", { max: 1500 });
    publishNumbers(nc, "batches", 1500);
    await nc.flush();
    const sizes: number[] = [];
    for await (const batch of sub.batches()) sizes.push(batch.length);
    expect(sizes).toEqual([1024, 476]);
  });

  test("waits while nothing is queued; every batch has at least one message", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("batches", { max: 30 });
    const kept: string[] = [];
    let smallest = Infinity;
    nc.publish("batches", "1");
    for await (const batch of sub.batches()) {
      kept.push(...texts(batch));
      smallest = Math.min(smallest, batch.length);
      if (kept.length % 10 === 1) publishNumbers(nc, "batches", 10, kept.length + 1);
    }
    expect(kept).toEqual(Array.from({ length: 30 }, (_, i) => `${i + 1}`));
    expect(smallest).toBeGreaterThanOrEqual(1);
  });

  test("counts a batch as handled when it comes back for the next, whatever became of the array [MSGQ-03]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("batches", { max: 6 });
    publishNumbers(nc, "batches", 6);
    await nc.flush();
    const pending: number[] = [];
    for await (const batch of sub.batches(4)) {
      pending.push(sub.pending.messages);
      batch.length = 0;
    }
    expect([pending, sub.delivered, sub.pending.messages]).toEqual([[6, 2], 6, 0]);
  });

  test("left by break unsubscribes, and gives up what waits [SUB-21]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("batches");
    publishNumbers(nc, "batches", 10);
    await nc.flush();
    for await (const batch of sub.batches(4)) {
      expect(batch).toHaveLength(4);
      break;
    }
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 6 });
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual([]);
  });

  test("ends with unsubscribe and with the connection, also while it waits [NEXT-07]", async () => {
    await using nc = await connect(access.url);
    const read = async (batches: AsyncIterable<Message[]>): Promise<string[]> => {
      const kept: string[] = [];
      for await (const batch of batches) kept.push(...texts(batch));
      return kept;
    };
    const one = nc.subscribe("batches");
    const two = nc.subscribe("batches");
    const reading = [read(one.batches()), read(two.batches())];
    nc.publish("batches", "x");
    await nc.flush();
    one.unsubscribe();
    expect(await reading[0]).toEqual(["x"]);
    await nc.close();
    expect(await reading[1]).toEqual(["x"]);
  });

  test("shares the messages with other readers, each goes to one", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("batches", { max: 100 });
    const kept: string[] = [];
    const batches = (async () => {
      for await (const batch of sub.batches(3)) kept.push(...texts(batch));
    })();
    const single = collect(sub);
    const sent = publishNumbers(nc, "batches", 100);
    await batches;
    expect([...kept, ...(await single)].sort((a, b) => Number(a) - Number(b))).toEqual(sent);
  });

  test("books out each batch by itself when it is asked several times at once [MSGQ-03]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("batches");
    const batches = sub.batches(1);
    const waiting = Promise.all([batches.next(), batches.next()]);
    publishNumbers(nc, "batches", 2);
    expect((await waiting).flatMap(({ value }) => texts(value ?? []))).toEqual(["1", "2"]);
    const last = batches.next();
    await eventually(() => expect(sub.pending.messages).toBe(0));
    sub.unsubscribe();
    expect(await last).toEqual({ value: undefined, done: true });
  });

  test("is refused with a wrong size, and by a subscription with a callback", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("batches");
    for (const size of [0, -1, 1.5, Number.NaN]) {
      expect(() => sub.batches(size)).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", argument: "maxMessages" }),
      );
    }
    const called = nc.subscribe("batches", { callback: () => {} });
    expect(() => called.batches()).toThrow(
      expect.objectContaining({ code: "SUBSCRIPTION_HAS_CALLBACK", subject: "batches" }),
    );
    expect([sub.state, called.state]).toEqual(["active", "active"]);
  });
});
