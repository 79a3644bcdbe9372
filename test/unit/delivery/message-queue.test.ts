import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BlockPool } from "../../../src/core/delivery/block-pool.ts";
import { MessageQueue } from "../../../src/core/delivery/message-queue.ts";
import type { Message } from "../../../src/core/message.ts";
import { Decoder, type OperationListener } from "../../../src/core/protocol/decoder.ts";
import { bytesOf } from "../support/bytes.ts";
import { aFrame, framesInChunk, texts } from "../support/messages.ts";
import { noContext } from "../support/recorder.ts";

const CHUNK = 64 * 1024;

describe("a queue of messages", () => {
  test("gives them out in order of arrival", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    queue.push(aFrame("a"));
    queue.push(aFrame("b"));
    expect(queue.shift()?.string()).toBe("a");
    queue.push(aFrame("c"));
    expect(queue.length).toBe(2);
    expect(queue.shift()?.string()).toBe("b");
    expect(queue.shift()?.string()).toBe("c");
    expect(queue.shift()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  test("gives out many at once, but no more than asked for", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    for (const text of ["a", "b", "c", "d"]) queue.push(aFrame(text));
    expect(texts(queue.take(0))).toEqual([]);
    expect(texts(queue.take(1))).toEqual(["a"]);
    expect(texts(queue.take(2))).toEqual(["b", "c"]);
    expect(texts(queue.take(Infinity))).toEqual(["d"]);
    expect(queue.take(5)).toEqual([]);
  });

  test("an array that was taken is no longer the queue's", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    queue.push(aFrame("a"));
    const taken = queue.take(Infinity);
    queue.push(aFrame("b"));
    expect(texts(taken)).toEqual(["a"]);
    expect(queue.length).toBe(1);
  });

  test("keeps the oldest when it is truncated, and says how much the others were", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    for (const text of ["a", "b", "c", "d"]) queue.push(aFrame(text));
    queue.shift();
    expect(queue.truncate(1)).toEqual({ messages: 2, bytes: 2 });
    expect(queue.truncate(7)).toEqual({ messages: 0, bytes: 0 });
    expect(texts(queue.take(9))).toEqual(["b"]);
  });

  test("agrees with a plain array, whatever is done to it", () => {
    const operations = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constantFrom("push", "push", "shift"), count: fc.nat({ max: 30 }) }),
        fc.record({
          kind: fc.constantFrom("take", "truncate", "unpin"),
          count: fc.oneof(fc.nat({ max: 60 }), fc.constant(Infinity)),
        }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(operations, (list) => {
        const queue = new MessageQueue(noContext, new BlockPool());
        const array: string[] = [];
        list.forEach(({ kind, count }, i) => {
          if (kind === "push") {
            const payloads = Array.from({ length: count }, (_, j) => `${i}.${j}`);
            for (const frame of framesInChunk(payloads, 50 * count)) queue.push(frame);
            array.push(...payloads);
          }
          if (kind === "shift") {
            const shifted = Array.from({ length: count }, () => queue.shift()?.string());
            expect(shifted).toEqual(shifted.map(() => array.shift()));
          }
          if (kind === "take") expect(texts(queue.take(count))).toEqual(array.splice(0, count));
          if (kind === "truncate") expect(queue.truncate(count)).toEqual(amount(array.splice(count)));
          if (kind === "unpin") queue.unpin();
          expect(queue.length).toBe(array.length);
        });
        expect(texts(queue.take(Infinity))).toEqual(array);
      }),
      { numRuns: 500 },
    );
  });

  test("agrees with a plain array also when it is long and was cut", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    const array: string[] = [];
    let number = 0;
    const step = (pushed: number, shifted: number): void => {
      for (let i = 0; i < pushed; i++) {
        array.push(String(number));
        queue.push(aFrame(String(number++)));
      }
      queue.unpin();
      const taken = Array.from({ length: shifted }, () => queue.shift()?.string());
      expect(taken).toEqual(array.splice(0, shifted));
      expect(queue.length).toBe(array.length);
    };
    step(3000, 1700);
    step(1000, 1500);
    step(2000, 100);
    expect(queue.truncate(1500)).toEqual(amount(array.splice(1500)));
    step(500, 2000);
    expect(queue.length).toBe(0);
  });
});

