import { encodeUser, fmtCreds } from "@nats-io/jwt";
import { createAccount, createUser } from "@nats-io/nkeys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findJwt, findSeed, isJwt, parseCredentials } from "../../../src/core/auth/credentials-text.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";
import { accountSeed, credsFile, expectError, JWT, operatorSeed, shownOf, userKey } from "./support.ts";

const { seed: SEED } = userKey();

function parse(text: string): { jwt: string; seed: string | undefined } {
  const { jwt, seed } = parseCredentials(bytesOf(text));
  return { jwt, seed: seed && latin1(seed) };
}

describe("a credentials file", () => {
  test("has the JWT in its first block and the seed in its second [CRED-06] [CRED-08]", () => {
    expect(parse(credsFile(JWT, SEED))).toEqual({ jwt: JWT, seed: SEED });
  });

  test("is what NATS's own JWT library writes [CRED-06]", async () => {
    const user = createUser();
    const jwt = await encodeUser("joe", user, createAccount());
    const { seed, ...parsed } = parseCredentials(fmtCreds(jwt, user));
    expect(parsed).toEqual({ jwt });
    expect(latin1(seed!)).toBe(latin1(user.getSeed()));
  });

  test("may have line ends of Windows, and a byte order mark [CRED-06]", () => {
    expect(parse(credsFile(JWT, SEED, "\r\n"))).toEqual({ jwt: JWT, seed: SEED });
    expect(parse(`\ufeff${credsFile(JWT, SEED)}`)).toEqual({ jwt: JWT, seed: SEED });
  });

  test("may end without a line end", () => {
    expect(parse(`--- A ---\n${JWT}\n--- B ---\n--- C ---\n${SEED}\n--- D ---`)).toEqual({
      jwt: JWT,
      seed: SEED,
    });
  });

  test("has lines of three or more dashes around its blocks, with any text [CRED-06]", () => {
    const lines = ["---", JWT, "---", "-- no block --", "----x----", SEED, "------"];
    expect(parse(lines.join("\n"))).toEqual({ jwt: JWT, seed: SEED });
  });

  test("may have the seed in a line of its own after one block [CRED-08]", () => {
    const jwtBlock = `---A---\n${JWT}\n---B---\n`;
    expect(parse(`${jwtBlock}${SEED}`)).toEqual({ jwt: JWT, seed: SEED });
    expect(parse(`${jwtBlock}the seed:\n \t${SEED} \r\nSUB`)).toEqual({ jwt: JWT, seed: SEED });
  });

  test("without a block is the JWT, and has no seed [CRED-07]", () => {
    expect(parse(JWT)).toEqual({ jwt: JWT, seed: undefined });
    expect(parse(`\n ${JWT}\r\n\n`)).toEqual({ jwt: JWT, seed: undefined });
    expect(parse("SUabc.def.ghi")).toEqual({ jwt: "SUabc.def.ghi", seed: undefined });
  });

  test("gives a seed that is a copy [CRED-12]", () => {
    const bytes = bytesOf(credsFile(JWT, SEED));
    const { seed } = parseCredentials(bytes);
    expect(seed!.buffer).not.toBe(bytes.buffer);
    bytes.fill(0);
    expect(latin1(seed!)).toBe(SEED);
  });

  test("is read the same whatever stands around its blocks and at the ends of its lines", () => {
    const filler = fc.stringMatching(/^[a-z *]{0,20}$/);
    const eol = fc.constantFrom("\n", "\r\n", "\n\n", " \n");
    const dashes = fc.stringMatching(/^-{3,8}( [A-Z ]{0,20})?-{3,8}$/);
    fc.assert(
      fc.property(fc.array(filler, { minLength: 3, maxLength: 3 }), eol, dashes, (fill, end, line) => {
        const lines = [fill[0], line, JWT, line, fill[1], line, SEED, line, fill[2]];
        expect(parse(lines.join(end))).toEqual({ jwt: JWT, seed: SEED });
      }),
    );
  });
});

