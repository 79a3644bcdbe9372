import { expect, test } from "vitest";
import { ChunkQueue } from "../../../src/core/connection/chunk-queue.ts";
import { bytesOf } from "../support/bytes.ts";

const text = (chunks: readonly Uint8Array[]): string[] =>
  chunks.map((chunk) => new TextDecoder().decode(chunk));

function queueOf(
  ...chunks: readonly (readonly [string, "publishes" | "continuation" | "commands"])[]
): ChunkQueue {
  const queue = new ChunkQueue();
  for (const [bytes, kind] of chunks) queue.push(bytesOf(bytes), kind === "publishes" ? 1 : 0, kind);
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
