import { describe, expect, test } from "vitest";
import { ConnectionError } from "../../../src/core/errors.ts";
import { bytesOf } from "../support/bytes.ts";
import type { MemoryTransport } from "../support/memory-transport.ts";
import { pub, TestOutbox, turnEnds } from "../support/outbox.ts";
import { thrownBy } from "../support/thrown.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** An outbox whose transport keeps the first message and takes nothing more. */
async function blocked(options = {}): Promise<{ box: TestOutbox; link: MemoryTransport }> {
  const { box, link } = TestOutbox.connected(options);
  link.isBusy = true;
  box.publish("first");
  await turnEnds();
  return { box, link };
}

const FIRST = pub("first");

describe("while the transport is busy", () => {
  test("nothing more is written, and all of it goes out in order when it has drained", async () => {
    const { box, link } = await blocked();
    box.publish("1");
    box.command("PING");
    await turnEnds();
    box.publish("y".repeat(40 * KIB));
    box.outbox.flush();
    await turnEnds();
    expect(link.received).toBe(FIRST);
    link.drain();
    expect(link.received).toBe(`${FIRST}${pub("1")}PING\r\n${pub("y".repeat(40 * KIB))}`);
    expect(box.outbox.pendingBytes).toBe(0);
  });

  test("the memory that it keeps is left alone, however much is published meanwhile", async () => {
    const { box, link } = await blocked();
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 300; i++) box.publish(`${round}.${i}.${"x".repeat(i)}`);
      await turnEnds();
      // The transport compares what it kept with what it was given.
      link.drain(round % 3 !== 0);
    }
    link.drain();
    const wanted = Array.from({ length: 20 }, (_, round) =>
      Array.from({ length: 300 }, (_, i) => pub(`${round}.${i}.${"x".repeat(i)}`)).join(""),
    ).join("");
    expect(link.received === FIRST + wanted).toBe(true);
  });

  test("what waits is handed over in parts, so that not all of it is lost with the link", async () => {
    const { box, link } = await blocked();
    for (let i = 0; i < 400; i++) box.publish("x".repeat(10 * KIB));
    const before = link.bytes.length;
    link.drain(true);
    expect(link.bytes.length - before).toBeLessThan(MIB);
    link.drain();
    expect(link.bytes.length - before).toBe(400 * pub("x".repeat(10 * KIB)).length);
  });

  test("pendingBytes is what waits here and in the transport", async () => {
    const { box, link } = await blocked();
    expect(box.outbox.pendingBytes).toBe(FIRST.length);
    box.publish("12");
    box.command("PING");
    box.publish("y".repeat(40 * KIB));
    expect(box.outbox.pendingBytes).toBe(
      FIRST.length + pub("12").length + "PING\r\n".length + pub("y".repeat(40 * KIB)).length,
    );
    link.drain();
    expect(box.outbox.pendingBytes).toBe(0);
  });

  test("a message over the hard cap is refused and nothing of it is taken; commands never are", async () => {
    const { box, link } = await blocked({ maxPendingBytes: 10 * KIB });
    for (let i = 0; i < 9; i++) box.publish("x".repeat(KIB));
    const pending = box.outbox.pendingBytes;
    const counters = { ...box.counters };
    const error = thrownBy(() => box.publish("x".repeat(KIB), "foo"));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      code: "OUTBOUND_LIMIT_EXCEEDED",
      argument: "maxPendingBytes",
      subject: "foo",
      sent: false,
    });
    expect(thrownBy(() => box.outbox.publishTo(new Uint8Array([0x62]), 0, 1, "x".repeat(KIB)))).toMatchObject(
      {
        code: "OUTBOUND_LIMIT_EXCEEDED",
        subject: "b",
      },
    );
    expect(box.outbox.pendingBytes).toBe(pending);
    expect(box.counters).toEqual(counters);
    box.command(`SUB ${"x".repeat(2 * KIB)} 1`);
    link.drain();
    box.publish("again");
    await turnEnds();
    expect(link.received.match(/PUB/g)).toHaveLength(1 + 9 + 1);
    expect(link.received.match(/SUB/g)).toHaveLength(1);
  });

  test("the hard cap is that of a busy transport: an idle one takes any message", () => {
    const { box } = TestOutbox.connected({ maxPendingBytes: 1 });
    expect(box.publish("x".repeat(100 * KIB))).toBe(true);
  });
});

