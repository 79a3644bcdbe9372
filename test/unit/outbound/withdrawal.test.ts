import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pub, TestOutbox, turnEnds } from "../support/outbox.ts";

const KIB = 1024;

const sizes = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 200 }) },
  { weight: 1, arbitrary: fc.integer({ min: 30 * KIB, max: 40 * KIB }) },
);

/** A message: how large it is, whether headers go with it, and whether it is withdrawn in the end. */
const message = fc.record({ size: sizes, hasHeaders: fc.boolean(), isWithdrawn: fc.boolean() });

const BLOCK = "NATS/1.0\r\nA: b\r\n\r\n";

function hpub(payload: string): string {
  return `HPUB a ${BLOCK.length} ${BLOCK.length + payload.length}\r\n${BLOCK}${payload}\r\n`;
}

describe("messages that are withdrawn", () => {
  test("without a link are not sent with the next; all others are, whole and in order", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 80 }), (messages) => {
        const box = new TestOutbox({ reconnectBufferSize: Infinity });
        const positions = messages.map(({ size, hasHeaders }, i) => {
          const payload = String(i % 10).repeat(size);
          box.publish(payload, "a", undefined, hasHeaders ? BLOCK : undefined);
          return box.outbox.lastPosition;
        });
        const isWithdrawn = (i: number): boolean => messages[i]!.isWithdrawn;
        positions.filter((_, i) => isWithdrawn(i)).forEach((position) => box.outbox.withdraw(position));
        const wanted = messages
          .map(({ size, hasHeaders }, i) => (hasHeaders ? hpub : pub)(String(i % 10).repeat(size)))
          .filter((_, i) => !isWithdrawn(i));
        expect(box.attach().received === wanted.join("")).toBe(true);
        const contents = messages.filter((_, i) => !isWithdrawn(i));
        expect(box.counters).toMatchObject({
          outMessages: contents.length,
          outBytes: contents.reduce(
            (sum, { size, hasHeaders }) => sum + size + (hasHeaders ? BLOCK.length : 0),
            0,
          ),
        });
        const sent = positions.filter((_, i) => !isWithdrawn(i));
        expect(sent.every((position) => box.outbox.isHandedOver(position))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("behind a busy transport are not sent, and what was handed over stays as it is", async () => {
    const { box, link } = TestOutbox.connected();
    link.isBusy = true;
    box.publish("1");
    await turnEnds();
    box.publish("2");
    const second = box.outbox.lastPosition;
    box.publish("3");
    expect(box.outbox.isHandedOver(second)).toBe(false);
    box.outbox.withdraw(second);
    box.outbox.withdraw(second - 1);
    link.isBusy = false;
    link.drain();
    await turnEnds();
    expect(link.received).toBe(`${pub("1")}${pub("3")}`);
    box.outbox.withdraw(second + 1);
    expect(box.outbox.pendingBytes).toBe(0);
  });

  test("before they are handed over, in the turn that made them", async () => {
    const { box, link } = TestOutbox.connected();
    box.publish("1");
    box.outbox.withdraw(box.outbox.lastPosition);
    box.publish("2");
    await turnEnds();
    expect(link.received).toBe(pub("2"));
  });

  test("make room, and count as nothing that was lost or replayed", () => {
    const box = new TestOutbox({ reconnectBufferSize: 100 });
    for (let i = 0; i < 1000; i++) {
      box.publish("x".repeat(50));
      box.outbox.withdraw(box.outbox.lastPosition);
    }
    box.publish("kept");
    expect(box.outbox.pendingBytes).toBe(pub("kept").length);
    box.publish("withdrawn");
    box.outbox.withdraw(box.outbox.lastPosition);
    expect(box.attach().received).toBe(pub("kept"));
  });

  test("leave the memory alone of what waits behind them, until that has left", async () => {
    const { box, link } = TestOutbox.connected();
    link.isBusy = true;
    const payloads = Array.from({ length: 300 }, (_, i) => `${i}.`.padEnd(10 * KIB, "x"));
    box.publish("first");
    await turnEnds();
    const before = box.outbox.lastPosition;
    for (const payload of payloads.slice(0, 150)) box.publish(payload);
    // What is left of its chunk gets memory of its own, and stands in front of the others.
    box.outbox.withdraw(before + 2);
    box.outbox.removeWithdrawn();
    // A part of what waits leaves, and slabs are used again.
    link.drain(true);
    for (const payload of payloads.slice(150)) box.publish(payload);
    link.drain();
    const wanted = payloads.filter((_, i) => i !== 1).map((payload) => pub(payload));
    expect(link.received === pub("first") + wanted.join("")).toBe(true);
  });
});
