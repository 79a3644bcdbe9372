import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReplyRouter } from "../../../src/core/requests/reply-router.ts";
import { Requester } from "../../../src/core/requests/requester.ts";
import { RequesterTable } from "../../../src/core/requests/requester-table.ts";

class Asker extends Requester {
  constructor(subject: string) {
    super(subject, undefined as unknown as ReplyRouter, undefined, false);
  }

  receive(): void {
    expect.unreachable();
  }

  fail(): void {
    expect.unreachable();
  }
}

const subjectsOf = (requesters: readonly Requester[]): string[] => requesters.map(({ subject }) => subject);

describe("the requesters of an inbox", () => {
  test("are found by their ids, and gone when they were removed, whatever comes and goes", () => {
    const steps = fc.array(fc.oneof(fc.constant(undefined), fc.nat()), { maxLength: 600 });
    fc.assert(
      fc.property(steps, (list) => {
        const table = new RequesterTable();
        const there = new Map<number, Asker>();
        const gone: number[] = [];
        list.forEach((removed, i) => {
          if (removed === undefined || there.size === 0) {
            const asker = new Asker(String(i));
            table.add(asker);
            expect(there.has(asker.id) || gone.includes(asker.id)).toBe(false);
            there.set(asker.id, asker);
            return;
          }
          const victim = [...there.values()][removed % there.size]!;
          table.remove(victim);
          table.remove(victim);
          there.delete(victim.id);
          gone.push(victim.id);
        });
        expect(table.size).toBe(there.size);
        for (const [id, asker] of there) expect(table.get(id)).toBe(asker);
        for (const id of gone) expect(table.get(id)).toBeUndefined();
        expect(subjectsOf(table.all())).toEqual(subjectsOf([...there.values()]));
      }),
      { numRuns: 50 },
    );
  });

  test("may be many, and few again: those who stay keep their ids", () => {
    const table = new RequesterTable();
    const patient = new Asker("patient");
    table.add(patient);
    for (let round = 0; round < 3; round++) {
      const many = Array.from({ length: 5000 }, (_, i) => new Asker(String(i)));
      for (const asker of many) table.add(asker);
      expect(table.size).toBe(5001);
      expect(many.every((asker) => table.get(asker.id) === asker)).toBe(true);
      for (const asker of many) table.remove(asker);
      expect(table.get(patient.id)).toBe(patient);
    }
    table.remove(patient);
    expect([table.size, table.all()]).toEqual([0, []]);
    table.add(patient);
    expect(table.get(patient.id)).toBe(patient);
  });

  test("are not taken for one who has no id", () => {
    const table = new RequesterTable();
    expect(table.get(-1)).toBeUndefined();
    table.remove(new Asker("never added"));
    expect(table.size).toBe(0);
  });
});
