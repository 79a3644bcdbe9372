import * as fc from "fast-check";
import { expect, it } from "vitest";
import { collide, covers } from "../../../../src/jetstream/config/subjects.ts";

const token = fc.constantFrom("a", "b", "*");
const filter = fc
  .tuple(fc.array(token, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([tokens, tail]) => [...tokens, ...(tail ? [">"] : [])].join("."));

/** All subjects of up to five tokens. */
const subjects = [1, 2, 3, 4, 5].flatMap((length) =>
  Array.from({ length: 2 ** length }, (_, bits) =>
    Array.from({ length }, (_item, i) => ((bits >> i) & 1 ? "a" : "b")).join("."),
  ),
);

function matched(pattern: string): Set<string> {
  const source = pattern
    .replaceAll(".", String.raw`\.`)
    .replaceAll("*", "[^.]+")
    .replace(/>$/, ".+");
  const expression = new RegExp(`^${source}$`);
  return new Set(subjects.filter((subject) => expression.test(subject)));
}

it("[JS-CON-18] filters collide if there is a subject that both match", () => {
  fc.assert(
    fc.property(filter, filter, (one, other) => {
      const both = matched(other);
      expect(collide(one, other)).toBe([...matched(one)].some((subject) => both.has(subject)));
    }),
  );
});

it("[JS-CON-18] a filter covers another if it matches all that the other matches", () => {
  fc.assert(
    fc.property(filter, filter, (wide, narrow) => {
      const all = matched(wide);
      expect(covers(wide, narrow)).toBe([...matched(narrow)].every((subject) => all.has(subject)));
    }),
  );
});
