import { describe, expect, it } from "vitest";
import { checkFilters, checkKey } from "../../../src/kv/keys.ts";
import { thrownBy } from "../support/thrown.ts";

const NAMES = { bucket: "b", codec: undefined };

describe("what is no key", () => {
  it.each([
    ["a b", 'invalid key "a b" of bucket "b": a key has letters'],
    [7, 'invalid key of bucket "b": it must be a string, not 7'],
    [undefined, 'invalid key of bucket "b": it must be a string, not undefined'],
    [{ key: "a" }, 'invalid key of bucket "b": it must be a string, not an object'],
  ])("[KV-06] %j is told as what it is", (given, text) => {
    expect(String(thrownBy(() => checkKey(NAMES, given)))).toContain(text);
  });
});

describe("what is no filter", () => {
  it.each([{ key: "a" }, { include: "updates" }, { timeout: 1 }])(
    "[KV-06] %j is told that options come behind the filter",
    (given) => {
      expect(thrownBy(() => checkFilters(NAMES, given))).toMatchObject({
        code: "INVALID_KEY",
        message:
          'invalid key of bucket "b": a filter comes first, ">" for all keys, and options come behind it',
      });
    },
  );

  it("[KV-06] a text or a number is told what is wrong with it", () => {
    expect(String(thrownBy(() => checkFilters(NAMES, "a.>.b")))).toContain('and the last one ">"');
    expect(String(thrownBy(() => checkFilters(NAMES, 7)))).toContain("it must be a string, not 7");
  });
});
