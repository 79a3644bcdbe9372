import { describe, expect, it } from "vitest";
import type { JetStreamMessage } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { Gate } from "../../support/gate.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { failuresOf, heard, worked } from "./worked.ts";

const access = useJetStream();
/** Short, and long enough for a busy machine to give a sign of life in its half. */
const ACK_WAIT = 1000;

const countOf = (texts: readonly string[], wanted: string): number =>
  texts.filter((text) => text === wanted).length;

describe("keeping messages alive", () => {
  it("[JS-MSG-08] [R97] a handler that takes longer than ackWait handles its message once", async () => {
    const { name, consumer } = await worked(access.js, ["slow"], { ackWait: ACK_WAIT });
    const acks = await heard(access.nc, `$JS.ACK.${name}.>`);
    let calls = 0;
    const work = consumer.work(
      async () => {
        calls++;
        await eventually(() => expect(countOf(acks, "+WPI")).toBeGreaterThanOrEqual(4));
      },
      { stopAfter: 1 },
    );
    await work.closed;
    expect(calls).toBe(1);
    await eventually(async () =>
      expect(await consumer.info()).toMatchObject({
        numAckPending: 0,
        numRedelivered: 0,
        delivered: { consumerSeq: 1 },
      }),
    );
  });

  it("[JS-MSG-08] many handlers share one timer, and what waits for them is kept alive too", async () => {
    const texts = ["a", "b", "c", "d", "e", "f"];
    const { name, consumer } = await worked(access.js, texts, { ackWait: ACK_WAIT });
    const acks = await heard(access.nc, `$JS.ACK.${name}.>`);
    const handled: string[] = [];
    const work = consumer.work(
      async (m) => {
        handled.push(m.string());
        if (handled.length <= 2)
          await eventually(() => expect(countOf(acks, "+WPI")).toBeGreaterThanOrEqual(24));
      },
      { concurrency: 2, capacity: 6, stopAfter: 6 },
    );
    await work.closed;
    expect(handled.sort()).toEqual(texts);
    await eventually(async () => expect((await consumer.info()).delivered.consumerSeq).toBe(6));
  });

  it("[JS-MSG-08] a handler that hangs is given up: its signal aborts, its place is free, its message comes again", async () => {
    const { consumer } = await worked(access.js, ["hangs", "next"], { ackWait: ACK_WAIT });
    const handled: string[] = [];
    const reasons: unknown[] = [];
    const work = consumer.work(
      async (m, { signal }) => {
        handled.push(`${m.string()}${m.deliveries}`);
        if (m.deliveries > 1 || m.string() === "next") return;
        signal.addEventListener("abort", () => reasons.push(signal.reason));
        await new Promise(() => {});
      },
      { keepAlive: { upTo: 200 } },
    );
    const failures = failuresOf(work);
    await eventually(() => expect(handled).toEqual(["hangs1", "next1", "hangs2"]));
    expect(reasons).toMatchObject([{ code: "TIMEOUT" }]);
    expect(failures).toMatchObject([{ error: { code: "TIMEOUT" } }]);
    expect(failures[0]!.delay).toBeGreaterThan(0);
    await eventually(() => expect(work.stats()).toEqual({ running: 0, acked: 2, retried: 1, givenUp: 0 }));
    expect(await work.drain()).toMatchObject({ abandoned: 0, timedOut: false });
  });

  it("[JS-MSG-08] a message does not come again while its dead letter is being kept", async () => {
    const { name, consumer } = await worked(access.js, ["dies"], { ackWait: ACK_WAIT });
    const acks = await heard(access.nc, `$JS.ACK.${name}.>`);
    const add = (): Promise<void> =>
      eventually(() => expect(countOf(acks, "+WPI")).toBeGreaterThanOrEqual(3));
    let calls = 0;
    const work = consumer.work(
      () => {
        calls++;
        throw new Error("no");
      },
      { deadLetters: { add }, retry: { terminal: () => true }, stopAfter: 1 },
    );
    const failures = failuresOf(work);
    await work.closed;
    expect(calls).toBe(1);
    expect(failures).toHaveLength(1);
    expect(work.stats()).toMatchObject({ givenUp: 1 });
  });

  it("[JS-MSG-08] what a handler that was given up has done nevertheless is acked", async () => {
    const { name, consumer } = await worked(access.js, ["late"], { ackWait: 20_000 });
    const acks = await heard(access.nc, `$JS.ACK.${name}.>`);
    const gate = new Gate();
    const work = consumer.work(() => gate.opened, { keepAlive: { upTo: 50 } });
    const failures = failuresOf(work);
    await eventually(() => expect(failures).toHaveLength(1));
    expect(work.stats()).toEqual({ running: 0, acked: 0, retried: 1, givenUp: 0 });
    gate.open();
    await eventually(() => expect(acks).toContain("+ACK"));
    expect(work.stats().acked).toBe(1);
    await work.stop();
  });

  it("[JS-MSG-08] without keepAlive a handler has its ack wait, and what waits for longer is dropped and told", async () => {
    const { consumer } = await worked(access.js, ["a", "b"], { ackWait: ACK_WAIT });
    const handled: string[] = [];
    const stale: JetStreamMessage[] = [];
    const work = consumer.work(
      async (m, { signal }) => {
        handled.push(`${m.string()}${m.deliveries}`);
        if (m.string() === "a" && m.deliveries === 1) {
          await new Promise((_resolve, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason as Error)),
          );
        }
      },
      { keepAlive: false, capacity: 2 },
    );
    work.on("stale", ({ message }) => void stale.push(message));
    const failures = failuresOf(work);
    await eventually(() => expect(handled.sort()).toEqual(["a1", "a2", "b2"]));
    expect(stale.map((m) => m.string())).toEqual(["b"]);
    expect(failures).toMatchObject([{ error: { code: "TIMEOUT" } }]);
    await work.stop();
  });

  it("[JS-MSG-08] with keys, messages that wait for another of their key are kept alive too", async () => {
    const { name, consumer } = await worked(access.js, ["a", "b", "c"], { ackWait: ACK_WAIT });
    const acks = await heard(access.nc, `$JS.ACK.${name}.>`);
    const handled: string[] = [];
    const work = consumer.work(
      async (m) => {
        handled.push(`${m.string()}${m.deliveries}`);
        if (m.string() === "a")
          await eventually(() => expect(countOf(acks, "+WPI")).toBeGreaterThanOrEqual(9));
      },
      { concurrency: 3, orderBy: () => "one", stopAfter: 3 },
    );
    await work.closed;
    expect(handled).toEqual(["a1", "b1", "c1"]);
  });
});