describe("ready()", () => {
  test("resolves at once while the transport takes everything", async () => {
    const { box } = TestOutbox.connected({ highWaterMark: 10 });
    box.publish("x".repeat(KIB));
    expect(await resolvesNow(box.outbox.ready({}))).toBe(true);
  });

  test("lets the event loop turn now and then all the same", async () => {
    const { box } = TestOutbox.connected();
    const turn = { isOver: false };
    setImmediate(() => (turn.isOver = true));
    // Far more calls than there are within a slice of time.
    for (let i = 0; i < 2_000_000 && !turn.isOver; i++) await box.outbox.ready({});
    expect(turn.isOver).toBe(true);
  });

  test("resolves at once up to the high-water mark, and beyond it when enough has left", async () => {
    const { box, link } = await blocked({ highWaterMark: 10 * KIB });
    box.publish("x".repeat(9 * KIB));
    expect(await resolvesNow(box.outbox.ready({}))).toBe(true);
    box.publish("x".repeat(2 * KIB));
    const waiting = [box.outbox.ready({}), box.outbox.ready({})];
    await turnEnds();
    expect(await resolvesNow(waiting[0]!)).toBe(false);
    link.drain();
    await Promise.all(waiting);
  });

  test("goes on waiting when what has left is not enough", async () => {
    const { box, link } = await blocked({ highWaterMark: 10 * KIB });
    for (let i = 0; i < 200; i++) box.publish("x".repeat(10 * KIB));
    const waiting = box.outbox.ready({});
    link.drain(true);
    expect(await resolvesNow(waiting)).toBe(false);
    for (let i = 0; i < 20; i++) link.drain(true);
    await waiting;
  });

  test("rejects by its limits, and when the connection is closed", async () => {
    const { box } = await blocked({ highWaterMark: 1 });
    await expect(box.outbox.ready({ timeout: 1 })).rejects.toMatchObject({ code: "TIMEOUT" });
    await expect(box.outbox.ready({ signal: AbortSignal.abort("why") })).rejects.toMatchObject({
      code: "ABORTED",
      cause: "why",
    });
    const waiting = box.outbox.ready({});
    const error = new ConnectionError("CONNECTION_CLOSED", "closed");
    box.outbox.close(error);
    await expect(waiting).rejects.toMatchObject({ code: "CONNECTION_CLOSED", message: "closed" });
  });

  test("while disconnected resolves as long as the buffer has room [BUF-18]", async () => {
    const box = new TestOutbox({ reconnectBufferSize: 100, highWaterMark: 1 });
    box.publish("x".repeat(50));
    expect(await resolvesNow(box.outbox.ready({}))).toBe(true);
    box.publish("x".repeat(50));
    const waiting = box.outbox.ready({});
    expect(await resolvesNow(waiting)).toBe(false);
    box.attach();
    await waiting;
  });

  test.each(["buffer", "throw", "drop"] as const)(
    "does not wait on for a link that is lost when publishing need not wait (%s)",
    async (whileDisconnected) => {
      const { box } = await blocked({ highWaterMark: 10, whileDisconnected });
      box.publish("x".repeat(KIB));
      const waiting = box.outbox.ready({});
      expect(await resolvesNow(waiting)).toBe(false);
      box.outbox.detach();
      // A new call says that there is room: one that waits already must not be told otherwise.
      expect(await resolvesNow(box.outbox.ready({}))).toBe(true);
      expect(await resolvesNow(waiting)).toBe(true);
    },
  );
});

