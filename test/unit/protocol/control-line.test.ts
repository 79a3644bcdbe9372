import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ControlLine } from "../../../src/core/protocol/control-line.ts";
import { publishLineBound } from "../../../src/core/protocol/encoder.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";

const UNUSED = 0xaa;

/** What `write` writes at `at`; at most a word behind it may be touched, and nothing beyond the bound of a line. */
function written(
  length: number,
  write: (target: Uint8Array, view: DataView, at: number) => number,
  at = 5,
): string {
  const bytes = new Uint8Array(at + publishLineBound(length) + 20).fill(UNUSED);
  const end = write(bytes, new DataView(bytes.buffer), at);
  expect(end + 7).toBeLessThanOrEqual(at + publishLineBound(length));
  expect(bytes.subarray(0, at).every((byte) => byte === UNUSED)).toBe(true);
  expect(bytes.subarray(end + 7).every((byte) => byte === UNUSED)).toBe(true);
  return latin1(bytes.subarray(at, end));
}

const lineOf = (subject: string): ControlLine => {
  const line = new ControlLine();
  line.setSubject(subject);
  return line;
};

describe("the control line of a publish [WIRE-04]", () => {
  test("names subject and size, and is right again for another size and another subject", () => {
    const line = lineOf("foo");
    const write = (size: number): string =>
      written(9, (target, view, at) => line.write(target, view, at, size));
    expect([write(5), write(5), write(12_345), write(0)]).toEqual([
      "PUB foo 5\r\n",
      "PUB foo 5\r\n",
      "PUB foo 12345\r\n",
      "PUB foo 0\r\n",
    ]);
    line.setSubject("größe");
    expect(write(0)).toBe(latin1(bytesOf("PUB größe 0\r\n")));
  });

  test("can be begun alone, for a reply subject to follow", () => {
    const line = lineOf("foo.bar");
    const write = (size: number): string =>
      written(7, (target, view, at) => line.write(target, view, at, size));
    const begin = (): string => written(7, (target, view, at) => line.writeBeginning(target, view, at));
    // Before, between and after its two ways to be written.
    expect([begin(), begin(), write(5), begin()]).toEqual([
      "PUB foo.bar ",
      "PUB foo.bar ",
      "PUB foo.bar 5\r\n",
      "PUB foo.bar ",
    ]);
    line.setSubject("foo.baz");
    expect([write(5), begin(), write(6)]).toEqual(["PUB foo.baz 5\r\n", "PUB foo.baz ", "PUB foo.baz 6\r\n"]);
  });

  test("is that of any subject and size, whatever it was before", () => {
    const subjects = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 });
    const line = new ControlLine();
    fc.assert(
      fc.property(
        subjects,
        fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 2 }),
        (subject, sizes) => {
          line.setSubject(subject);
          for (const size of sizes) {
            const wire = written(subject.length, (target, view, at) => line.write(target, view, at, size));
            expect(wire).toBe(latin1(bytesOf(`PUB ${subject} ${size}\r\n`)));
          }
        },
      ),
    );
  });
});
