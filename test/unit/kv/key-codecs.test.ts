import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { decodeKey, encodeKey } from "../../../src/kv/coded-keys.ts";
import { base64Keys, chainKeys, pathKeys } from "../../../src/kv/key-codecs.ts";
import { thrown } from "../../support/failure.ts";

/** Any text that UTF-8 can write. */
const someText = fc.string({ unit: "binary" });
const KEY = /^[-_=./a-zA-Z0-9]*$/;

/** No token of it is a wildcard: those are of filters. */
const isKey = (text: string): boolean => !text.split(".").some((token) => token === "*" || token === ">");

describe("keys in base64", () => {
  it("[KV-34] have any characters, and come back", () => {
    fc.assert(
      fc.property(someText.filter(isKey), (key) => {
        const encoded = base64Keys.encode(key);
        expect(encoded).toMatch(KEY);
        expect(base64Keys.decode(encoded)).toBe(key);
      }),
    );
  });

  test.each([
    ["*", "*"],
    [">", ">"],
    ["*.com", "*.Y29t"],
    ["joe.>", "am9l.>"],
    ["a.>.b", "YQ.Pg.Yg"],
    ["a*b", "YSpi"],
    ["ÿ?>~", "w78_Pn4"],
  ])("[KV-34] keep the wildcards of filters: %j is %j", (key, encoded) => {
    expect(base64Keys.encode(key)).toBe(encoded);
  });

  test.each(["YQ==", "YR", "a b", "%%", "-", "_w", "*", ">"])(
    "[KV-34] are not read from what nobody wrote: %j",
    (key) => {
      const error = thrown(() => decodeKey(base64Keys, "people", key));
      expect(error).toMatchObject({ code: "INVALID_KEY", bucket: "people", key });
      expect(error.message).toContain(key);
    },
  );

  test("[KV-34] are not made by an async codec, whose failure is nobody's", () => {
    const late = (): string => Promise.reject(new Error("late")) as unknown as string;
    const codec = { encode: late, decode: late };
    for (const code of [encodeKey, decodeKey]) {
      const error = thrown(() => code(codec, "people", "joe"));
      expect(error).toMatchObject({ code: "INVALID_KEY", bucket: "people", key: "joe" });
      expect(error.message).toContain("and not a string");
    }
  });

  test.each(["\ud800", "a.\udc00b"])("[KV-34] have no half characters", (key) => {
    const error = thrown(() => encodeKey(base64Keys, "people", key));
    expect(error).toMatchObject({ code: "INVALID_KEY", bucket: "people", key });
  });
});

describe("paths as keys", () => {
  test.each([
    ["/etc/hosts", "etc.hosts"],
    ["/etc/nginx.conf", "etc.nginx/conf"],
    ["/etc/*", "etc.*"],
    ["/etc/>", "etc.>"],
    ["/>", ">"],
  ])("[KV-34] %j is %j", (path, key) => {
    expect(pathKeys.encode(path)).toBe(key);
    expect(pathKeys.decode(key)).toBe(path);
  });

  it("[KV-34] come back, whatever is in them", () => {
    fc.assert(
      fc.property(someText, (path) => {
        expect(pathKeys.decode(pathKeys.encode(`/${path}`))).toBe(`/${path}`);
      }),
    );
  });

  it("[KV-34] all of them are `>`, as for every bucket", () => {
    expect(pathKeys.encode(">")).toBe(">");
  });

  it("[KV-34] begin with a slash", () => {
    const error = thrown(() => encodeKey(pathKeys, "files", "etc/hosts"));
    expect(error).toMatchObject({ code: "INVALID_KEY", bucket: "files", key: "etc/hosts" });
    expect(error.message).toContain("slash");
  });
});

describe("a chain of codecs", () => {
  it("[KV-34] goes forth and back", () => {
    const keys = chainKeys(pathKeys, base64Keys);
    expect(keys.encode("/home/joé.txt")).toBe("aG9tZQ.am_DqS90eHQ");
    expect(keys.decode("aG9tZQ.am_DqS90eHQ")).toBe("/home/joé.txt");
    expect(keys.encode("/home/>")).toBe("aG9tZQ.>");
  });

  it("[KV-34] of none changes nothing", () => {
    expect(chainKeys().encode("a.b")).toBe("a.b");
    expect(chainKeys().decode("a.b")).toBe("a.b");
  });

  test.each([undefined, null, {}, "base64", { encode: () => "" }])(
    "[KV-34] takes codecs alone: %j",
    (codec) => {
      expect(thrown(() => chainKeys(base64Keys, codec as never))).toMatchObject({
        code: "INVALID_OPTION",
        argument: "codecs[1]",
      });
    },
  );
});

test("[KV-34] a codec that returns no string is told", () => {
  const broken = { encode: () => undefined as never, decode: () => 5 as never };
  expect(thrown(() => encodeKey(broken, "b", "k"))).toMatchObject({ code: "INVALID_KEY", key: "k" });
  expect(thrown(() => decodeKey(broken, "b", "k")).message).toContain("5");
});

test.each([[5], [undefined]])("[KV-34] a key is a string, not %j", (key) => {
  for (const codec of [base64Keys, pathKeys]) {
    expect(thrown(() => encodeKey(codec, "b", key as never))).toMatchObject({ code: "INVALID_KEY" });
  }
});
