import { describe, expect, test } from "vitest";
import type { MemoryTransport } from "../support/memory-transport.ts";
import { pub, TestOutbox, turnEnds } from "../support/outbox.ts";

const KIB = 1024;
const SIZES = [1, 16, 25, 64, 4 * KIB, 32 * KIB - 1, 32 * KIB, 64 * KIB, 200 * KIB];

const ARRAYS: readonly (readonly [string, (size: number) => Uint8Array])[] = [
  ["a Uint8Array", (size) => new Uint8Array(size)],
  ["a Buffer", (size) => Buffer.alloc(size)],
  ["a view of a larger buffer", (size) => new Uint8Array(size + 20).subarray(10, 10 + size)],
  ["a view of shared memory", (size) => new Uint8Array(new SharedArrayBuffer(size + 20), 10, size)],
];

/** Publishes an array, and changes it once the call has returned. */
function publishAndChange(box: TestOutbox, makeArray: (size: number) => Uint8Array, size: number): void {
  const array = makeArray(size).fill(0x78);
  box.publish(array);
  array.fill(0);
}

describe.each(ARRAYS)("%s is its owner's again when publish returns", (_what, makeArray) => {
  test.each(SIZES)("with %i bytes that wait for a link [BUF-12]", (size) => {
    const box = new TestOutbox();
    publishAndChange(box, makeArray, size);
    expect(box.attach().received === pub("x".repeat(size))).toBe(true);
  });

  test.each(SIZES)("with %i bytes that are sent at the end of the turn [BUF-12]", async (size) => {
    const { box, link } = TestOutbox.connected();
    publishAndChange(box, makeArray, size);
    await turnEnds();
    expect(link.received === pub("x".repeat(size))).toBe(true);
  });

  test.each(SIZES)("with %i bytes that the transport still holds [BUF-12]", async (size) => {
    const { box, link } = TestOutbox.connected();
    link.isBusy = true;
    publishAndChange(box, makeArray, size);
    await turnEnds();
    // The transport compares what it kept with what it was given.
    link.drain();
    expect(link.received === pub("x".repeat(size))).toBe(true);
  });

  test.each(SIZES)("with %i bytes that wait behind a busy link, which is lost [BUF-12]", async (size) => {
    const { box, link } = await busy();
    publishAndChange(box, makeArray, size);
    box.outbox.detach();
    expect(link.received).toBe(pub("first"));
    expect(box.attach().received === pub("x".repeat(size))).toBe(true);
  });
});

test("what a link still reads that was left is not written over for the next one", async () => {
  const { box, link } = await busy();
  box.outbox.detach();
  const next = box.attach();
  for (let i = 0; i < 5; i++) {
    box.publish("another");
    await turnEnds();
  }
  expect(next.received).toBe(pub("another").repeat(5));
  // The transport compares what it kept with what it was given.
  expect(() => link.drain()).not.toThrow();
});

/** An outbox whose transport keeps the first message and takes nothing more. */
async function busy(): Promise<{ box: TestOutbox; link: MemoryTransport }> {
  const { box, link } = TestOutbox.connected();
  link.isBusy = true;
  box.publish("first");
  await turnEnds();
  return { box, link };
}
