import { expect, test } from "vitest";
import { toByteString } from "../../../src/server/protocol/bytes.ts";
import { quoted } from "../../../src/server/protocol/quoted.ts";

// What Go's `fmt.Sprintf("%q", s)` gives.
test.each([
  ["", '""'],
  ["it's", '"it\'s"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ["\x00\x07\b\f\n\r\t\v\x1b\x7f", '"\\x00\\a\\b\\f\\n\\r\\t\\v\\x1b\\x7f"'],
  ["\xff\xc3(", '"\\xff\\xc3("'],
  ["\xe2\x82", '"\\xe2\\x82"'],
  [toByteString("é€😀"), toByteString('"é€😀"')],
  [toByteString("\u00a0\u200b\u{e0001}"), '"\\u00a0\\u200b\\U000e0001"'],
])("%j is quoted as Go does it", (bytes, expected) => {
  expect(quoted(bytes)).toBe(expected);
});
