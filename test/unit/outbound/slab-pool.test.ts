import { expect, test } from "vitest";
import { SLAB_SIZE, SlabPool } from "../../../src/core/outbound/slab-pool.ts";

const slab = (): Uint8Array<ArrayBuffer> => new Uint8Array(SLAB_SIZE);
const ALL = undefined;

test("a slab is used again once all has been sent, and not before", () => {
  const pool = new SlabPool();
  const first = slab();
  const second = pool.exchange(first);
  expect(second === first).toBe(false);
  expect(pool.exchange(second) === first).toBe(false);
  pool.onSent(ALL);
  expect([first, second].includes(pool.exchange(slab()))).toBe(true);
});

test("of a part that was sent the slabs are used again, up to the one that holds what comes next", () => {
  const pool = new SlabPool();
  const [first, second, third] = [slab(), slab(), slab()];
  for (const full of [first, second, third]) pool.exchange(full);
  pool.onSent(second.buffer);
  const again = [pool.exchange(slab()), pool.exchange(slab()), pool.exchange(slab())];
  expect(again.map((one) => [first, second, third].indexOf(one))).toEqual([0, -1, -1]);
  pool.onSent(ALL);
  expect(Array.from({ length: 5 }, () => pool.exchange(slab()))).toContain(third);
});

test("a slab that the lost transport may still read is never used again", () => {
  const pool = new SlabPool();
  const first = slab();
  const second = pool.exchange(first);
  pool.forgetBusy();
  pool.onSent(ALL);
  expect([first, second].includes(pool.exchange(second))).toBe(false);
});

test("keeps 16 slabs at most", () => {
  const pool = new SlabPool();
  const used = Array.from({ length: 40 }, slab);
  for (const full of used) pool.exchange(full);
  pool.onSent(ALL);
  const again = Array.from({ length: 40 }, () => pool.exchange(slab()));
  expect(again.filter((one) => used.includes(one))).toHaveLength(16);
});

test("gives the memory of a burst back when it is over", () => {
  const pool = new SlabPool();
  const used = Array.from({ length: 16 }, slab);
  for (const full of used) pool.exchange(full);
  pool.onSent(ALL);
  for (let quiet = 0; quiet < 16; quiet++) pool.onSent(ALL);
  expect(used.includes(pool.exchange(slab()))).toBe(false);
});