function amount(payloads: readonly string[]): { messages: number; bytes: number } {
  return { messages: payloads.length, bytes: payloads.join("").length };
}

/** Payloads that are handed out as views: what they pin can be seen. */
const [ONE, TWO, SMALL] = ["1".repeat(100), "2".repeat(100), "s".repeat(100)] as const;

/** How many bytes stay in memory because of each message. */
function pinned(messages: readonly Message[]): number[] {
  return messages.map(({ data }) => data.buffer.byteLength);
}

describe("unpinning", () => {
  test("moves messages that are a small part of their chunk to bytes of their own", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    for (const frame of framesInChunk([ONE, TWO], CHUNK)) queue.push(frame);
    queue.unpin();
    const messages = queue.take(2);
    expect(texts(messages)).toEqual([ONE, TWO]);
    for (const bytes of pinned(messages)) expect(bytes).toBeLessThan(300);
  });

  test("leaves messages that are most of their chunk where they are", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    const payloads = ["x".repeat(20_000), "y".repeat(20_000)];
    for (const frame of framesInChunk(payloads, CHUNK)) queue.push(frame);
    queue.unpin();
    const messages = queue.take(2);
    expect(texts(messages)).toEqual(payloads);
    expect(pinned(messages)).toEqual([CHUNK, CHUNK]);
  });

  test("moves a message that is all of its chunk, when that is a small part of a larger buffer", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    const [frame] = framesInChunk([ONE], CHUNK);
    frame!.bytes = frame!.bytes.subarray(0, 200);
    queue.push(frame!);
    queue.unpin();
    expect(pinned(queue.take(1))[0]).toBeLessThan(300);
  });

  test("judges what is still queued: of a chunk that was read but for one message the rest goes", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    for (const frame of framesInChunk(
      Array.from({ length: 600 }, () => ONE),
      CHUNK,
    ))
      queue.push(frame);
    queue.take(599);
    queue.unpin();
    expect(pinned(queue.take(1))[0]).toBeLessThan(300);
  });

  test("moves all parts of a message with it", () => {
    const block = "NATS/1.0\r\nA: b\r\n\r\n";
    const neighbour = "x".repeat(CHUNK);
    const chunk = bytesOf(
      `HMSG sub.ject 1 re.ply ${block.length} ${block.length + 2}\r\n${block}hi\r\nMSG b 2 ${CHUNK}\r\n${neighbour}\r\n`,
    );
    const queue = new MessageQueue(noContext, new BlockPool());
    new Decoder({ onMessage: (frame) => frame.sid === 1 && queue.push(frame) } as OperationListener).push(
      chunk,
    );
    queue.unpin();
    chunk.fill(0);
    const message = queue.shift()!;
    expect([message.subject, message.reply, message.headers?.get("A"), message.string()]).toEqual([
      "sub.ject",
      "re.ply",
      "b",
      "hi",
    ]);
  });

  test("moves only what came with the last chunk", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    queue.push(framesInChunk(["x".repeat(40_000)], CHUNK)[0]!);
    queue.unpin();
    queue.push(framesInChunk([SMALL], CHUNK)[0]!);
    queue.unpin();
    const [large, small] = pinned(queue.take(2));
    expect(large).toBe(CHUNK);
    expect(small).toBeLessThan(300);
  });

  test("gives messages that come one by one pages together, none larger than 16 KiB", () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    for (let i = 0; i < 1000; i++) {
      queue.push(framesInChunk([SMALL], CHUNK)[0]!);
      queue.unpin();
    }
    const pages = new Set(queue.take(1000).map(({ data }) => data.buffer));
    expect(pages.size).toBeLessThan(20);
    for (const { byteLength } of pages) expect(byteLength).toBeLessThanOrEqual(16 * 1024);
  });

  test.each<[string, (queue: MessageQueue) => void]>([
    ["none had", () => undefined],
    ["some were shifted", (queue) => shift(queue, 700)],
    ["so many were shifted that blocks were left", (queue) => shift(queue, 1400)],
    ["all were shifted", (queue) => shift(queue, 1500)],
    ["all were taken", (queue) => void queue.take(Infinity)],
    ["the rest was taken", (queue) => void (shift(queue, 7), queue.take(Infinity))],
    ["all were cut off", (queue) => void queue.truncate(0)],
    ["most were cut off", (queue) => void (shift(queue, 7), queue.truncate(3))],
  ])("sees the new messages also after older ones had gone: %s", (_what, remove) => {
    const queue = new MessageQueue(noContext, new BlockPool());
    for (const frame of framesInChunk(Array.from({ length: 1500 }, String), CHUNK)) queue.push(frame);
    queue.unpin();
    remove(queue);
    const left = queue.length;
    queue.push(framesInChunk([SMALL], CHUNK)[0]!);
    queue.unpin();
    const messages = queue.take(Infinity);
    expect(messages).toHaveLength(left + 1);
    expect(pinned(messages.slice(-1))[0]).toBeLessThanOrEqual(16 * 1024);
  });

  test("moves small messages also behind one that lay in two chunks", () => {
    // The decoder gives a split message a buffer of exactly its size: that says nothing of its neighbours' chunk.
    const queue = new MessageQueue(noContext, new BlockPool());
    queue.push(aFrame(ONE));
    queue.push(framesInChunk([SMALL], CHUNK)[0]!);
    queue.unpin();
    const messages = queue.take(2);
    expect(texts(messages)).toEqual([ONE, SMALL]);
    expect(pinned(messages)[1]).toBeLessThan(300);
  });

  test("keeps nothing of chunks whose messages are gone, however long the queue lives", async () => {
    const queue = new MessageQueue(noContext, new BlockPool());
    const kept: WeakRef<ArrayBufferLike>[] = [];
    for (let i = 0; i < 100; i++) {
      const [frame] = framesInChunk(["x".repeat(60_000)], CHUNK);
      kept.push(new WeakRef(frame!.bytes.buffer));
      queue.push(frame!);
      queue.unpin();
      if (i > 0) queue.shift();
    }
    expect(queue.length).toBe(1);
    await collectGarbage();
    expect(kept.filter((buffer) => buffer.deref() !== undefined).length).toBeLessThan(10);
  });
});

