import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../../src/core/errors.ts";
import { HeaderBlocks } from "../../../src/core/protocol/header-blocks.ts";
import { headers, MessageHeaders } from "../../../src/core/protocol/headers.ts";
import { latin1 } from "../support/bytes.ts";
import { thrownBy } from "../support/thrown.ts";

describe("headers()", () => {
  test("takes an object, whose values may be lists", () => {
    const made = headers({ b: "1", a: ["2", "3"] });
    expect([...made]).toEqual([
      ["b", "1"],
      ["a", "2"],
      ["a", "3"],
    ]);
  });

  test("takes pairs, which may repeat a name", () => {
    const pairs: [string, string][] = [
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ];
    expect(headers(pairs).getAll("a")).toEqual(["1", "3"]);
    expect(headers(new Map([["a", "1"]])).get("a")).toBe("1");
  });

  test("copies other headers", () => {
    const first = headers({ a: ["1", "2"] });
    const second = headers(first);
    second.append("a", "3");
    expect(first.getAll("a")).toEqual(["1", "2"]);
    expect(second.getAll("a")).toEqual(["1", "2", "3"]);
  });

  test("makes none from nothing, nor from an empty list of values", () => {
    expect(headers().size).toBe(0);
    expect(headers({}).size).toBe(0);
    expect(headers({ a: [] }).size).toBe(0);
  });

  test.each([7, null, true, { a: 1 }, ["x", 7]])("refuses the value %j", (value) => {
    const error = thrownBy(() => headers({ a: value } as unknown as Record<string, string>));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({ code: "INVALID_HEADER", argument: "a" });
  });
});

test.each([null, 7, "a: b", true])(
  "headers(%j) is refused: they are made of an object or of pairs",
  (init) => {
    expect(thrownBy(() => headers(init as never))).toMatchObject({ code: "INVALID_HEADER" });
  },
);

test("a long value full of blanks is cut in no time: only those around it are looked at", () => {
  const inner = `a${" \t".repeat(200_000)}b`;
  expect(headers({ a: ` ${inner}\t ` }).get("a") === inner).toBe(true);
});

describe("names and values", () => {
  test("set replaces, append adds, delete removes [HDR-02]", () => {
    const made = headers().append("a", "1").append("a", "2").set("b", "3").append("b", "4");
    expect(made.size).toBe(2);
    expect(made.set("a", "5").getAll("a")).toEqual(["5"]);
    expect(made.delete("a")).toBe(true);
    expect(made.delete("a")).toBe(false);
    expect([...made.keys()]).toEqual(["b"]);
  });

  test("get gives the first value; what is not there has none [HDR-02] [HDR-03]", () => {
    const made = headers({ a: ["1", "2"] });
    expect(made.get("a")).toBe("1");
    expect(made.has("a")).toBe(true);
    expect(made.get("b")).toBeUndefined();
    expect(made.getAll("b")).toEqual([]);
    expect(made.has("b")).toBe(false);
  });

  test("names that differ by case are different names [HDR-01]", () => {
    const made = headers({ "Content-Type": "a", "content-type": "b" });
    expect(made.size).toBe(2);
    expect(made.get("Content-Type")).toBe("a");
    expect(made.get("content-type")).toBe("b");
    made.delete("content-TYPE");
    expect(made.size).toBe(2);
  });

  test("a look-up takes the name as written first, then the first that differs by case only", () => {
    const made = headers({ "Content-Type": "a", "content-type": "b" });
    expect(made.get("CONTENT-TYPE")).toBe("a");
    expect(made.getAll("CONTENT-TYPE")).toEqual(["a"]);
    expect(made.has("CONTENT-TYPE")).toBe(true);
  });

  test("getAll gives a copy", () => {
    const made = headers({ a: "1" });
    (made.getAll("a") as string[]).push("2");
    expect(made.getAll("a")).toEqual(["1"]);
  });

  test.each(["", " ", "a b", "a:b", "a\r\nb", "a\n", "\ta", "é", "a\u0000", "a\u007f"])(
    "%j can't be a name [HDR-05]",
    (name) => {
      for (const call of [
        () => headers().set(name, "1"),
        () => headers().append(name, "1"),
        () => headers({ [name]: "1" }),
      ]) {
        expect(thrownBy(call)).toMatchObject({ code: "INVALID_HEADER", argument: name });
      }
    },
  );

  test.each(["a\r", "\n", "a\r\nb: c", "a\nb"])(
    "%j can't be a value: nothing breaks out of its line [HDR-05]",
    (value) => {
      for (const call of [
        () => headers().set("a", value),
        () => headers().append("a", value),
        () => headers({ a: [value] }),
      ]) {
        expect(thrownBy(call)).toMatchObject({ code: "INVALID_HEADER", argument: "a" });
      }
    },
  );

  test.each(["\ud83d", "a\udc00b", "\udc00\ud83d", "é\ud83d"])(
    "%j can't be a value: half of a surrogate pair would be another character on the wire",
    (value) => {
      expect(thrownBy(() => headers({ a: value }))).toMatchObject({ code: "INVALID_HEADER", argument: "a" });
    },
  );

  test.each(["\u{1f600}", "é", "\u00a0x\u00a0"])("%j is a value, and stays as it is", (value) => {
    expect(headers({ a: value }).get("a")).toBe(value);
  });

  test("blanks around a value are cut, as they would not travel [HDR-05]", () => {
    const made = headers({ a: " \t x  y \t", b: "   " });
    expect(made.get("a")).toBe("x  y");
    expect(made.get("b")).toBe("");
  });

  test("JSON shows the names with their values", () => {
    expect(JSON.stringify(headers({ a: ["1", "2"], __proto__x: "3" }))).toBe(
      '{"a":["1","2"],"__proto__x":["3"]}',
    );
  });
});

