import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineLimit } from "../../../src/core/protocol/line-limit.ts";
import { utf8Length } from "../../../src/core/protocol/text.ts";
import { thrown } from "../../support/failure.ts";

/** Names of one to three bytes a unit, and pairs. */
const name = fc
  .array(fc.constantFrom("a", "é", "日", "😀", "abcdefgh"), { minLength: 1, maxLength: 400 })
  .map((units) => units.join(""));

describe("the limit of lines", () => {
  test("is at the byte", () => {
    const lines = new LineLimit(4096);
    expect(lines.takes(4096)).toBe(true);
    expect(lines.takes(4097)).toBe(false);
    expect(thrown(() => lines.check(4097, "a".repeat(4090)))).toMatchObject({
      name: "ArgumentError",
      code: "CONTROL_LINE_TOO_LONG",
      argument: "maxControlLine",
      message: expect.stringMatching(/4097 bytes.*maxControlLine allows 4096/) as string,
    });
  });

  test("needs no look at text that is short, whatever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 256, max: 5000 }), fc.nat({ max: 6000 }), name, (option, noted, text) => {
        const lines = new LineLimit(option);
        lines.takes(noted);
        const largest = utf8Length(`${text} 9999999999 9999999999`);
        const isShort = text.length <= lines.short;
        // It would be within the limit, and not the longest.
        if (isShort || lines.isUsual(utf8Length(text))) expect(largest).toBeLessThanOrEqual(option);
        const before = lines.short;
        if (isShort) lines.note(largest);
        expect(lines.short).toBe(before);
      }),
    );
  });

  test("counts on three bytes for each character", () => {
    const lines = new LineLimit(4096);
    const text = "日".repeat(lines.short);
    expect(utf8Length(`${text} 9999999999 9999999999`)).toBeLessThanOrEqual(512);
  });

  test("is below the longest line once a server has ended a link for one", () => {
    const lines = new LineLimit(4096);
    for (const size of [600, 900, 700]) lines.note(size);
    expect(lines.lower()).toBe(900);
    expect([lines.takes(900), lines.takes(899)]).toEqual([false, true]);
    expect(lines.refusal(900, "a").message).toContain("900 bytes, and a server takes 899");
    expect([lines.lower(), lines.takes(898)]).toEqual([899, true]);
  });

  test("is that of the server in use: another may take more, and the first one is remembered", () => {
    const lines = new LineLimit(4096);
    lines.onLink("A");
    lines.note(900);
    lines.lower();
    lines.onLink("B");
    expect([lines.takes(4096), lines.takes(4097)]).toEqual([true, false]);
    lines.onLink("A");
    expect([lines.takes(899), lines.takes(900)]).toEqual([true, false]);
    // A longer one was written there all the same: what is known stays.
    lines.note(2000);
    expect([lines.lower(), lines.takes(899), lines.takes(900)]).toEqual([2000, true, false]);
  });

  test("blames no line that another link was given, and says when lines have to be measured for a link", () => {
    const lines = new LineLimit(4096);
    expect(lines.onLink("A")).toBe(false);
    lines.note(3000);
    expect(lines.onLink("B")).toBe(true);
    lines.note(700);
    expect(lines.lower()).toBe(700);
    expect([lines.onLink("B"), lines.onLink("B")]).toEqual([true, false]);
  });

  test("blames no usual line: nobody knows which it was then", () => {
    const lines = new LineLimit(4096);
    lines.note(512);
    expect([lines.lower(), lines.takes(4096)]).toEqual([undefined, true]);
  });
});
