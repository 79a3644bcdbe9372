import { expect, test } from "vitest";
import { NameIndex } from "../../src/core/name-index.ts";

interface Named {
  readonly name: string;
  readonly number: number;
}

/** Items that can be found by name, and how often all of them were gone through. */
class Items {
  readonly present: Named[] = [];
  passes = 0;
  readonly index = new NameIndex<Named>({
    all: () => {
      this.passes++;
      return this.present;
    },
    nameOf: ({ name }) => name,
    newest: () => this.present.at(-1)?.number ?? 0,
  });

  add(name: string): void {
    this.present.push({ name, number: this.present.length + 1 });
  }

  take(name: string): number | undefined {
    return this.index.listOf(name).shift()?.number;
  }
}

test("very many are found one by one in one pass, each once and in order", () => {
  const items = new Items();
  for (let i = 0; i < 10_000; i++) items.add(`name-${i % 1000}`);
  const taken = Array.from({ length: 10_000 }, (_, i) => items.take(`name-${i % 1000}`));
  expect(taken).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
  expect(items.passes).toBe(1);
});

test("who has come since is found too", () => {
  const items = new Items();
  items.add("a");
  expect(items.take("a")).toBe(1);
  items.add("b");
  expect(items.take("b")).toBe(2);
});

test("what is not there is looked for once, until another comes", () => {
  const items = new Items();
  items.add("a");
  for (let i = 0; i < 5; i++) expect(items.take("b")).toBeUndefined();
  expect(items.passes).toBe(1);
  items.add("b");
  expect(items.take("b")).toBe(2);
  expect(items.passes).toBe(2);
});
