import { expect, test } from "vitest";
import { hasShrunk } from "../../../src/kv/view/stream-counts.ts";

test.each([
  ["nothing happened", { messages: 5, lastSeq: 9 }, 1, false],
  ["a key was purged by hand", { messages: 4, lastSeq: 9 }, 1, true],
  ["a value was replaced", { messages: 5, lastSeq: 10 }, 1, false],
  ["a value was replaced, and another one purged by hand", { messages: 4, lastSeq: 10 }, 1, true],
  ["a key came", { messages: 6, lastSeq: 10 }, 1, false],
  ["a key was purged with its history", { messages: 3, lastSeq: 10 }, 3, false],
  ["all was purged by hand", { messages: 0, lastSeq: 9 }, 64, true],
])("[KV-16] a stream has shrunk if more has gone than was replaced: %s", (_what, now, history, shrunk) => {
  expect(hasShrunk({ messages: 5, lastSeq: 9 }, now, history)).toBe(shrunk);
});
