import { assert, bigInt, jsonValue, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExactly } from "../../../../src/core/parse-exactly.ts";

describe("an answer", () => {
  test.each([
    ["a small number", `{"seq":9007199254740991}`, { seq: 9_007_199_254_740_991 }],
    ["a large number that is exact", `{"max_age":31536000000000000}`, { max_age: 31_536_000_000_000_000 }],
    ["a large number that is not", `{"seq":9007199254740993}`, { seq: 9_007_199_254_740_993n }],
    ["the largest of 64 bits", `[18446744073709551615]`, [18_446_744_073_709_551_615n]],
    ["a negative one", `{"n":-9223372036854775807}`, { n: -9_223_372_036_854_775_807n }],
    ["digits in a text", `{"name":"9007199254740993"}`, { name: "9007199254740993" }],
    ["digits behind a quote in a text", String.raw`{"a":"\"9007199254740993"}`, { a: `"9007199254740993` }],
    ["digits in a name", `{"9007199254740993":1}`, { "9007199254740993": 1 }],
    ["a fraction", `{"n":1234567890123456.5}`, { n: 1_234_567_890_123_456.5 }],
    ["a long fraction", `{"n":0.12345678901234567}`, { n: Number("0.12345678901234567") }],
    ["an exponent", `{"n":1234567890123456e3}`, { n: 1_234_567_890_123_456_000 }],
    [
      "a text like the mark of a large number",
      String.raw`{"a":"\u0000#x","b":9007199254740993}`,
      { a: "\u0000#x", b: 9_007_199_254_740_993n },
    ],
  ])("[JS-CTX-08] is read without rounding: %s", (_what, json, value) => {
    expect(parseExactly(json)).toEqual(value);
  });

  test("is what JSON.parse makes of it, but for large numbers", () => {
    const rounded = (value: unknown): unknown => {
      if (typeof value === "bigint") return Number(value);
      if (Array.isArray(value)) return value.map(rounded);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
    };
    assert(
      property(jsonValue(), (value) => {
        const json = JSON.stringify({ value, large: 9_007_199_254_740_992 });
        expect(rounded(parseExactly(json))).toEqual(JSON.parse(json));
      }),
    );
  });

  test("keeps every number of 64 bits", () => {
    assert(
      property(bigInt(0n, 2n ** 64n - 1n), (value) => {
        const { seq } = parseExactly(`{"seq":${value}}`) as { seq: number | bigint };
        expect(BigInt(seq)).toBe(value);
      }),
    );
  });

  test.each(["", "{", "nothing", "{9007199254740993}"])("that is no JSON throws: %s", (json) => {
    expect(() => parseExactly(json)).toThrow(SyntaxError);
  });
});
