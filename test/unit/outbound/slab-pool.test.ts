import { expect, test } from "vitest";
import { SLAB_SIZE, SlabPool } from "../../../src/core/outbound/slab-pool.ts";

test("a slab is used again once all has been sent, and not before", () => {
  const pool = new SlabPool();
  const first = new Uint8Array(SLAB_SIZE);
  const second = pool.exchange(first, 10);
  expect(second === first).toBe(false);
  expect(pool.exchange(second, 10) === first).toBe(false);
  pool.onSent();
  expect([first, second].includes(pool.exchange(new Uint8Array(SLAB_SIZE), 10))).toBe(true);
});

test("a slab that the lost transport may still read is never used again", () => {
  const pool = new SlabPool();
  const first = new Uint8Array(SLAB_SIZE);
  const second = pool.exchange(first, 10);
  pool.forgetBusy();
  pool.onSent();
  expect([first, second].includes(pool.exchange(second, 10))).toBe(false);
});

test("what needs more than a slab gets a buffer of its own size, which is not kept", () => {
  const pool = new SlabPool();
  const large = pool.exchange(new Uint8Array(SLAB_SIZE), SLAB_SIZE + 1);
  expect(large).toHaveLength(SLAB_SIZE + 1);
  pool.exchange(large, 10);
  pool.onSent();
  for (let i = 0; i < 20; i++) expect(pool.exchange(large, 10)).toHaveLength(SLAB_SIZE);
});

test("keeps 16 slabs at most", () => {
  const pool = new SlabPool();
  const used = Array.from({ length: 40 }, () => new Uint8Array(SLAB_SIZE));
  for (const slab of used) pool.exchange(slab, 10);
  pool.onSent();
  const again = Array.from({ length: 40 }, () => pool.exchange(new Uint8Array(SLAB_SIZE + 1), 10));
  expect(again.filter((slab) => used.includes(slab))).toHaveLength(16);
});

test("gives the memory of a burst back when it is over", () => {
  const pool = new SlabPool();
  const used = Array.from({ length: 16 }, () => new Uint8Array(SLAB_SIZE));
  for (const slab of used) pool.exchange(slab, 10);
  pool.onSent();
  for (let quiet = 0; quiet < 16; quiet++) pool.onSent();
  expect(used.includes(pool.exchange(new Uint8Array(SLAB_SIZE + 1), 10))).toBe(false);
});
