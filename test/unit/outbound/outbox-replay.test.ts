import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectionError } from "../../../src/core/errors.ts";
import type { MemoryTransport } from "../support/memory-transport.ts";
import { bytesOf } from "../support/bytes.ts";
import { pub, TestOutbox, turnEnds } from "../support/outbox.ts";
import { thrownBy } from "../support/thrown.ts";

const KIB = 1024;

describe("without a link", () => {
  test("messages wait and go out in order with the next, behind what it has to be told first [BUF-03] [RECON-23]", async () => {
    const box = new TestOutbox();
    box.publish("1");
    await turnEnds();
    box.publish("y".repeat(40 * KIB));
    box.publish("2");
    const link = box.attach(["SUB a 1\r\n", "SUB b 2\r\n"]);
    box.publish("3");
    await turnEnds();
    expect(link.received).toBe(
      `SUB a 1\r\nSUB b 2\r\n${pub("1")}${pub("y".repeat(40 * KIB))}${pub("2")}${pub("3")}`,
    );
  });

  test("they are on their way before attach returns: nothing can come in between [CONC-02]", () => {
    const box = new TestOutbox();
    box.publish("1");
    expect(box.attach(["SUB a 1\r\n"]).received).toBe(`SUB a 1\r\n${pub("1")}`);
  });

  test("they wait on when the new link is busy with what it is told first", () => {
    const box = new TestOutbox();
    box.publish("1");
    const link = box.attach(["SUB a 1\r\n"], true);
    expect(link.received).toBe("SUB a 1\r\n");
    link.drain();
    expect(link.received).toBe(`SUB a 1\r\n${pub("1")}`);
  });

  test("PINGs wait among them, in order [BUF-08] [FLUSH-07]", () => {
    const box = new TestOutbox();
    box.publish("1");
    box.command("PING");
    box.publish("2");
    expect(box.attach().received).toBe(`${pub("1")}PING\r\n${pub("2")}`);
  });

  test("the caller has its array back at once, a large one too [BUF-12]", () => {
    const box = new TestOutbox();
    const payload = new Uint8Array(40 * KIB).fill(0x78);
    box.publish(payload);
    payload.fill(0);
    expect(box.attach().received === pub("x".repeat(40 * KIB))).toBe(true);
  });

  test("the limit is tested before a message is taken, so the last may go over it [BUF-04] [BUF-05] [SC-15]", () => {
    const box = new TestOutbox({ reconnectBufferSize: 32 });
    expect(pub("food", "foo")).toHaveLength(17);
    box.publish("food", "foo");
    box.publish("food", "foo");
    const error = thrownBy(() => box.publish("food", "foo"));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      code: "OUTBOUND_LIMIT_EXCEEDED",
      argument: "reconnectBufferSize",
      subject: "foo",
      sent: false,
    });
    expect(box.outbox.pendingBytes).toBe(34);
    expect(box.counters.outMessages).toBe(2);
    // BUF-06: only publishes are limited.
    box.command("PING");
    expect(box.attach().received).toBe(`${pub("food", "foo").repeat(2)}PING\r\n`);
  });

  test("a buffer that holds just its limit is full [BUF-04]", () => {
    const box = new TestOutbox({ reconnectBufferSize: 34 });
    box.publish("food", "foo");
    box.publish("food", "foo");
    expect(thrownBy(() => box.publish("food", "foo"))).toMatchObject({ code: "OUTBOUND_LIMIT_EXCEEDED" });
  });

  test('whileDisconnected: "throw" refuses at once', () => {
    const box = new TestOutbox({ whileDisconnected: "throw" });
    expect(thrownBy(() => box.publish("x", "foo"))).toMatchObject({
      code: "DISCONNECTED",
      subject: "foo",
      sent: false,
    });
    expect(box.counters).toMatchObject({ outMessages: 0, outDropped: 0 });
    expect(box.attach().received).toBe("");
  });

  test('whileDisconnected: "drop" drops, says so and counts', () => {
    const box = new TestOutbox({ whileDisconnected: "drop" });
    expect([box.publish("1"), box.publish("2")]).toEqual([false, false]);
    expect(box.outbox.publishTo(bytesOf("a"), 0, 1, "3")).toBe(false);
    expect(box.counters).toMatchObject({ outMessages: 0, outDropped: 3 });
    expect(box.attach().received).toBe("");
  });

  test("attach tells how much it replays, and close how much is lost", () => {
    const box = new TestOutbox();
    box.publish("1");
    box.publish("y".repeat(40 * KIB));
    const bytes = pub("1").length + pub("y".repeat(40 * KIB)).length;
    const link = new TestOutbox().attach();
    expect(box.outbox.attach(link, [])).toEqual({ messages: 2, bytes });
    box.outbox.detach();
    expect(box.outbox.attach(link, [])).toEqual({ messages: 0, bytes: 0 });
    box.outbox.detach();
    box.publish("2");
    const closed = new ConnectionError("CONNECTION_CLOSED", "closed");
    expect(box.outbox.close(closed)).toEqual({ messages: 1, bytes: pub("2").length });
    expect(box.outbox.pendingBytes).toBe(0);
  });
});

