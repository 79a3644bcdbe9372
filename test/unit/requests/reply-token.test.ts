import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readTokenId,
  TOKEN_IDS,
  TOKEN_LENGTH,
  writeSalt,
  writeTokenId,
} from "../../../src/core/requests/reply-token.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";

const anId = fc.oneof(
  fc.integer({ min: 0, max: TOKEN_IDS - 1 }),
  fc.constantFrom(0, 61, 62, 3843, 3844, TOKEN_IDS - 1),
);

describe("the token of a request", () => {
  test("has eight base-62 digits [INBOX-05]", () => {
    expect(TOKEN_LENGTH).toBe(8);
    fc.assert(
      fc.property(anId, (id) => {
        const token = new Uint8Array(TOKEN_LENGTH);
        writeSalt(token, 0);
        writeTokenId(token, 0, id);
        expect(latin1(token)).toMatch(/^[0-9A-Za-z]{8}$/);
      }),
    );
  });

  test("gives back the id that was written into it", () => {
    fc.assert(
      fc.property(anId, fc.nat({ max: 40 }), (id, at) => {
        const bytes = new Uint8Array(at + TOKEN_LENGTH + 3).fill(0x2e);
        writeSalt(bytes, at);
        writeTokenId(bytes, at, id);
        expect(readTokenId(bytes, at)).toBe(id);
        expect(latin1(bytes.subarray(0, at))).toBe(".".repeat(at));
        expect(latin1(bytes.subarray(at + TOKEN_LENGTH))).toBe("...");
      }),
      { numRuns: 1000 },
    );
  });

  test("is another one for another id", () => {
    const tokens = new Set<string>();
    const bytes = new Uint8Array(TOKEN_LENGTH).fill(0x30);
    for (let id = 0; id < 5000; id++) {
      writeTokenId(bytes, 0, id);
      tokens.add(latin1(bytes));
    }
    expect(tokens.size).toBe(5000);
  });

  test("counts in the order 0-9, A-Z, a-z and leaves the salt alone", () => {
    const token = bytesOf("xy......");
    const written = [0, 9, 10, 35, 36, 61, 62, 62 ** 5 - 1].map((id) => {
      writeTokenId(token, 0, id);
      return latin1(token);
    });
    expect(written).toEqual([
      "xy000000",
      "xy000009",
      "xy00000A",
      "xy00000Z",
      "xy00000a",
      "xy00000z",
      "xy000010",
      "xy0zzzzz",
    ]);
  });

  test("is of nobody when it has other characters than digits [REQ-09]", () => {
    const token = bytesOf("xy000000");
    for (let at = 2; at < TOKEN_LENGTH; at++) {
      for (const other of [0x00, 0x2e, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x80, 0xff]) {
        const spoiled = token.slice();
        spoiled[at] = other;
        expect(readTokenId(spoiled, 0)).toBe(-1);
      }
    }
  });

  test("has a salt of its own for each connection", () => {
    const salts = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const token = new Uint8Array(TOKEN_LENGTH);
      writeSalt(token, 0);
      salts.add(latin1(token.subarray(0, 2)));
      expect(token.subarray(2).every((byte) => byte === 0)).toBe(true);
    }
    expect(salts.size).toBeGreaterThan(100);
  });
});
