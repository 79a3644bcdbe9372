import { expect, it } from "vitest";
import { parseExactly } from "../../../../src/core/parse-exactly.ts";
import { writeExactly } from "../../../../src/core/write-exactly.ts";

it("[JS-CTX-12] what was read exactly is written exactly, as fields of a newer server are", () => {
  const json =
    '{"limit":18446744073709551615,"least":-9223372036854775808,"text":"9007199254740993","list":[1,2.5]}';
  expect(writeExactly(parseExactly(json))).toBe(json);
});

it("all else is written as ever", () => {
  const body = { a: 1, b: [true, null], c: undefined, d: 'a "quoted" text' };
  expect(writeExactly(body)).toBe(JSON.stringify(body));
});
