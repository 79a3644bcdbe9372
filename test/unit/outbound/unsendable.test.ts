import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseServerInfo, type ServerInfo } from "../../../src/core/protocol/server-info.ts";
import { pub, TestOutbox } from "../support/outbox.ts";

const KIB = 1024;
const BLOCK = "NATS/1.0\r\nA: b\r\n\r\n";

const infoOf = (fields: object): ServerInfo =>
  parseServerInfo(JSON.stringify({ server_id: "S", version: "2.15.2", headers: true, ...fields }));

/** An outbox that waits for a link, after one that took a lot. */
function waiting(): TestOutbox {
  const box = new TestOutbox({ reconnectBufferSize: Infinity });
  box.outbox.onInfo(infoOf({ max_payload: 1024 * KIB }));
  return box;
}

describe("when a server takes less than the last", () => {
  test("what is too large is taken out and told by its position, with its subject", () => {
    const box = waiting();
    box.publish("1");
    box.publish("x".repeat(101), "big.text");
    box.publish(new Uint8Array(200 * KIB), "big.bytes");
    box.publish("2");
    const found = box.outbox.onInfo(infoOf({ max_payload: 100 }));
    expect([...found]).toMatchObject([
      [2, { code: "MAX_PAYLOAD_EXCEEDED", subject: "big.text" }],
      [3, { code: "MAX_PAYLOAD_EXCEEDED", subject: "big.bytes" }],
    ]);
    expect(box.outbox.waitingMessages).toBe(2);
    expect(box.attach().received).toBe(pub("1") + pub("2"));
  });

  test("headers count, and are told where there are none", () => {
    const box = waiting();
    box.publish("x".repeat(90), "h", undefined, BLOCK);
    box.publish("x".repeat(90), "p");
    expect([...box.outbox.onInfo(infoOf({ max_payload: 100 }))]).toMatchObject([[1, { subject: "h" }]]);
    box.publish("1", "h", "reply.to", BLOCK);
    const found = box.outbox.onInfo(infoOf({ max_payload: 100, headers: false }));
    expect([...found]).toMatchObject([[3, { code: "HEADERS_NOT_SUPPORTED", subject: "h" }]]);
    expect(box.attach().received).toBe(pub("x".repeat(90), "p"));
  });

  test("lines count as servers count them, once one has refused a shorter one", () => {
    const box = waiting();
    const { lines } = box.outbox.publishLimits;
    box.outbox.onLink(infoOf({ max_payload: 1024 * KIB }));
    lines.note(700);
    lines.lower();
    box.publish("1", "s".repeat(697));
    box.publish("2", "s".repeat(698));
    box.publish("3", "s".repeat(300), "r".repeat(397));
    box.publish("4", "s".repeat(300), "r".repeat(394), BLOCK);
    box.publish("5", "s".repeat(300), "r".repeat(391), BLOCK);
    const found = box.outbox.onLink(infoOf({ max_payload: 1024 * KIB }));
    expect([...found]).toMatchObject([
      [2, { code: "CONTROL_LINE_TOO_LONG", subject: "s".repeat(698) }],
      [3, { code: "CONTROL_LINE_TOO_LONG" }],
      [4, { code: "CONTROL_LINE_TOO_LONG" }],
    ]);
    expect(box.outbox.waitingMessages).toBe(2);
    // The next refusal concerns the longest of those that are left.
    expect(lines.lower()).toBe(699);
  });

  test("while it is held, what was there before goes first, and the rest later", () => {
    const { box, link } = TestOutbox.connected();
    link.isBusy = true;
    box.publish("first");
    box.outbox.flush();
    box.publish("before");
    box.publish("x".repeat(200));
    box.outbox.hold();
    box.publish("y".repeat(200));
    box.publish("after");
    expect([...box.outbox.onInfo(infoOf({ max_payload: 100 })).keys()]).toEqual([3, 4]);
    link.drain();
    expect(link.received).toBe(pub("first") + pub("before"));
    box.outbox.release();
    expect(link.received).toBe(pub("first") + pub("before") + pub("after"));
  });

  test("every message either goes or is told, whatever the sizes", () => {
    const sizes = fc.array(
      fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 5000 }), fc.constantFrom(40 * KIB, 64 * KIB, 150 * KIB)),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(sizes, fc.nat({ max: 70 * KIB }), (list, limit) => {
        const box = waiting();
        list.forEach((size, i) => {
          if (i % 5 === 0) box.command("PING");
          box.publish(i % 2 === 0 ? "x".repeat(size) : new Uint8Array(size).fill(0x78), `s.${i}`);
        });
        const found = box.outbox.onInfo(infoOf({ max_payload: limit }));
        const refused = list.flatMap((size, i) => (size > limit ? [i + 1] : []));
        expect([...found.keys()]).toEqual(refused);
        const sent = list.map((size, i) => (size > limit ? "" : pub("x".repeat(size), `s.${i}`)));
        expect(box.attach().received.replaceAll("PING\r\n", "") === sent.join("")).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
