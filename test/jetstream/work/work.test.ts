import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { thrown } from "../../support/failure.ts";
import { Gate } from "../../support/gate.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { failuresOf, worked } from "./worked.ts";

const access = useJetStream();

describe("handlers at work", () => {
  it("[JS-MSG-08] [JS-PULL-15] each message is acked when its handler returns, and the work ends after enough", async () => {
    const { consumer } = await worked(access.js, ["a", "b", "c", "d"]);
    const handled: string[] = [];
    const work = consumer.work((m) => void handled.push(m.string()), { stopAfter: 3 });
    expect(await work.closed).toEqual({ reason: "enough", returned: 0, abandoned: 0 });
    expect(handled).toEqual(["a", "b", "c"]);
    expect(work.stats()).toEqual({ running: 0, acked: 3, retried: 0, givenUp: 0 });
    await eventually(async () =>
      expect(await consumer.info()).toMatchObject({ numAckPending: 0, numPending: 1 }),
    );
  });

  it("[JS-MSG-08] a promise is awaited, and so many run at a time", async () => {
    const { consumer } = await worked(access.js, ["a", "b", "c", "d", "e"]);
    const gate = new Gate();
    let running = 0;
    let most = 0;
    const handle = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await gate.opened;
      running--;
    };
    const work = consumer.work(handle, { concurrency: 2, stopAfter: 5 });
    await eventually(() => expect(work.stats().running).toBe(2));
    expect(work.stats().acked).toBe(0);
    expect(work.pending.messages).toBeGreaterThanOrEqual(2);
    gate.open();
    await work.closed;
    expect(most).toBe(2);
    expect(work.stats()).toMatchObject({ running: 0, acked: 5 });
  });

  it("[JS-MSG-09] what a handler has settled itself stays so", async () => {
    const { consumer } = await worked(access.js, ["ack", "nak", "term", "confirmed"], { maxDeliver: 3 });
    const handled: string[] = [];
    const work = consumer.work(
      async (m) => {
        handled.push(`${m.string()}${m.deliveries}`);
        if (m.string() === "ack") m.ack();
        else if (m.string() === "confirmed") await m.ackConfirmed();
        else if (m.string() === "term") m.term("own reason");
        else if (m.deliveries < 3) m.nak();
      },
      { concurrency: 4 },
    );
    await eventually(() => expect(handled).toContain("nak3"));
    await eventually(() => expect(work.stats()).toEqual({ running: 0, acked: 3, retried: 2, givenUp: 1 }));
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
    await work.stop();
    expect(handled.sort()).toEqual(["ack1", "confirmed1", "nak1", "nak2", "nak3", "term1"]);
  });

  it("[JS-MSG-08] an error after an own ack is told, and changes nothing", async () => {
    const { consumer } = await worked(access.js, ["a"]);
    const work = consumer.work((m) => {
      m.ack();
      throw new Error("too late");
    });
    const failures = failuresOf(work);
    await eventually(() => expect(failures).toHaveLength(1));
    expect(failures[0]).toMatchObject({ delay: undefined, error: { code: "HANDLER_FAILED" } });
    expect(work.stats()).toMatchObject({ acked: 1, retried: 0, givenUp: 0 });
    await work.stop();
  });

  it("[JS-CON-08] of a consumer without acks each message is handled once, and a failure is final", async () => {
    const { consumer } = await worked(access.js, ["a", "b"], { ackPolicy: "none" });
    const handled: string[] = [];
    const work = consumer.work((m) => {
      handled.push(m.string());
      if (m.string() === "a") throw new Error("no");
    });
    const failures = failuresOf(work);
    await eventually(() => expect(handled).toEqual(["a", "b"]));
    await eventually(() => expect(failures.map(({ delay }) => delay)).toEqual([undefined]));
    expect(work.stats()).toMatchObject({ acked: 1, givenUp: 1 });
    await work.stop();
  });

  it("[JS-MSG-08] what a handler returns may be no promise, and may throw when it is looked at", async () => {
    const { consumer } = await worked(access.js, ["getter", "then", "twice", "number"]);
    const broken = (text: string) => (): never => {
      throw new Error(text);
    };
    // oxlint-disable unicorn/no-thenable -- foreign promises with defects
    const strange: Record<string, () => unknown> = {
      getter: () => Object.defineProperty({}, "then", { get: broken("no then") }),
      then: () => ({ then: broken("no promise") }),
      twice: () => ({ then: (done: () => void) => [done(), done()] }),
      number: () => 7,
    };
    // oxlint-enable unicorn/no-thenable
    const work = consumer.work((m) => strange[m.string()]!(), {
      retry: { terminal: () => true },
      stopAfter: 4,
    });
    const failures = failuresOf(work);
    await work.closed;
    expect(work.stats()).toEqual({ running: 0, acked: 2, retried: 0, givenUp: 2 });
    expect(failures.map(({ error }) => error.message.replace(/.*failed: /, ""))).toEqual([
      "no then",
      "no promise",
    ]);
  });

  it("[JS-CON-08] a consumer whose acks cover other messages is refused", async () => {
    const { name, consumer } = await worked(access.js, ["a"], { ackPolicy: "all" });
    for (const handle of [consumer, access.js.consumers.bind(name, "worker")]) {
      const error = { code: "WRONG_CONSUMER_KIND", consumer: "worker" };
      expect(await handle.work(() => {}).closed).toMatchObject({ reason: "failed", error });
    }
    const pushing = await access.js.consumers.create(name, { durable: "push", ackPolicy: "all", push: {} });
    expect(thrown(() => pushing.work(() => {})).code).toBe("WRONG_CONSUMER_KIND");
  });

  it("[JS-PUSH-01] messages of push consumers are handled in the same way", async () => {
    const { name } = await worked(access.js, ["a", "b", "c"]);
    const consumer = await access.js.consumers.create(name, { durable: "push", push: {} });
    const handled: string[] = [];
    const work = consumer.work(
      async (m) => {
        handled.push(`${m.string()}${m.deliveries}`);
        if (m.string() === "b" && m.deliveries === 1) throw new Error("no");
      },
      { concurrency: 2, retry: { delays: [20] }, stopAfter: 4 },
    );
    const failures = failuresOf(work);
    expect(await work.closed).toMatchObject({ reason: "enough" });
    expect(handled).toEqual(["a1", "b1", "c1", "b2"]);
    expect(work.stats()).toEqual({ running: 0, acked: 3, retried: 1, givenUp: 0 });
    expect(failures).toHaveLength(1);
    expect(thrown(() => consumer.work(() => {}, { capacity: 3 } as object)).message).toContain("capacity");
  });

  it("[JS-PULL-11] a consumer that is gone ends it, and tells why", async () => {
    const { name, consumer } = await worked(access.js, []);
    const work = consumer.work(() => {});
    await eventually(async () => expect((await consumer.info()).numWaiting).toBeGreaterThan(0));
    await access.js.consumers.delete(name, "worker");
    expect(await work.closed).toMatchObject({ reason: "failed", error: { code: "CONSUMER_NOT_FOUND" } });
  });

  it("[JS-PULL-11] a consumer that is gone is made anew if that is wished, and the work goes on", async () => {
    const { name, consumer, publish } = await worked(access.js, ["before"]);
    const handled: string[] = [];
    const work = consumer.work((m) => void handled.push(m.string()), { onMissing: "recreate" });
    await eventually(() => expect(handled).toEqual(["before"]));
    await access.js.consumers.delete(name, "worker");
    await publish("after");
    await eventually(() => expect(handled).toEqual(["before", "after"]));
    await work.stop();
  });

  it("[JS-MSG-08] wrong options are told at once, by name", async () => {
    const consumer = access.js.consumers.bind("ANY", "worker");
    const told = (options: object, handler: unknown = () => {}): string =>
      thrown(() => consumer.work(handler as () => void, options)).message;
    expect(told({}, "no function")).toContain('"handler": it must be a function, not a string');
    expect(told({}, null)).toContain("not null");
    expect(told({}, { concurrency: 2 })).toContain("not an object");
    expect(told({ concurrency: 0 })).toContain('"concurrency"');
    expect(told({ concurency: 2 })).toContain('did you mean "concurrency"');
    expect(told({ max_messages: 2 })).toContain("capacity");
    expect(told({ retry: { delay: [1] } })).toContain('did you mean "retry.delays"');
    expect(told({ retry: { delays: [] } })).toContain(
      '"retry.delays": it must be a list of milliseconds, or a function, not an empty one',
    );
    expect(told({ retry: { delays: [-1] } })).toContain('"retry.delays"');
    expect(told({ retry: { jitter: 2 } })).toContain('"retry.jitter"');
    expect(told({ retry: { terminal: true } })).toContain('"retry.terminal"');
    expect(told({ keepAlive: true })).toContain('"keepAlive"');
    expect(told({ keepAlive: {} })).toContain('"keepAlive"');
    expect(told({ keepAlive: { upTo: 0 } })).toContain('"keepAlive"');
    expect(told({ orderBy: "subject" })).toContain('"orderBy"');
    expect(told({ batch: { size: 10 } })).toContain('"batch"');
    expect(told({ batch: { size: 0, within: 1 } })).toContain('"batch.size"');
    expect(told({ batch: { size: 10, within: 1 }, capacity: 9 })).toContain('"capacity"');
    expect(told({ deadLetters: Promise.resolve() })).toContain('"deadLetters"');
    expect(told({ onStale: "drop" })).toContain("onStale");
    expect(told({ expires: 10 })).toContain('"expires"');
    expect(told({ signal: new AbortController() })).toContain("pass its signal");
  });
});