describe("emptied()", () => {
  test("resolves when all has been handed over", async () => {
    const { box, link } = await blocked();
    box.publish("1");
    const emptied = box.outbox.emptied(60_000);
    expect(await resolvesNow(emptied)).toBe(false);
    link.drain();
    await emptied;
    expect(link.received).toBe(FIRST + pub("1"));
  });

  test("sends what waits for the end of the turn, and resolves at once if that is all", async () => {
    const { box, link } = TestOutbox.connected();
    box.publish("1");
    await box.outbox.emptied(60_000);
    expect(link.received).toBe(pub("1"));
  });

  test("resolves when the time is over, and when the link is lost", async () => {
    const { box } = await blocked();
    box.publish("1");
    await box.outbox.emptied(1);
    const emptied = box.outbox.emptied(60_000);
    box.outbox.detach();
    await emptied;
  });
});

/** Whether a promise has resolved by the end of this turn. */
async function resolvesNow(promise: Promise<unknown>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => {
    resolved = true;
  });
  await turnEnds();
  return resolved;
}

describe("while it is held", () => {
  test("what was there before goes out, and what comes later waits for its release", async () => {
    const { box, link } = await blocked();
    box.publish("before");
    box.command("UNSUB 1");
    box.outbox.hold();
    box.publish("after");
    box.command("SUB a 2");
    link.drain();
    await turnEnds();
    expect(link.received).toBe(`${FIRST}${pub("before")}UNSUB 1\r\n`);
    expect(box.outbox.pendingBytes).toBe(pub("after").length + 9);
    box.outbox.release([bytesOf("SUB a 1\r\n")]);
    await turnEnds();
    expect(link.received.slice(FIRST.length)).toBe(
      `${pub("before")}UNSUB 1\r\nSUB a 1\r\n${pub("after")}SUB a 2\r\n`,
    );
  });

  test("what was handed over before stays so, when commands go in front of what was held back", async () => {
    const { box, link } = TestOutbox.connected();
    box.publish("handed over");
    await turnEnds();
    expect(link.received).toBe(pub("handed over"));
    box.outbox.hold();
    box.outbox.release([bytesOf("SUB a 1\r\n")]);
    expect(box.outbox.isHandedOver(1)).toBe(true);
    expect(link.received).toBe(`${pub("handed over")}SUB a 1\r\n`);
  });

  test("the slabs of what waits are left alone", async () => {
    const { box, link } = TestOutbox.connected();
    box.outbox.hold();
    let wanted = "";
    for (let i = 0; i < 2000; i++) {
      const payload = `${i}.${"x".repeat(100)}`;
      box.publish(payload);
      wanted += pub(payload);
      if (i % 100 === 0) await turnEnds();
      box.outbox.onDrain();
    }
    box.outbox.release();
    await turnEnds();
    expect(link.received === wanted).toBe(true);
  });

  test("another link takes what waited, without the commands", async () => {
    const { box } = TestOutbox.connected();
    box.outbox.hold();
    box.command("SUB a 1");
    box.publish("kept");
    box.outbox.detach();
    const next = box.attach(["SUB b 2\r\n"]);
    expect(next.received).toBe(`SUB b 2\r\n${pub("kept")}`);
    box.publish("later");
    await turnEnds();
    expect(next.received).toBe(`SUB b 2\r\n${pub("kept")}${pub("later")}`);
  });

  test("ready() waits above the mark, and a message beyond the hard limit is refused", async () => {
    const { box } = TestOutbox.connected({ highWaterMark: 10, maxPendingBytes: 100 });
    box.outbox.hold();
    box.publish("x".repeat(50));
    let isReady = false;
    void box.outbox.ready({}).then(() => (isReady = true));
    await turnEnds();
    expect(isReady).toBe(false);
    expect(thrownBy(() => box.publish("x".repeat(50)))).toMatchObject({ argument: "maxPendingBytes" });
    box.outbox.release();
    await turnEnds();
    box.outbox.onDrain();
    await turnEnds();
    expect(isReady).toBe(true);
  });
});