describe("the status", () => {
  test("is that of the first line", () => {
    const received = decode("NATS/1.0 503\r\n\r\n");
    expect(received.status).toBe(503);
    expect(received.description).toBeUndefined();
  });

  test("is undefined without one, also if the application has a header of that name", () => {
    expect(headers({ a: "1" }).status).toBeUndefined();
    expect(headers({ Status: "shipped" }).status).toBeUndefined();
    expect(decode("NATS/1.0\r\nStatus: shipped\r\n\r\n").status).toBeUndefined();
  });
});

describe("encoding", () => {
  const encoded = (made: MessageHeaders): string => latin1(new HeaderBlocks().encode(made));

  test("sorts the names by their bytes and keeps the order of values [HDR-04]", () => {
    expect(encoded(headers({ b: "1", a: ["3", "2"], Z: "4", "-": "5" }))).toBe(
      "NATS/1.0\r\n-: 5\r\nZ: 4\r\na: 3\r\na: 2\r\nb: 1\r\n\r\n",
    );
  });

  test("leaves the headers as they are", () => {
    const made = headers({ b: "1", a: "2" });
    new HeaderBlocks().encode(made);
    expect([...made.keys()]).toEqual(["b", "a"]);
  });

  test("writes an empty value, and no names at all", () => {
    expect(encoded(headers({ a: "" }))).toBe("NATS/1.0\r\na: \r\n\r\n");
    expect(encoded(headers())).toBe("NATS/1.0\r\n\r\n");
  });

  test("writes values as UTF-8 [HDR-16]", () => {
    expect(encoded(headers({ a: "é" }))).toBe("NATS/1.0\r\na: Ã©\r\n\r\n");
  });

  test("never lets a CR through, not even one that was received [HDR-05]", () => {
    const received = decode("NATS/1.0\r\na: x\ry\r\n\r\n");
    expect(encoded(received).replaceAll("\r\n", "")).not.toContain("\r");
  });
});

function decode(block: string): MessageHeaders {
  const bytes = Uint8Array.from(block, (character) => character.charCodeAt(0));
  return MessageHeaders.decode(bytes, 0, bytes.length, expect.unreachable);
}
