import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeaderBlocks } from "../../../src/core/protocol/header-blocks.ts";
import { headers, isNoRespondersStatus, MessageHeaders } from "../../../src/core/protocol/headers.ts";
import { bytesOf } from "../support/bytes.ts";

/** The headers of a block, and what could not be read of it. */
function read(block: string): { headers: MessageHeaders; faults: string[] } {
  const bytes = bytesOf(`#${block}#`);
  const faults: string[] = [];
  const onFault = (reason: string): void => void faults.push(reason);
  return { headers: MessageHeaders.decode(bytes, 1, bytes.length - 1, onFault), faults };
}

function decode(block: string): MessageHeaders {
  const { headers: received, faults } = read(block);
  expect(faults).toEqual([]);
  return received;
}

function pairs(block: string): [string, string][] {
  return [...decode(block)];
}

describe("a received block", () => {
  test("has names and values, and names keep their case [HDR-01] [HDR-08]", () => {
    expect(pairs("NATS/1.0\r\nA: 1\r\na: 2\r\nA: 3\r\n\r\n")).toEqual([
      ["A", "1"],
      ["A", "3"],
      ["a", "2"],
    ]);
  });

  test("may have no names", () => {
    expect(pairs("NATS/1.0\r\n\r\n")).toEqual([]);
  });

  test("is split at the first colon, and trailing blanks of a value stay [HDR-08]", () => {
    expect(pairs("NATS/1.0\r\na:b:c\r\nd: \t e \t\r\nf:\r\n\r\n")).toEqual([
      ["a", "b:c"],
      ["d", "e \t"],
      ["f", ""],
    ]);
  });

  test("may end its lines with LF alone [HDR-08]", () => {
    expect(pairs("NATS/1.0\nA: 1\nB: 2\n\n")).toEqual([
      ["A", "1"],
      ["B", "2"],
    ]);
  });

  test("passes over an empty name [HDR-09]", () => {
    expect(pairs("NATS/1.0\r\n: 1\r\nA: 2\r\n\r\n")).toEqual([["A", "2"]]);
  });

  test.each([
    ["NATS/1.0 503\r\n\r\n", "503", undefined],
    ["NATS/1.0 404 No Messages\r\n\r\n", "404", "No Messages"],
    ["NATS/1.0  404   No Messages  \r\n\r\n", "404", "No Messages"],
    ["NATS/1.0\t408 Request Timeout\r\n\r\n", "408", "Request Timeout"],
    ["NATS/1.0 100 FlowControl Request\nA: b\n\n", "100", "FlowControl Request"],
  ])("%j has its status in the first line [HDR-10] [SC-25]", (block, status, description) => {
    const received = decode(block);
    expect(received.get("Status")).toBe(status);
    expect(received.status).toBe(Number(status));
    expect(received.description).toBe(description);
    expect(received.has("Description")).toBe(description !== undefined);
  });

  test("has its inline status behind explicit ones of that name [HDR-11]", () => {
    const received = decode("NATS/1.0 404 a\r\nStatus: x\r\nDescription: y\r\n\r\n");
    expect(received.getAll("Status")).toEqual(["x", "404"]);
    expect(received.getAll("Description")).toEqual(["y", "a"]);
  });

  test.each([
    ["does not begin with the version [HDR-07]", "HTTP/1.0\r\n\r\n", ['they begin with "HTTP/1.0"']],
    ["writes the version in lower case [HDR-07]", "nats/1.0\r\n\r\n", ['they begin with "nats/1.0"']],
    ["is of another version [HDR-07]", "NATS/2.0\r\n\r\n", ['they begin with "NATS/2.0"']],
    ["is empty [HDR-07]", "", ["they have no end", 'they begin with ""']],
    ["is a version only [HDR-07]", "NATS/1.0", ["they have no end"]],
    ["has a line without a colon [HDR-09]", "NATS/1.0\r\nA b\r\n\r\n", ['no colon in "A b"']],
    [
      "has a status of one digit [HDR-12] [SC-25]",
      "NATS/1.0 5\r\n\r\n",
      ['the status "5" is not a code of three digits'],
    ],
    [
      "has a status of two digits [HDR-12]",
      "NATS/1.0 50 x\r\n\r\n",
      ['the status "50 x" is not a code of three digits'],
    ],
    [
      "has a status that is no number [HDR-12]",
      "NATS/1.0 abc\r\n\r\n",
      ['the status "abc" is not a code of three digits'],
    ],
  ])("that %s gives no headers, and what is wrong", (_what, block, faults) => {
    const { headers: received, faults: told } = read(block);
    expect([[...received], told]).toEqual([[], faults]);
  });

  test.each([
    ["has no empty line at the end [HDR-07] [SC-24]", "NATS/1.0\r\nA: b\r\n", "they have no end"],
    ["has a last line that is not ended [HDR-07]", "NATS/1.0\r\nA: b\r\n\r", "they have no end"],
    ["goes on after its empty line [HDR-07]", "NATS/1.0\r\n\r\nA: b\r\n", "they have no end"],
    ["begins otherwise [HDR-07]", "HTTP/1.0 200\r\nA: b\r\n\r\n", 'they begin with "HTTP/1.0 200"'],
    ["has a line without a colon [HDR-09]", "NATS/1.0\r\nx\r\nA: b\r\n\r\n", 'no colon in "x"'],
    [
      "has a status that is none [HDR-12]",
      "NATS/1.0 5\r\nA: b\r\n\r\n",
      'the status "5" is not a code of three digits',
    ],
  ])("that %s keeps what can be read", (_what, block, fault) => {
    const { headers: received, faults } = read(block);
    expect([...received]).toEqual([["A", "b"]]);
    expect(received.status).toBeUndefined();
    expect(faults).toEqual([fault]);
  });

  test("finds no colon in lines before and behind one that has one", () => {
    const { headers: received, faults } = read("NATS/1.0\r\nx\r\n\r\nA: b\r\ny\r\nz\r\n\r\n");
    expect([...received]).toEqual([["A", "b"]]);
    expect(faults).toEqual(['no colon in "x"', 'no colon in "y"', 'no colon in "z"']);
  });

  test("keeps its status beside a line that can't be read", () => {
    const { headers: received, faults } = read("NATS/1.0 503\r\nx\r\n\r\n");
    expect([received.status, faults]).toEqual([503, ['no colon in "x"']]);
  });

  test("with a long fault quotes its beginning", () => {
    expect(read(`NATS/1.0\r\n${"x".repeat(100)}\r\n\r\n`).faults).toEqual([
      `no colon in "${"x".repeat(32)}…"`,
    ]);
  });

  test("with a status of blanks only has none [HDR-12]", () => {
    expect(pairs("NATS/1.0 \r\n\r\n")).toEqual([]);
  });

  test("never throws, and says nothing wrong of what the encoder writes", () => {
    const blocks = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .array(fc.constantFrom("NATS/1.0", "\r\n", "\n", "\r", ":", " ", "503", "a", "é"), { maxLength: 15 })
        .map((parts) => `NATS/1.0${parts.join("")}`),
    );
    fc.assert(
      fc.property(blocks, (block) => {
        const { headers: received, faults } = read(block);
        if (received.size === 0 && faults.length > 0) return;
        expect(read(new TextDecoder().decode(new HeaderBlocks().encode(received))).faults).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("received headers", () => {
  const block = "NATS/1.0\r\nA: 1\r\nb: 2\r\nA: 3\r\na: 4\r\n\r\n";

  test.each([
    ["before", (received: MessageHeaders) => received],
    ["behind", (received: MessageHeaders) => received.append("c", "5")],
  ])("are looked up %s a change as written, and else by the first of another case", (_when, change) => {
    const received = change(decode(block));
    expect(["A", "a", "B"].map((name) => received.get(name))).toEqual(["1", "4", "2"]);
    expect(received.getAll("A")).toEqual(["1", "3"]);
    expect(["A", "B", "d"].map((name) => received.has(name))).toEqual([true, true, false]);
  });

  test.each([
    ["before", (received: MessageHeaders) => received],
    ["behind", (received: MessageHeaders) => received.append("c", "5")],
  ])("give and give up the last value of a name %s a change", (_when, change) => {
    const received = change(decode(block));
    expect([received.last("A"), received.last("B"), received.takeLast("B")]).toEqual([
      "3",
      undefined,
      undefined,
    ]);
    expect([received.takeLast("A"), received.takeLast("b"), received.takeLast("b")]).toEqual([
      "3",
      "2",
      undefined,
    ]);
    received.delete("c");
    expect([...received]).toEqual([
      ["A", "1"],
      ["a", "4"],
    ]);
    received.takeLast("A");
    received.takeLast("a");
    expect(received.size).toBe(0);
  });

  test("can be changed, as those can that were made", () => {
    const received = decode(block);
    expect(received.get("b")).toBe("2");
    received.set("b", "5").append("A", "6");
    expect(received.delete("a")).toBe(true);
    expect([received.size, [...received.keys()], received.get("b")]).toEqual([2, ["A", "b"], "5"]);
    expect(received.toJSON()).toEqual({ A: ["1", "3", "6"], b: ["5"] });
  });
});

describe("a round trip", () => {
  const names = fc.stringMatching(/^[!-9;-~]{1,10}$/);
  const printable = fc.stringMatching(/^[ -~\t]{0,30}$/);
  const unicode = fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, "."));

  test.each([
    ["ASCII", printable],
    ["Unicode", unicode],
  ])("gives back names and values of %s [HDR-04] [HDR-08] [HDR-16]", (_what, values) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(names, values), { maxLength: 8 }), (given) => {
        const made = headers(given);
        const block = new HeaderBlocks().encode(made);
        const received = MessageHeaders.decode(block, 0, block.length, expect.unreachable);
        const wanted = Object.fromEntries(
          [...made.keys()].sort((a, b) => (a < b ? -1 : 1)).map((name) => [name, made.getAll(name)]),
        );
        expect(received.toJSON()).toEqual(wanted);
        expect([...received.keys()]).toEqual(Object.keys(wanted).length === 0 ? [] : [...made.keys()].sort());
        expect(new HeaderBlocks().encode(received)).toEqual(block);
        // Nothing but the values' outer blanks is lost.
        for (const [name, value] of given)
          expect(made.getAll(name)).toContain(value.replace(/^[ \t]+|[ \t]+$/g, ""));
      }),
      { numRuns: 500 },
    );
  });
});

describe("isNoRespondersStatus [REQ-06]", () => {
  const says = (block: string): boolean => {
    const bytes = bytesOf(`###${block}`);
    return isNoRespondersStatus(bytes, 3, bytes.length);
  };

  test.each(["NATS/1.0 503\r\n\r\n", "NATS/1.0 503 No Responders\r\n\r\n", "NATS/1.0 503\r\nA: b\r\n\r\n"])(
    "is true for %j",
    (block) => {
      expect(says(block)).toBe(true);
    },
  );

  test.each([
    "NATS/1.0 404\r\n\r\n",
    "NATS/1.0\r\n\r\n",
    "NATS/1.0\r\nStatus: 503\r\n\r\n",
    "NATS/1.0 50",
    "NATS/1.0",
    "",
  ])("is false for %j", (block) => {
    expect(says(block)).toBe(false);
  });

  test("does not look beyond the block", () => {
    const bytes = bytesOf("NATS/1.0 503");
    expect(isNoRespondersStatus(bytes, 0, "NATS/1.0 50".length)).toBe(false);
  });
});
