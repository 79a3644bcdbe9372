import { describe, expect, it } from "vitest";
import { headers, MessageHeaders } from "../../../../src/core/protocol/headers.ts";
import {
  letterHeaders,
  type LetterFacts,
  originalHeaders,
  readFacts,
  readHistory,
  replayHeaders,
} from "../../../../src/jetstream/dead-letters/letter-headers.ts";

const facts: LetterFacts = {
  stream: "ORDERS",
  consumer: "shipping",
  seq: 17,
  deliveries: 3,
  reason: "max-deliveries",
  cause: "no stock",
  message: { subject: "orders.new", timeNanos: 1_795_714_700_870_637_731n },
};

const acted = {
  "Nats-Msg-Id": "order-7",
  "nats-rollup": "sub",
  "Nats-Expected-Last-Subject-Sequence": "3",
  "Nats-TTL": "60s",
};

describe("the headers of a dead letter", () => {
  it("[JS-ADV-02] tell what is known of the death", () => {
    expect(readFacts(letterHeaders(facts, undefined))).toEqual(facts);
    const gone: LetterFacts = { ...facts, message: undefined, cause: undefined, reason: "terminated" };
    expect(readFacts(letterHeaders(gone, undefined))).toEqual(gone);
    expect(readFacts(headers({ a: "1" }))).toBeUndefined();
    expect(readFacts(undefined)).toBeUndefined();
  });

  it("[JS-ADV-02] have nothing that a server acts upon, and give back what the message had", () => {
    const own = headers({
      ...acted,
      "X-Trace": ["1", "2"],
      "Natspeed-Dead-Cause": "own",
      "Natspeed-Original-A": "b",
    });
    const letter = letterHeaders(facts, own);
    expect([...letter.keys()].filter((name) => /^nats-/i.test(name))).toEqual([]);
    expect(readFacts(letter)).toEqual(facts);
    expect(originalHeaders(letter)?.toJSON()).toEqual(own.toJSON());
    expect(originalHeaders(letterHeaders(facts, undefined))).toBeUndefined();
  });

  it("[JS-ADV-02] a cause of several lines, or with half a character, becomes one line", () => {
    const cause = "first\r\n  second\nthird \ud800";
    expect(readFacts(letterHeaders({ ...facts, cause }, undefined))?.cause).toBe("first second third \ufffd");
    const long = letterHeaders({ ...facts, cause: "x".repeat(100_000) }, undefined);
    expect(readFacts(long)?.cause).toHaveLength(4096);
  });

  it("[JS-ADV-02] a replay keeps the headers, and escapes those that would keep the message out", () => {
    const time = new Date(1_795_714_800_000);
    const first = replayHeaders(headers({ ...acted, "X-Trace": "1" }), { ...facts, cause: "no stock", time });
    expect(first.get("X-Trace")).toBe("1");
    expect(first.get("Nats-TTL")).toBe("60s");
    expect([...first.keys()].filter((name) => /^nats-/i.test(name))).toEqual(["Nats-TTL"]);
    expect(first.get("Natspeed-Original-Nats-Msg-Id")).toBe("order-7");
    const { consumer, seq, reason, cause } = facts;
    expect(readHistory(first)).toEqual([{ time, consumer, seq, reason, cause }]);
  });

  it("[JS-ADV-02] a message that dies again has its whole history, and its headers don't grow", () => {
    let own = headers({ ...acted, "X-Trace": "1" });
    const names: string[][] = [];
    for (let seq = 1; seq <= 3; seq++) {
      const letter = letterHeaders({ ...facts, seq }, own);
      own = replayHeaders(originalHeaders(letter), {
        ...facts,
        cause: "no stock",
        seq,
        time: new Date(seq * 1000),
      });
      names.push([...own.keys()].sort());
    }
    expect(readHistory(own).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(names[2]).toEqual(names[0]);
  });

  it("[JS-ADV-02] a history that can't be read is passed over", () => {
    expect(readHistory(headers({ "Natspeed-Deaths": ["{", "null", '{"seq":1}'] }))).toHaveLength(1);
  });

  it("[JS-ADV-02] a name that can't be sent is kept by one that can", () => {
    const block = new TextEncoder().encode("NATS/1.0\r\nfärbe: blau\r\n\r\n");
    const own = MessageHeaders.decode(block, 0, block.length, () => {});
    const letter = letterHeaders(facts, own);
    expect([...letter].some(([name, value]) => name.includes("f%C3%A4rbe") && value === "blau")).toBe(true);
  });
});
