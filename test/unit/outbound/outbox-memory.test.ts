import { describe, expect, test } from "vitest";
import type { MemoryTransport } from "../support/memory-transport.ts";
import { TestOutbox, turnEnds } from "../support/outbox.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const ENOUGH = 4 * MIB;

/** What a message of its size may take more than its bytes while it waits. */
const OVERHEAD = 1.25;

const SIZES = [
  16, 64, 100, 250, 1000, 1024, 2000, 4096, 5000, 8192, 10_000, 12_000, 15_000, 16_384, 18_000,
].concat(
  [20_000, 21_000, 22_000, 24_000, 26_000, 28_000, 30_000, 32_000, 32_767, 32_768, 33_000, 40_000, 50_000],
  [60_000, 64_000, 65_536, 70_000, 80_000, 90_000, 102_400],
);

/** How much memory the outbox takes for a byte that waits, when it is given payloads of these sizes in turn. */
async function memoryPerByte(
  { box, link }: { box: TestOutbox; link?: MemoryTransport },
  sizes: readonly number[],
  between?: () => void,
): Promise<number> {
  for (let i = 0, waiting = 0; waiting < ENOUGH; i++) {
    const size = sizes[i % sizes.length]!;
    box.publish(i % 2 === 0 ? new Uint8Array(size) : "x".repeat(size));
    between?.();
    waiting += size;
    if (i % 100 === 0) await turnEnds();
  }
  const pending = box.outbox.pendingBytes;
  // Now all that it holds is handed over, and shows what memory lies behind it.
  link?.drain();
  const recipient = link ?? box.attach();
  expect(recipient.bytes.length).toBe(pending);
  return recipient.heldMemory / pending;
}

/** An outbox with a transport that takes nothing more. */
async function blocked(): Promise<{ box: TestOutbox; link: MemoryTransport }> {
  const { box, link } = TestOutbox.connected();
  link.isBusy = true;
  box.publish("first");
  await turnEnds();
  return { box, link };
}

describe("what waits takes at most a quarter more memory than its bytes", () => {
  test.each(SIZES)("in messages of %i bytes, for a busy transport", async (size) => {
    expect(await memoryPerByte(await blocked(), [size])).toBeLessThan(OVERHEAD);
  });

  test.each(SIZES)("in messages of %i bytes, for a link", async (size) => {
    const box = new TestOutbox({ reconnectBufferSize: Infinity });
    expect(await memoryPerByte({ box }, [size])).toBeLessThan(OVERHEAD);
  });

  test.each([
    ["small and large", [100, 50_000]],
    ["middling and large", [22_000, 40_000]],
    ["large and middling", [40_000, 24_000, 24_000]],
    ["just large and twice middling", [32_768, 22_000, 22_000]],
    ["just below and just above the size that is copied", [32_767, 32_768]],
    ["of many sizes", SIZES],
  ])("in messages %s", async (_what, sizes) => {
    expect(await memoryPerByte(await blocked(), sizes)).toBeLessThan(OVERHEAD);
  });

  test.each([1000, 10_000, 22_000, 30_000, 40_000])(
    "in messages of %i bytes with commands among them",
    async (size) => {
      const { box, link } = await blocked();
      expect(await memoryPerByte({ box, link }, [size], () => box.command("UNSUB 1"))).toBeLessThan(OVERHEAD);
    },
  );
});
