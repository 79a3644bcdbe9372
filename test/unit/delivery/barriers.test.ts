import { expect, test } from "vitest";
import { Barriers } from "../../../src/core/delivery/barriers.ts";
import { aMessage } from "../support/messages.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Barriers with the names of those that were passed. */
function setUp() {
  const barriers = new Barriers();
  const passed: string[] = [];
  const add = (name: string, ...messages: Parameters<Barriers["add"]>[0]): void =>
    void barriers.add(messages).then(() => passed.push(name));
  return { barriers, passed, add };
}

test("a barrier before nothing is passed at once [BARRIER-02]", async () => {
  const { passed, add } = setUp();
  add("none");
  await turn();
  expect(passed).toEqual(["none"]);
});

test("a barrier is passed when all of its messages are gone, in any order [BARRIER-04]", async () => {
  const { barriers, passed, add } = setUp();
  const [a, b, c] = [aMessage("a"), aMessage("b"), aMessage("c")];
  add("a and b", a, b);
  add("b and c", b, c);
  for (const [message, expected] of [
    [b, []],
    [c, ["b and c"]],
    [a, ["b and c", "a and b"]],
  ] as const) {
    barriers.onGone(message);
    await turn();
    expect(passed).toEqual(expected);
  }
});

test("messages that no barrier waits for, or that are gone already, change nothing [BARRIER-07]", async () => {
  const { barriers, passed, add } = setUp();
  const [a, b] = [aMessage("a"), aMessage("b")];
  add("a", a);
  // Another message with the same text is another message.
  for (const other of [b, aMessage("a")]) barriers.onGone(other);
  await turn();
  expect(passed).toEqual([]);
  for (let i = 0; i < 2; i++) barriers.onGone(a);
  await turn();
  expect(passed).toEqual(["a"]);
});
