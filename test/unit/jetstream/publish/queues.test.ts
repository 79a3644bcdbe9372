import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fifo } from "../../../../src/core/fifo.ts";
import { Outstanding } from "../../../../src/jetstream/publish/outstanding.ts";
import { PayloadCopies } from "../../../../src/jetstream/publish/payload-copies.ts";
import type { Publication } from "../../../../src/jetstream/publish/publication.ts";
import { SendQueue } from "../../../../src/jetstream/publish/send-queue.ts";

const publication = (number: number, size = 1): Publication =>
  ({ number, size, older: undefined, newer: undefined }) as Publication;

test("[JS-PUB-03] a queue gives back what came, in order, whatever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 20 }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const step of steps) {
        for (let i = 0; i < step; i++) {
          fifo.push(next);
          model.push(next++);
        }
        const shifted = Array.from({ length: Math.max(0, -step) }, () => fifo.shift());
        expect(shifted).toEqual(shifted.map(() => model.shift()));
        expect(fifo.length).toBe(model.length);
        expect(fifo.first).toBe(model[0]);
      }
    }),
    { numRuns: 30 },
  );
});

describe("what is to be sent", () => {
  test("[JS-PUB-03] goes again in the order of the calls, and before what waits", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]), (numbers) => {
        const queue = new SendQueue();
        queue.push(publication(9));
        queue.push(publication(10));
        for (const number of numbers) queue.pushAgain(publication(number));
        const sent: number[] = [];
        for (let next = queue.shift(() => true); next !== undefined; next = queue.shift(() => true)) {
          sent.push(next.number);
        }
        expect(sent).toEqual([...numbers.toSorted((a, b) => a - b), 9, 10]);
        expect(queue.isEmpty).toBe(true);
      }),
    );
  });

  test("[JS-PUB-03] waits for a place, unless it had one before", () => {
    const queue = new SendQueue();
    queue.push(publication(3, 5));
    queue.push(publication(4, 1));
    expect(queue.shift((size) => size < 5)).toBeUndefined();
    expect(queue).toMatchObject({ waiting: 2, waitingBytes: 6 });
    queue.pushAgain(publication(1, 5));
    expect(queue.shift(() => false)?.number).toBe(1);
    expect(queue.shift((size) => size <= 5)?.number).toBe(3);
    expect(queue).toMatchObject({ waiting: 1, waitingBytes: 1 });
  });
});

test("[JS-PUB-03] all that is not settled is known in the order of the calls, whatever settles first", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (settled) => {
      const outstanding = new Outstanding();
      const all = Array.from({ length: 10 }, (_, number) => publication(number, number));
      for (const one of all) outstanding.add(one);
      for (const number of settled) outstanding.remove(all[number]!);
      const left = all.filter(({ number }) => !settled.includes(number));
      expect(outstanding.all()).toEqual(left);
      expect(outstanding.count).toEqual({
        messages: left.length,
        bytes: left.reduce((sum, { size }) => sum + size, 0),
      });
    }),
  );
});

test("[JS-PUB-03] kept payloads are copies, each with bytes of its own", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 40 }), (payloads) => {
      const keeper = new PayloadCopies();
      const copies = payloads.map((payload) => payload.slice());
      const kept = payloads.map((payload) => keeper.keep(payload));
      for (const payload of payloads) payload.fill(255);
      kept.forEach((payload, i) => expect(payload).toEqual(copies[i]));
    }),
    { numRuns: 50 },
  );
  const keeper = new PayloadCopies();
  expect(keeper.keep("text")).toBe("text");
  expect(keeper.keep(undefined)).toBeUndefined();
});
