import { describe, expect, test } from "vitest";
import { bytesOf, latin1 } from "../support/bytes.ts";
import { pub, TestOutbox, turnEnds } from "../support/outbox.ts";

const KIB = 1024;
const SLAB = 64 * KIB;
const LARGE = 32 * KIB;

describe("what is published", () => {
  test("goes out as PUB: text, bytes or nothing [WIRE-04] [PUB-10]", async () => {
    const { box, link } = TestOutbox.connected();
    box.publish("héllo");
    box.publish(Uint8Array.of(0, 13, 10, 255));
    box.publish(undefined);
    box.publish("x", "sub.ject", "re.ply");
    await turnEnds();
    expect(link.received).toBe(
      `PUB a 6\r\n${latin1(bytesOf("héllo"))}\r\nPUB a 4\r\n\0\r\n\u00ff\r\nPUB a 0\r\n\r\nPUB sub.ject re.ply 1\r\nx\r\n`,
    );
  });

  test("goes out as HPUB with a block of headers [WIRE-05]", async () => {
    const { box, link } = TestOutbox.connected();
    const block = "NATS/1.0\r\nA: b\r\n\r\n";
    box.publish("hi", "a", undefined, block);
    box.publish(undefined, "a", "r", block);
    await turnEnds();
    expect(link.received).toBe(
      `HPUB a ${block.length} ${block.length + 2}\r\n${block}hi\r\nHPUB a r ${block.length} ${block.length}\r\n${block}\r\n`,
    );
  });

  test("may go to a subject that lies in received bytes, and is counted the same", async () => {
    const { box, link } = TestOutbox.connected();
    const received = bytesOf("MSG x 1 r.1 0\r\n\r\n");
    expect(box.outbox.publishTo(received, 8, 11, "hi")).toBe(true);
    box.outbox.publishTo(received, 8, 11, new Uint8Array(LARGE).fill(0x79));
    await turnEnds();
    expect(link.received).toBe(pub("hi", "r.1") + pub("y".repeat(LARGE), "r.1"));
    expect(box.counters).toMatchObject({ outMessages: 2, outBytes: 2 + LARGE });
  });

  test("goes out in the order of the calls, commands and large payloads among it [BUF-13] [WIRE-24]", async () => {
    const { box, link } = TestOutbox.connected();
    const large = "y".repeat(LARGE);
    box.publish("1");
    box.command("SUB a 1");
    box.publish(large);
    box.publish("2");
    box.command("PING");
    box.command("PONG");
    box.publish(bytesOf(large), "b");
    box.publish("3");
    await turnEnds();
    expect(link.received).toBe(
      `${pub("1")}SUB a 1\r\n${pub(large)}${pub("2")}PING\r\nPONG\r\n${pub(large, "b")}${pub("3")}`,
    );
  });

  test("is counted by messages, and by bytes of payload and headers [PUB-07]", () => {
    const { box } = TestOutbox.connected();
    box.publish("héllo");
    box.publish(undefined, "a", "r", "12345678");
    box.publish(new Uint8Array(LARGE));
    box.command("PING");
    expect(box.counters).toMatchObject({ outMessages: 3, outBytes: 6 + 8 + LARGE, outDropped: 0 });
  });

  test("is the caller's again at once if it is small [BUF-12]", async () => {
    const { box, link } = TestOutbox.connected();
    const payload = bytesOf("before");
    box.publish(payload);
    payload.fill(0);
    await turnEnds();
    expect(link.received).toBe(pub("before"));
  });

  test.each([0, 1, 47, 48, 49, 1000, 20 * KIB, LARGE - 1, LARGE, SLAB, 300 * KIB])(
    "is whole with a payload of %i bytes, as text and as bytes",
    async (size) => {
      const { box, link } = TestOutbox.connected();
      const payload = "z".repeat(size);
      box.publish(payload);
      box.publish(bytesOf(payload));
      await turnEnds();
      expect(link.received === pub(payload) + pub(payload)).toBe(true);
    },
  );

  test("is whole with subjects of the greatest length", async () => {
    const { box, link } = TestOutbox.connected();
    const subject = "€".repeat(8192);
    const payload = "p".repeat(LARGE - 1);
    for (let i = 0; i < 3; i++) box.publish(payload, subject, subject);
    await turnEnds();
    const wire = latin1(bytesOf(`PUB ${subject} ${subject} ${payload.length}\r\n${payload}\r\n`));
    expect(link.received === wire.repeat(3)).toBe(true);
  });
});

