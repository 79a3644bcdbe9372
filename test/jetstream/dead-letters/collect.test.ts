import { describe, expect, it } from "vitest";
import { type DeadLetter, type DeadLetters, deadLetters } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { failuresOf, worked } from "../work/worked.ts";

const access = useJetStream();

async function lettersOf(letters: DeadLetters): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const letter of letters.list()) found.push(letter);
  return found;
}

const counted = (letters: DeadLetters, count: number): Promise<DeadLetter[]> =>
  eventually(async () => {
    const found = await lettersOf(letters);
    expect(found).toHaveLength(count);
    return found;
  });

describe("collecting dead letters", () => {
  it("[JS-ADV-02] what any client terms or gives up is copied, with the reason", async () => {
    const { name, consumer } = await worked(access.js, ["termed", "exhausted", "fine"], { maxDeliver: 1 });
    const letters = await deadLetters(access.js, name);
    const collector = await letters.collect();
    // As another client does it: by bare pulls.
    for await (const m of consumer.fetch({ maxMessages: 3, expires: 5000 })) {
      if (m.string() === "termed") m.term("out of stock");
      else if (m.string() === "exhausted") m.nak();
      else m.ack();
    }
    await consumer.next({ expires: 200 });
    const found = await counted(letters, 2);
    const facts = found.map(({ reason, cause, deliveries, message }) => [
      reason,
      cause,
      deliveries,
      message?.string(),
    ]);
    expect(new Set(facts)).toEqual(
      new Set([
        ["terminated", "out of stock", 1, "termed"],
        ["max-deliveries", undefined, 1, "exhausted"],
      ]),
    );
    await collector.stop();
  });

  it("[JS-ADV-02] what happens while no collector runs is copied later", async () => {
    const { name, consumer } = await worked(access.js, ["a"]);
    const letters = await deadLetters(access.js, name);
    await (await letters.collect()).stop();
    (await consumer.next())!.term("unseen");
    await access.nc.flush();
    const collector = await letters.collect();
    expect(await counted(letters, 1)).toMatchObject([{ cause: "unseen", reason: "terminated" }]);
    await collector.stop();
  });

  it("[JS-ADV-02] of a work queue a termed message is gone: its letter says so, and can't be replayed", async () => {
    const { name, consumer } = await worked(access.js, ["a"], {}, { retention: "workqueue" });
    const letters = await deadLetters(access.js, name);
    const collector = await letters.collect();
    (await consumer.next())!.term("no good");
    expect(await counted(letters, 1)).toMatchObject([{ seq: 1, message: undefined, cause: "no good" }]);
    expect(await letters.replay()).toBe(0);
    expect(await letters.purge({ consumer: "worker" })).toBe(1);
    await collector.stop();
  });

  it("[JS-ADV-02] several collectors, and work with dead letters beside them, make one letter of each message", async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`);
    const { name, consumer } = await worked(access.js, texts);
    const letters = await deadLetters(access.js, name);
    const other = await deadLetters(access.js, name);
    const collectors = [await letters.collect(), await other.collect()];
    const dies = (): never => {
      throw new Error("no");
    };
    const retry = { terminal: (): boolean => true };
    const works = [
      consumer.work(dies, { deadLetters: letters, retry, stopAfter: 10 }),
      consumer.work(dies, { retry, stopAfter: 10 }),
    ];
    for (const work of works) failuresOf(work);
    await Promise.all(works.map((work) => work.closed));
    await eventually(() => expect(sum(collectors.map((collector) => collector.stats().acked))).toBe(20));
    const found = await lettersOf(letters);
    expect(new Set(found.map(({ seq }) => seq)).size).toBe(20);
    expect(found).toHaveLength(20);
    for (const collector of collectors) await collector.stop();
  });

  it("[JS-ADV-02] a letter that was replayed does not come back by what a collector hears later", async () => {
    let probes = 0;
    const { name, consumer } = await worked(access.js, ["a"]);
    const letters = await deadLetters(access.js, name, { config: { duplicateWindow: 100 } });
    await (await letters.collect()).stop();
    const work = consumer.work(
      () => {
        throw new Error("no");
      },
      { deadLetters: letters, retry: { terminal: () => true }, stopAfter: 1 },
    );
    failuresOf(work);
    await work.closed;
    await eventually(async () =>
      expect((await access.js.streams.bind(`DLQ_${name}_ADVISORIES`).info()).state.messages).toBe(1),
    );
    expect(await letters.replay()).toBe(1);
    // Until message ids of this time are forgotten.
    await eventually(async () => {
      const probe = await access.js.publish(`${letters.name}.probe`, undefined, { msgId: "probe" });
      expect(probe.duplicate || probes++ === 0).toBe(false);
    });
    const collector = await letters.collect();
    await eventually(() => expect(collector.stats().acked).toBe(1));
    expect(await lettersOf(letters)).toEqual([]);
    await collector.stop();
  });

  it("[JS-ADV-02] a stream that was made anew under its name has letters of its own", async () => {
    const { js } = access;
    const { name, consumer } = await worked(js, ["old"]);
    const letters = await deadLetters(js, name);
    const die = async (by: typeof consumer): Promise<void> => {
      const work = by.work((m) => m.term(), { deadLetters: letters, stopAfter: 1 });
      await work.closed;
    };
    await die(consumer);
    await js.streams.delete(name);
    await js.streams.create({ name, subjects: [`${name}.>`], storage: "memory" });
    await js.publish(`${name}.new`, "new");
    await die(await js.consumers.create(name, { durable: "worker" }));
    expect((await lettersOf(letters)).map(({ message }) => message?.string())).toEqual(["old", "new"]);
  });

  it("[JS-ADV-02] two streams may keep their letters together; one stream has one place for what is collected", async () => {
    const { js } = access;
    const config = { name: unique("GRAVES") };
    const collectors = [];
    for (const text of ["a", "b"]) {
      const { name, consumer } = await worked(js, [text]);
      const letters = await deadLetters(js, name, { config });
      collectors.push(await letters.collect());
      (await consumer.next())!.term(text);
      expect(await counted(letters, 1)).toMatchObject([{ cause: text }]);
      const elsewhere = await deadLetters(js, name);
      await failure(elsewhere.collect());
    }
    for (const collector of collectors) await collector.stop();
  });

  it("[JS-ADV-02] an advisory that can't be read is told and given up; a signal stops the collector", async () => {
    const { name } = await worked(access.js, []);
    const letters = await deadLetters(access.js, name);
    const controller = new AbortController();
    const collector = await letters.collect({ signal: controller.signal });
    const failures = failuresOf(collector);
    for (const text of ["{", "null", '{"id":"1"}']) {
      access.nc.publish(`$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.${name}.worker`, text);
    }
    await eventually(() => expect(failures).toHaveLength(3));
    expect(failures.map(({ delay }) => delay)).toEqual([undefined, undefined, undefined]);
    controller.abort();
    expect((await collector.closed).reason).toBe("stopped");
  });
});

const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
