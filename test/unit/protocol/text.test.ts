import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeText, readText, utf8Length, writeText } from "../../../src/core/protocol/text.ts";
import { bytesOf } from "../support/bytes.ts";

/** Any sequence of UTF-16 units, with more surrogates (paired or not) and ASCII than chance would give. */
const anyText = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(0xd800, 0xdbff, 0xdc00, 0xdfff, 0x7f, 0x80, 0x7ff, 0x800, 0xfeff),
      },
      { weight: 1, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
    ),
    { maxLength: 120 },
  )
  .map((units) => String.fromCharCode(...units));

describe("utf8Length", () => {
  test("counts what an encoder writes, lone surrogates included", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Length(text)).toBe(bytesOf(text).length);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["", 0],
    ["abc", 3],
    ["é", 2],
    ["€", 3],
    ["😀", 4],
    ["\ud83d", 3],
    ["\ude00", 3],
    ["\ude00\ud83d", 6],
    ["\ud83d\ud83d\ude00", 7],
    ["a\ud83d", 4],
  ])("of %j is %i", (text, length) => {
    expect(utf8Length(text)).toBe(length);
  });
});

describe("writeText", () => {
  test("writes what an encoder writes, at its place, and touches nothing beyond its room", () => {
    fc.assert(
      fc.property(anyText, fc.nat({ max: 9 }), (text, at) => {
        const room = 3 * text.length;
        const bytes = new Uint8Array(at + room + 5).fill(0xaa);
        const wanted = bytesOf(text);
        expect(writeText(bytes, at, text)).toBe(at + wanted.length);
        expect(bytes.slice(at, at + wanted.length)).toEqual(wanted);
        expect(bytes.slice(0, at).every((byte) => byte === 0xaa)).toBe(true);
        expect(bytes.slice(at + wanted.length + 3).every((byte) => byte === 0xaa)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("needs no more room than utf8Length says", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = new Uint8Array(utf8Length(text));
        expect(writeText(bytes, 0, text)).toBe(bytes.length);
        expect(bytes).toEqual(encodeText(text));
      }),
    );
  });
});

describe("readText", () => {
  test("reads any bytes as a decoder does, a byte order mark included", () => {
    const reference = new TextDecoder("utf-8", { ignoreBOM: true });
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.array(fc.integer({ min: 0, max: 0x7f }), { maxLength: 80 }).map((bytes) => Uint8Array.from(bytes)),
      anyText.map(bytesOf),
    );
    fc.assert(
      fc.property(anyBytes, fc.nat({ max: 5 }), fc.nat({ max: 5 }), (bytes, start, less) => {
        const from = Math.min(start, bytes.length);
        const to = Math.max(from, bytes.length - less);
        expect(readText(bytes, from, to)).toBe(reference.decode(bytes.slice(from, to)));
      }),
      { numRuns: 2000 },
    );
  });

  test("reads back what was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        const bytes = encodeText(text);
        expect(readText(bytes, 0, bytes.length)).toBe(text);
      }),
    );
  });

  test("keeps a byte order mark, which is payload like any other", () => {
    const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x41);
    expect(readText(bytes, 0, 4)).toBe("\ufeffA");
  });
});