test("an empty queue keeps nothing of the last chunk, though no other has come", async () => {
  const queue = new MessageQueue(noContext, new BlockPool());
  // A function of its own: what is left of a loop in this one would count as in use.
  const pushAnd = (remove: () => unknown): WeakRef<ArrayBufferLike> => {
    const [frame] = framesInChunk(["x".repeat(60_000)], CHUNK);
    queue.push(frame!);
    remove();
    return new WeakRef(frame!.bytes.buffer);
  };
  const kept = [pushAnd(() => queue.shift()), pushAnd(() => queue.take(9)), pushAnd(() => queue.truncate(0))];
  await collectGarbage();
  expect(kept.filter((buffer) => buffer.deref() !== undefined)).toHaveLength(0);
});

describe("blocks", () => {
  test("go back to the pool when they are read, and are empty then", () => {
    const pool = new BlockPool();
    const [one, other] = [new MessageQueue(noContext, pool), new MessageQueue(noContext, pool)];
    for (let round = 0; round < 3; round++) {
      for (const queue of [one, other]) {
        for (const frame of framesInChunk(Array.from({ length: 700 }, (_, i) => `${round}.${i}`)))
          queue.push(frame);
      }
      for (const queue of [other, one]) {
        expect(texts(queue.take(699)).at(-1)).toBe(`${round}.698`);
        expect(queue.shift()?.string()).toBe(`${round}.699`);
      }
    }
  });
});

async function collectGarbage(): Promise<void> {
  // A weak reference keeps its target until the turn ends in which it was made.
  await new Promise(setImmediate);
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

function shift(queue: MessageQueue, count: number): void {
  for (let i = 0; i < count; i++) queue.shift();
}
