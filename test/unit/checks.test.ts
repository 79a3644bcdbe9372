import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  aBoolean,
  aFunction,
  aSignal,
  aString,
  type Check,
  checkOptions,
  count,
  limit,
  milliseconds,
  oneOf,
} from "../../src/core/checks.ts";
import { ArgumentError } from "../../src/core/errors.ts";
import { thrownBy } from "./support/thrown.ts";

const MAX_TIMER = 2 ** 31 - 1;

interface Options {
  readonly name?: string;
  readonly timeout?: number;
  readonly maxMessages?: number;
}

const CHECKS = { name: aString, timeout: milliseconds, maxMessages: count };

describe("a wrong value", () => {
  test("that is a promise is told as such: somebody forgot to await it", () => {
    for (const check of [aString, aSignal, milliseconds, aFunction])
      expect(String(thrownBy(() => check("it", Promise.resolve("x"))))).toContain(
        "not a promise: forgot await?",
      );
  });
});

describe("each check takes what it is for, and refuses all else naming the option", () => {
  const cases: [what: string, check: Check<unknown>, good: unknown[], bad: unknown[]][] = [
    ["aString", aString, ["", "x"], [undefined, null, 7, {}, ["x"], Symbol("x"), new String("x")]],
    ["aBoolean", aBoolean, [true, false], [undefined, null, 0, 1, "true", {}]],
    ["aFunction", aFunction, [() => undefined, Map], [undefined, null, {}, "f"]],
    ["aSignal", aSignal, [new AbortController().signal, AbortSignal.abort()], [undefined, null, {}, "x", 7]],
    [
      "milliseconds",
      milliseconds,
      [0, 0.5, 1000, MAX_TIMER],
      [-1, MAX_TIMER + 1, Infinity, Number.NaN, "7", null, undefined, 7n, new Date()],
    ],
    [
      "count",
      count,
      [1, 2, Number.MAX_SAFE_INTEGER],
      [0, -1, 1.5, Infinity, Number.NaN, Number.MAX_SAFE_INTEGER + 1, "7", null, undefined, 7n],
    ],
    ["limit", limit, [1, 7, Infinity], [0, -1, -Infinity, 1.5, Number.NaN, "7", null]],
    ["oneOf", oneOf("a", "b"), ["a", "b"], ["c", "", "A", null, undefined, ["a"], 7]],
  ];

  test.each(cases)("%s", (_what, check, good, bad) => {
    for (const value of good) expect(check("opt", value)).toBe(value);
    for (const value of bad) {
      const error = thrownBy(() => check("opt", value));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "opt" });
      expect(String(error)).toContain('"opt"');
    }
  });

  test("whatever the value is", () => {
    const values = fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true });
    for (const [, check] of cases) {
      fc.assert(
        fc.property(values, (value) => {
          const thrown = thrownBy(() => check("opt", value));
          if (thrown !== undefined) expect(thrown).toBeInstanceOf(ArgumentError);
        }),
      );
    }
  });

  test("the error shows the value, and what would do", () => {
    expect(() => milliseconds("timeout", "7")).toThrow(/from 0 to 2147483647, not "7"/);
    expect(() => oneOf("a", "b")("mode", "c")).toThrow(/must be "a" or "b", not "c"/);
    expect(() => count("max", Number.NaN)).toThrow(/not NaN/);
  });
});

describe("checkOptions", () => {
  test("gives a copy of what is there, without the keys that are undefined", () => {
    const given = Object.freeze({ name: "x", timeout: undefined, maxMessages: 3 });
    const checked = checkOptions<{ name?: string; timeout?: number | undefined }>(given, CHECKS);
    expect(checked).toEqual({ name: "x", maxMessages: 3 });
    expect("timeout" in checked).toBe(false);
    expect(checked).not.toBe(given);
  });

  test("reads each option once", () => {
    let reads = 0;
    const given = {
      get timeout() {
        return reads++ === 0 ? 7 : "something else by now";
      },
    };
    expect(checkOptions(given as Options, CHECKS)).toEqual({ timeout: 7 });
    expect(reads).toBe(1);
  });

  test("gives what a check makes of the value", () => {
    const shout: Check<string> = (name, value) => aString(name, value).toUpperCase();
    expect(checkOptions({ name: "x" }, { name: shout })).toEqual({ name: "X" });
  });

  test.each([undefined, null, 7, "x", () => undefined])("refuses %j, which is no object", (given) => {
    expect(thrownBy(() => checkOptions(given as unknown as Options, CHECKS))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  test.each([
    ["timout", "timeout"],
    ["Timeout", "timeout"],
    ["TIMEOUT", "timeout"],
    ["time_out", "timeout"],
    ["timeoutt", "timeout"],
    ["nmae", "name"],
    ["maxmessage", "maxMessages"],
  ])("asks for %j whether %j was meant", (unknown, meant) => {
    const error = thrownBy(() => checkOptions<Options>({ [unknown]: 1 }, CHECKS));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: unknown });
    expect(String(error)).toContain(`did you mean "${meant}"?`);
  });

  test("names the options where nothing is like it", () => {
    expect(() => checkOptions({ colour: 1 } as Options, CHECKS)).toThrow(
      /unknown option "colour": the options are name, timeout, maxMessages/,
    );
  });

  test("refuses an unknown option also if it is undefined, or has the name of something every object has", () => {
    for (const name of ["nothing", "toString", "constructor", "__proto__", "hasOwnProperty"]) {
      const given = Object.defineProperty({}, name, { value: undefined, enumerable: true });
      expect(thrownBy(() => checkOptions(given, CHECKS))).toMatchObject({
        code: "INVALID_OPTION",
        argument: name,
      });
    }
  });

  test("any name one letter away from an option is taken for it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("name", "timeout", "maxMessages"),
        fc.nat(),
        fc.constantFrom("", "x", "Q"),
        fc.boolean(),
        (option, place, letter, replaces) => {
          const at = place % option.length;
          const typo = option.slice(0, at) + letter + option.slice(replaces || letter === "" ? at + 1 : at);
          fc.pre(typo !== option && typo !== "");
          const error = thrownBy(() => checkOptions<Options>({ [typo]: 1 }, CHECKS));
          expect(String(error)).toContain(`did you mean "${option}"?`);
        },
      ),
    );
  });
});
