import { expect, test } from "vitest";
import { Fifo } from "../../src/core/fifo.ts";

test("what comes first goes first, one at a time and many", () => {
  const fifo = new Fifo<number>();
  const taken: (number | undefined)[] = [];
  for (let i = 0; i < 3; i++) {
    fifo.push(i);
    taken.push(fifo.shift());
  }
  expect(fifo.shift()).toBeUndefined();
  for (let i = 3; i < 6; i++) fifo.push(i);
  taken.push(fifo.shift());
  fifo.push(6);
  expect([fifo.first, fifo.last, fifo.length, fifo.indexOf(6)]).toEqual([4, 6, 3, 2]);
  while (fifo.length > 0) taken.push(fifo.shift());
  expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6]);
  fifo.push(7);
  expect([fifo.first, fifo.length]).toEqual([7, 1]);
});

test("many thousands go in order while others come", () => {
  const fifo = new Fifo<number>();
  const taken: (number | undefined)[] = [];
  let next = 0;
  for (let i = 0; i < 5000; i++) {
    for (let j = 0; j < 3; j++) fifo.push(next++);
    for (let j = 0; j < 2; j++) taken.push(fifo.shift());
  }
  expect(taken).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
  expect(fifo.takeAll()).toEqual(Array.from({ length: 5000 }, (_, i) => 10_000 + i));
  expect(fifo.length).toBe(0);
});
