import { expect, test } from "vitest";
import { HeaderBlocks } from "../../../src/core/protocol/header-blocks.ts";
import { headers, MessageHeaders } from "../../../src/core/protocol/headers.ts";

const textOf = (block: Uint8Array): string => new TextDecoder().decode(block);

test("a block stays as it is, however many are made after it", () => {
  const blocks = new HeaderBlocks();
  const values = Array.from({ length: 1000 }, (_, i) => `${i} `.repeat(i % 90).trim());
  const made = values.map((value) => blocks.encode(headers({ n: value, a: "é" })));
  expect(made.map(textOf)).toEqual(values.map((value) => `NATS/1.0\r\na: é\r\nn: ${value}\r\n\r\n`));
});

test.each([100, 2700, 8 * 1024, 100_000])("a value of %i characters outside ASCII", (length) => {
  const blocks = new HeaderBlocks();
  blocks.encode(headers({ before: "1" }));
  const value = "€".repeat(length);
  expect(textOf(blocks.encode(headers({ a: value })))).toBe(`NATS/1.0\r\na: ${value}\r\n\r\n`);
  expect(textOf(blocks.encode(headers({ b: "1" })))).toBe("NATS/1.0\r\nb: 1\r\n\r\n");
});

test("of headers that another copy of the package made", () => {
  const made = headers({ b: ["1", "2"], a: "3" });
  // Its class is another: what is private here is not there.
  const other = Object.create(MessageHeaders.prototype, {
    keys: { value: () => made.keys() },
    getAll: { value: (name: string) => made.getAll(name) },
  }) as MessageHeaders;
  expect(textOf(new HeaderBlocks().encode(other))).toBe("NATS/1.0\r\na: 3\r\nb: 1\r\nb: 2\r\n\r\n");
});

test("of one header are as those of many with one", () => {
  const blocks = new HeaderBlocks();
  for (const value of ["1", "é", "€".repeat(5000), "a b"]) {
    expect(textOf(blocks.encodeOne("Nats-Msg-Id", value))).toBe(
      textOf(blocks.encode(headers({ "Nats-Msg-Id": value }))),
    );
  }
});
