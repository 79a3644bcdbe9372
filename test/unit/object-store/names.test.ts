import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64Url, toBase64Url } from "../../../src/core/base64-url.ts";
import { checkObjectName, isToken, metaSubject, nameOf, storeOf } from "../../../src/object-store/names.ts";

describe("the name of an object", () => {
  it("[OBJ-03] comes back from its subject, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
        const subject = metaSubject("store", name);
        expect(subject).toMatch(/^\$O\.store\.M\.[\w=-]+$/);
        expect(nameOf(subject)).toBe(name);
      }),
    );
  });

  it("[OBJ-03] is not so long that a server would end the connection", () => {
    expect(checkObjectName("x".repeat(2800))).toHaveLength(2800);
    expect(() => checkObjectName("x".repeat(2801))).toThrow("up to 2800 bytes");
    expect(() => checkObjectName("é".repeat(1401))).toThrow("of 2802");
  });

  it("[OBJ-03] is a text, and not the object of nats.js that has it", () => {
    expect(() => checkObjectName({ name: "a" } as never)).toThrow("a text that is not empty, not an object");
  });

  it("[OBJ-17] is none where a subject was not made of one", () => {
    for (const token of ["a", "plain", "a+b=", "_w==", "YQ", "§"])
      expect(nameOf(`$O.store.M.${token}`), token).toBeUndefined();
  });
});

describe("names", () => {
  it("[OBJ-02] of streams tell of stores by what they begin with", () => {
    expect(storeOf("OBJ_a")).toBe("a");
    expect(storeOf("KV_a")).toBeUndefined();
  });

  it("[OBJ-17] of chunks are one token each", () => {
    for (const nuid of ["", "a.b", "*", ">", "a b", "a\n", "a>"]) expect(isToken(nuid), nuid).toBe(false);
    expect(isToken("VYcMXKpsGjW9VSlkpEKZ6z")).toBe(true);
  });
});

describe("base64 of URLs", () => {
  it("[OBJ-04] is that of Node, and read in both alphabets, padded or not", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        const own = toBase64Url(bytes);
        expect(own).toBe(text.replaceAll("+", "-").replaceAll("/", "_"));
        for (const each of [text, own, own.replaceAll("=", "")])
          expect([...(fromBase64Url(each) ?? [])]).toEqual([...bytes]);
      }),
    );
    expect(fromBase64Url("§")).toBeUndefined();
  });
});
