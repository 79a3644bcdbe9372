import { expect, test } from "vitest";
import { UniqueIds } from "../../../src/core/requests/unique-ids.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What the last ten digits of an id count. */
function counterOf(id: string): number {
  let count = 0;
  for (const digit of id.slice(12)) count = 62 * count + DIGITS.indexOf(digit);
  return count;
}

test("ids of one source share twelve digits and count on in one step from 33 to 332 [INBOX-02]", () => {
  const ids = new UniqueIds();
  const made = Array.from({ length: 1000 }, () => ids.next());
  expect(new Set(made.map((id) => id.slice(0, 12))).size).toBe(1);
  const steps = new Set(made.slice(1).map((id, i) => counterOf(id) - counterOf(made[i]!)));
  expect(steps.size).toBe(1);
  const [step] = steps;
  expect(step).toBeGreaterThanOrEqual(33);
  expect(step).toBeLessThan(333);
});

test("each source has digits of its own, and all digits are used [INBOX-02]", () => {
  const made = Array.from({ length: 1000 }, () => new UniqueIds().next());
  expect(new Set(made.map((id) => id.slice(0, 12))).size).toBe(made.length);
  expect(made.every((id) => /^[0-9A-Za-z]{22}$/.test(id))).toBe(true);
  expect(new Set(made.join("")).size).toBe(DIGITS.length);
});