describe("text that is no credentials file", () => {
  test.each([
    ["nothing at all", "", /"contents": it is empty/],
    ["white space", " \r\n\t\n", /it is empty/],
    ["a seed alone", SEED, /a seed where the user's JWT should be/],
    ["the two blocks swapped", credsFile(SEED, JWT), /a seed where the user's JWT should be/],
    ["something else", "user: joe", /it has no JWT/],
    ["two parts of a JWT", "abc.def", /it has no JWT/],
    ["an empty block", "---A---\n---B---\n", /cut off, or has not exactly one line/],
    ["a block with two lines", `---A---\n${JWT}\n${JWT}\n---B---\n`, /cut off, or has not exactly one line/],
    ["a block that doesn't end", `---A---\n${JWT}\n`, /the block of its JWT is cut off/],
    ["a JWT in the second block too", credsFile(JWT, JWT), /its second block is not a seed/],
  ])("is refused: %s", async (_, text, message) => {
    await expectError(() => parseCredentials(bytesOf(text)), "INVALID_CREDENTIALS", message);
  });

  test("is refused as UTF-16, as the shell of Windows writes it", async () => {
    const text = Uint8Array.from([0xff, 0xfe, 0x2d, 0, 0x2d, 0]);
    await expectError(() => parseCredentials(text), "INVALID_CREDENTIALS", /UTF-16/);
  });

  test("is named in the error", async () => {
    const error = await expectError(
      () => findJwt(bytesOf("x"), "/a.creds"),
      "INVALID_CREDENTIALS",
      /"\/a\.creds"/,
    );
    expect(error).toMatchObject({ argument: "/a.creds", name: "AuthenticationError" });
  });

  test("cut off anywhere gives the whole JWT and seed, or part of the seed, or an error without them", () => {
    const text = credsFile(JWT, SEED);
    for (let end = 0; end <= text.length; end++) {
      const bytes = bytesOf(text.slice(0, end));
      try {
        const { jwt, seed } = parseCredentials(bytes);
        expect(jwt).toBe(JWT);
        expect(SEED.startsWith(latin1(seed ?? new Uint8Array()))).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: "INVALID_CREDENTIALS" });
        expect(shownOf(error)).not.toContain(SEED.slice(0, 8));
        expect(shownOf(error)).not.toContain(JWT.slice(0, 8));
      }
    }
  });

  test("never leads to anything but an error of ours or a JWT", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const before = bytes.slice();
        try {
          expect(isJwt(bytesOf(parseCredentials(bytes).jwt))).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID_CREDENTIALS" });
        }
        expect(bytes).toEqual(before);
      }),
    );
  });
});

describe("the seed alone", () => {
  test.each([
    ["in the second of two blocks", credsFile(JWT, SEED)],
    ["in one block", `-----BEGIN USER NKEY SEED-----\n${SEED}\n------END USER NKEY SEED------\n`],
    ["in a line", `# user joe\n  ${SEED}\r\n# end`],
  ])("is found %s [CRED-08]", (_, text) => {
    expect(latin1(findSeed(bytesOf(text)))).toBe(SEED);
  });

  test("is found for users, accounts and operators, the first one [CRED-08]", () => {
    const account = accountSeed();
    const operator = operatorSeed();
    expect(latin1(findSeed(bytesOf(`${account}\n${SEED}`)))).toBe(account);
    expect(latin1(findSeed(bytesOf(`x\n${operator}\n${SEED}`)))).toBe(operator);
  });

  test.each([
    ["there is none", JWT, /it has no seed/],
    ["there is only a public key", userKey().publicKey, /it has no seed/],
    ["there is only a block of a JWT", `---A---\n${JWT}\n---B---`, /it has no seed/],
    [
      "its block is cut off",
      credsFile(JWT, "").split("SEED-----\n")[0]! + "SEED-----\n",
      /block of its seed is cut off/,
    ],
    ["the text is empty", "", /it is empty/],
  ])("is missed if %s [CRED-08]", async (_, text, message) => {
    await expectError(() => findSeed(bytesOf(text)), "INVALID_CREDENTIALS", message);
  });
});

describe("a JWT", () => {
  test.each([JWT, "a.b.c", "a_-=.b.c"])("is %s", (text) => {
    expect(isJwt(bytesOf(text))).toBe(true);
  });

  test.each(["", "a", "a.b", "a.b.c.d", ".b.c", "a..c", "a.b.", "a.b.c d", "a.b.ü", "a\nb.c.d", SEED])(
    "is not %j",
    (text) => {
      expect(isJwt(bytesOf(text))).toBe(false);
    },
  );
});
