import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MessageQueue } from "../../../src/core/delivery/message-queue.ts";
import { decode } from "../support/recorder.ts";
import { bytesOf } from "../support/bytes.ts";
import { aMessage, messagesInChunk, texts } from "../support/messages.ts";

const CHUNK = 64 * 1024;

describe("a queue of messages", () => {
  test("gives them out in order of arrival", () => {
    const queue = new MessageQueue();
    const [a, b, c] = [aMessage("a"), aMessage("b"), aMessage("c")];
    queue.push(a);
    queue.push(b);
    expect(queue.shift()).toBe(a);
    queue.push(c);
    expect(queue.length).toBe(2);
    expect(queue.shift()).toBe(b);
    expect(queue.shift()).toBe(c);
    expect(queue.shift()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  test("gives out many at once, but no more than asked for", () => {
    const queue = new MessageQueue();
    for (const text of ["a", "b", "c", "d"]) queue.push(aMessage(text));
    expect(texts(queue.take(0))).toEqual([]);
    expect(texts(queue.take(1))).toEqual(["a"]);
    expect(texts(queue.take(2))).toEqual(["b", "c"]);
    expect(texts(queue.take(Infinity))).toEqual(["d"]);
    expect(queue.take(5)).toEqual([]);
  });

  test("an array that was taken is no longer the queue's", () => {
    const queue = new MessageQueue();
    queue.push(aMessage("a"));
    const taken = queue.take(Infinity);
    queue.push(aMessage("b"));
    expect(texts(taken)).toEqual(["a"]);
    expect(queue.length).toBe(1);
  });

  test("keeps the oldest when it is truncated, and returns the others", () => {
    const queue = new MessageQueue();
    for (const text of ["a", "b", "c", "d"]) queue.push(aMessage(text));
    queue.shift();
    expect(texts(queue.truncate(1))).toEqual(["c", "d"]);
    expect(texts(queue.truncate(7))).toEqual([]);
    expect(texts(queue.take(9))).toEqual(["b"]);
  });

  test("agrees with a plain array, whatever is done to it", () => {
    const operations = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constantFrom("push", "push", "shift"), count: fc.nat({ max: 30 }) }),
        fc.record({
          kind: fc.constantFrom("take", "truncate", "settle"),
          count: fc.oneof(fc.nat({ max: 60 }), fc.constant(Infinity)),
        }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(operations, (list) => {
        const queue = new MessageQueue();
        const array: string[] = [];
        list.forEach(({ kind, count }, i) => {
          if (kind === "push") {
            const payloads = Array.from({ length: count }, (_, j) => `${i}.${j}`);
            for (const message of messagesInChunk(payloads, 50 * count)) queue.push(message);
            array.push(...payloads);
          }
          if (kind === "shift") {
            for (let j = 0; j < count; j++) expect(queue.shift()?.string()).toBe(array.shift());
          }
          if (kind === "take") expect(texts(queue.take(count))).toEqual(array.splice(0, count));
          if (kind === "truncate") expect(texts(queue.truncate(count))).toEqual(array.splice(count));
          if (kind === "settle") queue.settle();
          expect(queue.length).toBe(array.length);
        });
        expect(texts(queue.take(Infinity))).toEqual(array);
      }),
      { numRuns: 500 },
    );
  });

  test("agrees with a plain array also when it is long and was cut", () => {
    const queue = new MessageQueue();
    const array: string[] = [];
    let number = 0;
    const step = (pushed: number, shifted: number): void => {
      for (let i = 0; i < pushed; i++) {
        array.push(String(number));
        queue.push(aMessage(String(number++)));
      }
      queue.settle();
      for (let i = 0; i < shifted; i++) expect(queue.shift()?.string()).toBe(array.shift());
      expect(queue.length).toBe(array.length);
    };
    step(3000, 1700);
    step(1000, 1500);
    step(2000, 100);
    expect(texts(queue.truncate(1500))).toEqual(array.splice(1500));
    step(500, 2000);
    expect(queue.length).toBe(0);
  });
});

describe("settling", () => {
  test("moves messages that are a small part of their chunk to bytes of their own", () => {
    const queue = new MessageQueue();
    const messages = messagesInChunk(["one", "two"], CHUNK);
    for (const message of messages) queue.push(message);
    expect(messages[0]!.pinned.length).toBe(CHUNK);
    queue.settle();
    for (const message of messages) expect(message.pinned.length).toBeLessThan(100);
    expect(texts(queue.take(2))).toEqual(["one", "two"]);
  });

  test("leaves messages that are most of their chunk where they are", () => {
    const queue = new MessageQueue();
    const messages = messagesInChunk(["x".repeat(20_000), "y".repeat(20_000)], CHUNK);
    for (const message of messages) queue.push(message);
    queue.settle();
    expect(messages[0]!.pinned.length).toBe(CHUNK);
    expect(texts(queue.take(2))).toEqual(["x".repeat(20_000), "y".repeat(20_000)]);
  });

  test("moves all parts of a message with it", () => {
    const block = "NATS/1.0\r\nA: b\r\n\r\n";
    const neighbour = "x".repeat(CHUNK);
    const chunk = bytesOf(
      `HMSG sub.ject 1 re.ply ${block.length} ${block.length + 2}\r\n${block}hi\r\nMSG b 2 ${CHUNK}\r\n${neighbour}\r\n`,
    );
    const message = decode(chunk).messages[0]!;
    const queue = new MessageQueue();
    queue.push(message);
    queue.settle();
    chunk.fill(0);
    expect([message.subject, message.reply, message.headers?.get("A"), message.string()]).toEqual([
      "sub.ject",
      "re.ply",
      "b",
      "hi",
    ]);
  });

  test("moves only what came with the last chunk", () => {
    const queue = new MessageQueue();
    const [large] = messagesInChunk(["x".repeat(40_000)], CHUNK);
    const [small] = messagesInChunk(["small"], CHUNK);
    queue.push(large!);
    queue.settle();
    queue.push(small!);
    queue.settle();
    expect(large!.pinned.length).toBe(CHUNK);
    expect(small!.pinned.length).toBeLessThan(100);
  });

  test.each<[string, (queue: MessageQueue) => void]>([
    ["none had", () => undefined],
    ["some were shifted", (queue) => shift(queue, 700)],
    ["so many were shifted that the queue was cut", (queue) => shift(queue, 1400)],
    ["all were shifted", (queue) => shift(queue, 1500)],
    ["all were taken", (queue) => void queue.take(Infinity)],
    ["the rest was taken", (queue) => void (shift(queue, 7), queue.take(Infinity))],
    ["all were cut off", (queue) => void queue.truncate(0)],
    ["most were cut off", (queue) => void (shift(queue, 7), queue.truncate(3))],
  ])("sees the new messages also after older ones had gone: %s", (_what, remove) => {
    const queue = new MessageQueue();
    for (const message of messagesInChunk(Array.from({ length: 1500 }, String), CHUNK)) queue.push(message);
    queue.settle();
    remove(queue);
    const left = queue.length;
    const [next] = messagesInChunk(["new"], CHUNK);
    queue.push(next!);
    queue.settle();
    expect(next!.pinned.length).toBeLessThan(100);
    expect(queue.take(Infinity)).toHaveLength(left + 1);
  });

  test("moves small messages also behind one that lay in two chunks", () => {
    // The decoder gives a split message a buffer of exactly its size: that says nothing of its neighbours' chunk.
    const queue = new MessageQueue();
    const [split] = messagesInChunk(["split"]);
    const [small] = messagesInChunk(["small"], CHUNK);
    queue.push(split!);
    queue.push(small!);
    queue.settle();
    expect(small!.pinned.length).toBeLessThan(200);
    expect(texts(queue.take(2))).toEqual(["split", "small"]);
  });
});

function shift(queue: MessageQueue, count: number): void {
  for (let i = 0; i < count; i++) queue.shift();
}
