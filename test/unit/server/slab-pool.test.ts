import { expect, test } from "vitest";
import { SLAB_SIZE, SlabPool } from "../../../src/server/session/slab-pool.ts";

test("slabs are used again, and no more than 64 are kept for that", () => {
  const pool = new SlabPool();
  const slabs = Array.from({ length: 100 }, () => pool.take());
  expect(new Set(slabs).size).toBe(100);
  expect(slabs.every(({ length }) => length === SLAB_SIZE)).toBe(true);
  pool.give(slabs.slice(0, 60));
  pool.give(slabs.slice(60));
  const again = Array.from({ length: 100 }, () => pool.take());
  expect(again.filter((slab) => slabs.includes(slab))).toHaveLength(64);
});