describe("when the link is lost", () => {
  test("what was not handed over goes out with the next, once; commands do not [BUF-07] [RECON-23]", async () => {
    const { box, link } = TestOutbox.connected();
    link.isBusy = true;
    box.publish("handed over");
    await turnEnds();
    box.publish("1");
    box.command("SUB a 1");
    box.command("PING");
    box.publish("2");
    box.command("PONG");
    box.publish("y".repeat(40 * KIB));
    box.command("UNSUB 1");
    box.outbox.detach();
    expect(box.outbox.pendingBytes).toBe(
      pub("1").length + pub("2").length + pub("y".repeat(40 * KIB)).length,
    );
    box.publish("3");
    const next = box.attach(["SUB a 1\r\n"]);
    box.publish("4");
    await turnEnds();
    expect(next.received).toBe(
      `SUB a 1\r\n${pub("1")}${pub("2")}${pub("y".repeat(40 * KIB))}${pub("3")}${pub("4")}`,
    );
    expect(link.received).toBe(pub("handed over"));
  });

  test("what was published in the same turn waits for the next", async () => {
    const { box, link } = TestOutbox.connected();
    box.publish("1");
    box.command("PING");
    box.outbox.detach();
    await turnEnds();
    expect(link.received).toBe("");
    expect(box.attach().received).toBe(pub("1"));
  });

  test("a large message is replayed whole or not at all, wherever the link broke", () => {
    // The parts of a large message are chunks of their own: what is handed over must not end between them.
    for (let before = 40; before <= 60; before += 4) {
      const { box, link } = TestOutbox.connected();
      link.isBusy = true;
      box.publish("first");
      box.outbox.flush();
      for (let i = 0; i < before; i++) box.publish("x".repeat(10 * KIB));
      for (let i = 0; i < 20; i++) {
        box.publish("y".repeat(40 * KIB));
        box.publish("z".repeat(40 * KIB), "a", undefined, "NATS/1.0\r\nA: b\r\n\r\n");
      }
      link.drain(true);
      box.outbox.detach();
      const next = box.attach();
      expect(operationsIn(next), `with ${before} messages in front`).not.toContain("broken");
    }
  });

  test("every message arrives once, whole and in order, whatever happens to the links", async () => {
    const size = fc.oneof(
      fc.nat({ max: 100 }),
      fc.nat({ max: 5000 }),
      fc.nat({ max: 40 * KIB }),
      fc.constantFrom(32 * KIB - 1, 32 * KIB, 64 * KIB, 130 * KIB),
    );
    const steps = fc.array(
      fc.oneof(
        {
          weight: 8,
          arbitrary: fc.record({ kind: fc.constant("publish" as const), size, asText: fc.boolean() }),
        },
        ...(["command", "turn", "flush", "drain", "get busy", "lose", "find"] as const).map((kind) => ({
          weight: kind === "command" ? 3 : 1,
          arbitrary: fc.constant({ kind, size: 0, asText: false }),
        })),
      ),
      { maxLength: 80 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const run = new Run();
        for (const step of list) await run.take(step);
        await run.end();
        expect(run.box.outbox.pendingBytes).toBe(0);
        expect(run.box.counters.outMessages).toBe(run.published.length);
        const received = run.links.flatMap((link) => operationsIn(link));
        expect(received.filter((operation) => operation !== "command")).toEqual(run.published);
        for (const link of run.links) expect(link.received.startsWith("SUB a 1\r\n")).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

interface Step {
  readonly kind: "publish" | "command" | "turn" | "flush" | "drain" | "get busy" | "lose" | "find";
  readonly size: number;
  readonly asText: boolean;
}

/** One outbox and its links, one after the other. */
class Run {
  readonly box = new TestOutbox({ reconnectBufferSize: Infinity });
  readonly links: MemoryTransport[] = [];
  readonly published: string[] = [];
  #link: MemoryTransport | undefined;

  async take({ kind, size, asText }: Step): Promise<void> {
    if (kind === "publish") this.#publish(size, asText);
    if (kind === "command") this.box.command("PING");
    if (kind === "turn") await turnEnds();
    if (kind === "flush") this.box.outbox.flush();
    if (kind === "drain") this.#link?.drain();
    if (kind === "get busy" && this.#link !== undefined) this.#link.isBusy = true;
    if (kind === "lose" && this.#link !== undefined) this.#lose();
    if (kind === "find") this.#find();
  }

  async end(): Promise<void> {
    this.#find().drain();
    await turnEnds();
  }

  #publish(size: number, asText: boolean): void {
    const payload = `${this.published.length}`.padEnd(size, ".");
    this.published.push(payload);
    this.box.publish(asText ? payload : bytesOf(payload));
  }

  #lose(): void {
    this.box.outbox.detach();
    this.#link = undefined;
  }

  #find(): MemoryTransport {
    if (this.#link !== undefined) return this.#link;
    const link = this.box.attach(["SUB a 1\r\n"]);
    this.links.push(link);
    this.#link = link;
    return link;
  }
}

/** The payloads in what a link was given, "command" for anything else and "broken" for what is no operation. */
function operationsIn(link: MemoryTransport): string[] {
  const stream = link.received;
  const operations: string[] = [];
  let at = 0;
  while (at < stream.length) {
    const lineEnd = stream.indexOf("\r\n", at);
    const line = stream.slice(at, lineEnd);
    if (/^(PING|SUB a 1)$/.test(line)) {
      operations.push("command");
      at = lineEnd + 2;
      continue;
    }
    const sizes = /^(?:PUB a|HPUB a (\d+)) (\d+)$/.exec(line);
    if (sizes === null) return [...operations, "broken"];
    const payloadEnd = lineEnd + 2 + Number(sizes[2]);
    // The rest of a message was not handed over: then all of it has to come again on the next link.
    if (payloadEnd + 2 > stream.length) return operations;
    if (stream.slice(payloadEnd, payloadEnd + 2) !== "\r\n") return [...operations, "broken"];
    operations.push(stream.slice(lineEnd + 2 + Number(sizes[1] ?? 0), payloadEnd));
    at = payloadEnd + 2;
  }
  return operations;
}
