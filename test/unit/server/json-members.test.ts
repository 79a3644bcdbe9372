import * as fc from "fast-check";
import { expect, test } from "vitest";
import { membersOf } from "../../../src/server/protocol/json-members.ts";

test("the members are those that JSON.parse finds, however the document is laid out", () => {
  const indent = fc.constantFrom(undefined, 1, "\t", "\n\r ");
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), indent, (document, space) => {
      const text = JSON.stringify(document, undefined, space);
      const found = membersOf(text).map(({ name, text: value }) => [name, JSON.parse(value) as unknown]);
      expect(found).toEqual(Object.entries(JSON.parse(text) as object));
    }),
  );
});

test("a name that comes twice is there twice, and numbers are as they were written", () => {
  expect(membersOf(' { "a" : 1.0 , "\\u0061":1e0,"b":{"a":[1.00,"}"]} } ')).toEqual([
    { name: "a", text: "1.0" },
    { name: "a", text: "1e0" },
    { name: "b", text: '{"a":[1.00,"}"]}' },
  ]);
  expect(membersOf("{}")).toEqual([]);
});
