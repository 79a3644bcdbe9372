import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newDigest } from "../../../src/object-store/digest/digest.ts";
import { digestText, saysDigest } from "../../../src/object-store/digest/digest-text.ts";
import { Sha256 } from "../../../src/object-store/digest/sha256.ts";

describe("the digest in JavaScript", () => {
  it("[OBJ-04] is that of the runtime, however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
        const own = new Sha256();
        const native = createHash("sha256");
        for (const piece of pieces) {
          own.update(piece);
          native.update(piece);
        }
        expect(Buffer.from(own.digest()).toString("hex")).toBe(native.digest("hex"));
      }),
    );
  });

  it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 100_000])("[OBJ-04] of %i bytes", (size) => {
    const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
    const own = new Sha256();
    own.update(bytes);
    const native = createHash("sha256").update(bytes).digest("hex");
    expect(Buffer.from(own.digest()).toString("hex")).toBe(native);
  });
});

describe("a digest", () => {
  it("[OBJ-04] is the runtime's own where it has one, and the same where it has not", async () => {
    const bytes = new TextEncoder().encode("hello");
    const native = await newDigest();
    native.update(bytes);
    const own = Object.getOwnPropertyDescriptor(process, "getBuiltinModule");
    const portable: number[] = [];
    try {
      Object.assign(process, { getBuiltinModule: undefined });
      const digest = await newDigest();
      expect(digest).toBeInstanceOf(Sha256);
      digest.update(bytes);
      portable.push(...digest.digest());
    } finally {
      Object.defineProperty(process, "getBuiltinModule", own!);
    }
    expect(portable).toEqual([...native.digest()]);
  });

  it("[OBJ-04] is written as `SHA-256=` and padded base64 of the URL alphabet, and read in other spellings", () => {
    const digest = new Uint8Array(32).fill(0xfb);
    const text = digestText(digest);
    expect(text).toMatch(/^SHA-256=[\w-]{43}=$/);
    expect(saysDigest(text, digest)).toBe(true);
    expect(saysDigest(text.toLowerCase().slice(0, 8) + text.slice(8, -1), digest)).toBe(true);
    expect(saysDigest(text.replaceAll("-", "+").replaceAll("_", "/").replace("SHA+", "SHA-"), digest)).toBe(
      true,
    );
    expect(saysDigest(digestText(new Uint8Array(32)), digest)).toBe(false);
    for (const other of ["", "abc", "MD5=abc", "SHA-256=", "SHA-256=§", "SHA-256=YWJj"])
      expect(saysDigest(other, digest)).toBeUndefined();
  });
});
