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

test("keeps 32 slabs at most", () => {
  const pool = new SlabPool();
  const used = burst(pool, 40);
  const again = Array.from({ length: 40 }, () => pool.exchange(slab()));
  expect(again.filter((one) => used.includes(one))).toHaveLength(32);
});

test("gives the memory of a burst back when it is over", () => {
  const pool = new SlabPool();
  const used = burst(pool, 32);
  for (let quiet = 0; quiet < 200; quiet++) pool.onSent(ALL);
  expect(used.includes(pool.exchange(slab()))).toBe(false);
});

test("keeps the memory that each large message needs again, though other things are sent between them", () => {
  const pool = new SlabPool();
  const known = new Set<Uint8Array>();
  let current = slab();
  known.add(current);
  for (let message = 0; message < 200; message++) {
    for (let i = 0; i < 17; i++) {
      current = pool.exchange(current);
      known.add(current);
    }
    pool.onSent(ALL);
    pool.onSent(ALL);
  }
  expect(known.size).toBe(18);
});

/** That many slabs are needed at once, and then sent. */
function burst(pool: SlabPool, count: number): Uint8Array[] {
  const used = Array.from({ length: count }, slab);
  for (const full of used) pool.exchange(full);
  pool.onSent(ALL);
  return used;
}
