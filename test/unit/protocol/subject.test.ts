import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../../src/core/errors.ts";
import {
  checkPublishSubject,
  checkQueue,
  checkSubscribeSubject,
} from "../../../src/core/protocol/subject.ts";
import { thrownBy } from "../support/thrown.ts";

const LONGEST = 8192;

/** White space and control characters of ASCII: what ends a word or a line of the protocol, or might for a server. */
const FORBIDDEN = Array.from({ length: 33 }, (_, i) => String.fromCharCode(i)).concat("\x7f");

describe("a subject to publish to", () => {
  test.each(["a", "foo.bar", "$JS.API.INFO", "größe.日本", "a*", "*a.b>c", "-._.~", "a:b"])(
    "%j is fine",
    (subject) => {
      expect(() => checkPublishSubject(subject)).not.toThrow();
    },
  );

  test.each(["", ".", ".a", "a.", "a..b"])("%j has an empty token [SUB-03]", (subject) => {
    expect(() => checkPublishSubject(subject)).toThrow(/empty token/);
  });

  test.each(["*", ">", "a.*", "*.a", "a.>", "a.*.b"])("%j has a wildcard [PUB-03]", (subject) => {
    expect(() => checkPublishSubject(subject)).toThrow(/wildcard/);
  });

  test.each(FORBIDDEN)("%j can't be in it [PUB-03]", (character) => {
    for (const subject of [character, `a${character}`, `${character}a`, `a.b${character}c.d`]) {
      expect(() => checkPublishSubject(subject)).toThrow(ArgumentError);
    }
  });

  test.each(["a\ud83d", "\ude00.b", "ö.\ude00\ud83d.c"])(
    "%j has half of a surrogate pair, and would be another name on the wire [PUB-03]",
    (subject) => {
      expect(() => checkPublishSubject(subject)).toThrow(/surrogate/);
      expect(() => checkSubscribeSubject(subject)).toThrow(/surrogate/);
      expect(() => checkQueue(subject)).toThrow(/surrogate/);
      expect(() => checkPublishSubject("😀.ö")).not.toThrow();
    },
  );

  test.each([undefined, null, 7, {}, ["a"]])("%j is not a string", (subject) => {
    const error = thrownBy(() => checkPublishSubject(subject as string, "reply"));
    expect(error).toMatchObject({ code: "INVALID_SUBJECT", argument: "reply" });
  });

  test("the error names the argument and the subject", () => {
    const error = thrownBy(() => checkPublishSubject("a b", "reply"));
    expect(error).toMatchObject({ code: "INVALID_SUBJECT", argument: "reply", subject: "a b" });
    expect(String(error)).toContain('"a b"');
  });

  test("the error of an endless subject shows only its beginning", () => {
    expect(() => checkPublishSubject("x".repeat(LONGEST))).not.toThrow();
    const error = thrownBy(() => checkPublishSubject("x".repeat(LONGEST + 1))) as ArgumentError;
    expect(error.code).toBe("INVALID_SUBJECT");
    expect(error.message.length).toBeLessThan(200);
  });
});

describe("a subject to subscribe to", () => {
  test.each(["a", "*", ">", "a.*", "*.*", "a.>", "*.a.>", "a>b", "a>.b", "a>b.>", ">a"])(
    "%j is fine",
    (subject) => {
      expect(() => checkSubscribeSubject(subject)).not.toThrow();
    },
  );

  test.each([">.a", "a.>.b", ">.>", "a.>.*"])('%j has ">" before the end', (subject) => {
    expect(() => checkSubscribeSubject(subject)).toThrow(/last token/);
  });

  test.each(["", ".", ".a", "a.", "a..b", "a b", "a\tb", "a\r\nb"])("%j is refused [SUB-03]", (subject) => {
    expect(thrownBy(() => checkSubscribeSubject(subject))).toMatchObject({
      code: "INVALID_SUBJECT",
      subject,
    });
  });
});

test("subjects are judged as a naive model judges them [SUB-03] [PUB-03]", () => {
  const unit = fc.constantFrom("a", "b", ".", ".", "*", ">", "é", "\u2028", "😀", ...FORBIDDEN);
  const mostlyFine = fc.constantFrom("a", "b", ".", "*", ">");
  const subjects = fc.oneof(
    fc.array(mostlyFine, { maxLength: 9 }).map((units) => units.join("")),
    fc
      .array(fc.oneof({ weight: 20, arbitrary: mostlyFine }, unit), { maxLength: 9 })
      .map((units) => units.join("")),
  );
  fc.assert(
    fc.property(subjects, (subject) => {
      const tokens = subject.split(".");
      const isText = !tokens.includes("") && FORBIDDEN.every((character) => !subject.includes(character));
      const isPattern = isText && !tokens.slice(0, -1).includes(">");
      const isName = isText && !tokens.includes("*") && !tokens.includes(">");
      const judged = [checkSubscribeSubject, checkPublishSubject].map((check) =>
        passes(() => check(subject)),
      );
      expect(judged).toEqual([isPattern, isName]);
    }),
    { numRuns: 5000 },
  );
});

describe("a queue group", () => {
  test.each(["", "workers", "a.b", "größe", "*"])("%j is fine [SUB-04]", (queue) => {
    expect(() => checkQueue(queue)).not.toThrow();
  });

  test.each(FORBIDDEN)("%j can't be in it [SUB-04]", (character) => {
    for (const queue of [character, `a${character}b`, `a${character}`]) {
      expect(thrownBy(() => checkQueue(queue))).toMatchObject({ code: "INVALID_QUEUE", queue });
    }
  });

  test("must be a string of no endless length", () => {
    expect(thrownBy(() => checkQueue(7 as unknown as string))).toMatchObject({ code: "INVALID_QUEUE" });
    expect(() => checkQueue("x".repeat(LONGEST))).not.toThrow();
    expect(thrownBy(() => checkQueue("x".repeat(LONGEST + 1)))).toMatchObject({ code: "INVALID_QUEUE" });
  });
});

function passes(body: () => unknown): boolean {
  const thrown = thrownBy(body);
  if (thrown !== undefined) expect(thrown).toBeInstanceOf(ArgumentError);
  return thrown === undefined;
}