describe("when it goes out", () => {
  test("not within the call, but in one write at the end of the turn [BUF-02]", async () => {
    const { box, link } = TestOutbox.connected();
    for (let i = 0; i < 100; i++) box.publish("x");
    expect(link.writes).toHaveLength(0);
    await turnEnds();
    expect(link.writes).toHaveLength(1);
    expect(link.received).toBe(pub("x").repeat(100));
  });

  test("by microtasks alone: it does not wait for timers or input", async () => {
    const { box, link } = TestOutbox.connected();
    box.publish("x");
    for (let i = 0; i < 20; i++) await Promise.resolve();
    expect(link.received).toBe(pub("x"));
  });

  test("again in the next turn, and never without need", async () => {
    const { box, link } = TestOutbox.connected();
    box.publish("x");
    await turnEnds();
    await turnEnds();
    box.publish("y");
    await turnEnds();
    expect(link.writes).toHaveLength(2);
    expect(link.received).toBe(pub("x") + pub("y"));
  });

  test("by the slab and not by the message when a loop awaits ready() before each", async () => {
    const { box, link } = TestOutbox.connected();
    const count = 10_000;
    let turns = 0;
    const countTurn = (): void => {
      turns++;
      counting = setImmediate(countTurn);
    };
    let counting = setImmediate(countTurn);
    for (let i = 0; i < count; i++) {
      await box.outbox.ready({});
      box.publish("0123456789");
    }
    await turnEnds();
    clearImmediate(counting);
    expect(link.received === pub("0123456789").repeat(count)).toBe(true);
    // Whenever the event loop turns, what there is goes out.
    expect(link.writes.length).toBeLessThan((2 * link.bytes.length) / SLAB + 2 * turns + 2);
  });

  test("at once when a slab is full, without an end of the turn [BUF-01]", () => {
    const { box, link } = TestOutbox.connected();
    for (let i = 0; i < 100; i++) box.publish("x".repeat(KIB));
    expect(link.writes.length).toBeGreaterThan(0);
    expect(link.bytes.length + SLAB).toBeGreaterThan(100 * KIB);
  });

  test("at once when enough large payloads wait, without an end of the turn", () => {
    const { box, link } = TestOutbox.connected();
    for (let i = 0; i < 40; i++) box.publish("x".repeat(40 * KIB));
    expect(link.writes.length).toBeGreaterThan(0);
    expect(box.outbox.pendingBytes).toBeLessThan(1024 * KIB);
  });

  test("at once when a flush asks for it [FLUSH-01]", () => {
    const { box, link } = TestOutbox.connected();
    box.publish("x");
    box.outbox.flush();
    expect(link.received).toBe(pub("x"));
    expect(box.outbox.pendingBytes).toBe(0);
    box.outbox.flush();
    expect(link.writes).toHaveLength(1);
  });
});

describe("memory", () => {
  test("is one slab, used over and over, while the transport takes everything", async () => {
    const { box, link } = TestOutbox.connected();
    for (let i = 0; i < 5000; i++) {
      box.publish("x".repeat(i % 400));
      if (i % 700 === 0) await turnEnds();
    }
    await turnEnds();
    expect(link.bytes.length).toBeGreaterThan(10 * SLAB);
    expect(link.heldMemory).toBe(SLAB);
  });

  test("is one slab also with commands and large payloads among the messages", async () => {
    const { box, link } = TestOutbox.connected();
    const large = new Uint8Array(LARGE);
    for (let i = 0; i < 5000; i++) {
      box.publish("x".repeat(i % 400));
      if (i % 50 === 0) box.command("PING");
      if (i % 500 === 0) box.publish(large);
      if (i % 700 === 0) await turnEnds();
    }
    await turnEnds();
    const small = link.heldMemory - large.buffer.byteLength;
    expect(small).toBeLessThan(2 * SLAB);
  });

  test.each([1, LARGE - 1, LARGE, 5 * SLAB])("of a payload of %i bytes is not kept", async (size) => {
    const { box, link } = TestOutbox.connected();
    const payload = new Uint8Array(size).fill(0x78);
    box.publish(payload);
    await turnEnds();
    expect(link.writes.flat().every((chunk) => chunk.buffer !== payload.buffer)).toBe(true);
  });
});
