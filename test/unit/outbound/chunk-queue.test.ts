import { describe, expect, test } from "vitest";
import { ChunkQueue } from "../../../src/core/outbound/chunk-queue.ts";
import { bytesOf } from "../support/bytes.ts";

const text = (chunks: readonly Uint8Array[]): string[] =>
  chunks.map((chunk) => new TextDecoder().decode(chunk));

function queueOf(
  ...chunks: readonly (readonly [string, "publishes" | "continuation" | "commands"])[]
): ChunkQueue {
  const queue = new ChunkQueue();
  let last = 0;
  for (const [bytes, kind] of chunks) {
    const messages = kind === "publishes" ? 1 : 0;
    last += messages;
    queue.push(bytesOf(bytes), messages, kind, last);
  }
  return queue;
}

test("gives back what it got, in order, about as much at a time as is asked for", () => {
  const queue = queueOf(["aaaa", "publishes"], ["bbbb", "commands"], ["cccc", "publishes"]);
  expect([queue.length, queue.bytes, queue.messages]).toEqual([3, 12, 2]);
  expect(text(queue.take(5))).toEqual(["aaaa", "bbbb"]);
  expect([queue.length, queue.bytes, queue.messages]).toEqual([1, 4, 1]);
  expect(text(queue.take(5))).toEqual(["cccc"]);
  expect(queue.take(5)).toEqual([]);
});

test("never separates the pieces of one message", () => {
  const queue = queueOf(
    ["head", "publishes"],
    ["payload", "continuation"],
    ["end", "continuation"],
    ["next", "publishes"],
  );
  expect(text(queue.take(1))).toEqual(["head", "payload", "end"]);
  expect(text(queue.take(1))).toEqual(["next"]);
});

test("without a link commands are of no use, and messages stay whole", () => {
  const queue = queueOf(
    ["SUB", "commands"],
    ["head", "publishes"],
    ["payload", "continuation"],
    ["PING", "commands"],
  );
  queue.dropCommands();
  expect([queue.bytes, queue.messages]).toEqual([11, 1]);
  expect(text(queue.take(Infinity))).toEqual(["head", "payload"]);
});

test("is empty after it was cleared", () => {
  const queue = queueOf(["a", "publishes"]);
  queue.clear();
  expect([queue.length, queue.bytes, queue.messages]).toEqual([0, 0, 0]);
});

describe("a queue that is held", () => {
  test("gives what was there before, and the rest once it is released, commands in front of it", () => {
    const queue = queueOf(["before", "publishes"]);
    queue.hold();
    queue.push(bytesOf("after"), 1, "publishes", 2);
    expect([queue.canTake, text(queue.take(Infinity)), queue.canTake]).toEqual([true, ["before"], false]);
    expect([queue.take(Infinity), queue.bytes, queue.messages]).toEqual([[], 5, 1]);
    queue.release([bytesOf("SUB")], 1);
    expect([queue.canTake, queue.bytes]).toEqual([true, 8]);
    expect(text(queue.take(Infinity))).toEqual(["SUB", "after"]);
  });

  test("puts commands behind what was there before and has not been taken", () => {
    const queue = queueOf(["1", "publishes"], ["2", "publishes"]);
    queue.hold();
    queue.push(bytesOf("3"), 1, "publishes", 3);
    expect(text(queue.take(1))).toEqual(["1"]);
    queue.release([bytesOf("SUB")], 1);
    expect(text(queue.take(Infinity))).toEqual(["2", "SUB", "3"]);
  });
});
