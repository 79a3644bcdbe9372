import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Commands, Parser } from "../../../src/server/protocol/parser.ts";
import { Violation } from "../../../src/server/protocol/violation.ts";

/** What a parser hands out, one line each; and how it ended. */
function parse(chunks: readonly Uint8Array[], limits: Partial<Commands> = {}): string[] {
  const seen: string[] = [];
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const parser = new Parser({
    awaitsConnect: false,
    maxControlLine: 4096,
    onConnect: (json) => seen.push(`connect ${text(json)}`),
    onWithoutConnect: () => seen.push("without connect"),
    onPing: () => seen.push("ping"),
    onPong: () => seen.push("pong"),
    onSubscribe: (subject, queue, sid) => seen.push(`sub ${subject} ${queue} ${sid}`),
    onUnsubscribe: (sid, max) => seen.push(`unsub ${sid} ${max}`),
    onAnnounced: (publication, size) => seen.push(`announced ${publication.subject} ${size}`),
    onPublish: (publication) => {
      const { bytes, bodyStart, bodyEnd, headerSize } = publication;
      seen.push(
        `pub ${publication.subject} ${publication.reply} ${headerSize} ${text(bytes.subarray(bodyStart, bodyEnd))}`,
      );
    },
    onError: () => seen.push("error"),
    ...limits,
  });
  try {
    for (const chunk of chunks) parser.feed(chunk);
  } catch (thrown) {
    if (!(thrown instanceof Violation)) throw thrown;
    seen.push(`${thrown.reason}: ${thrown.told}`);
  }
  return seen;
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function split(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].toSorted((a, b) => a - b);
  return at.slice(1).map((end, i) => stream.slice(at[i], end));
}

const operation = fc.oneof(
  fc.constantFrom(
    "PING\r\n",
    "pong\n",
    "+OK\r\n",
    'CONNECT {"verbose":false}\r\n',
    "SUB a.b 1\r\n",
    "sub a.* q 22\n",
    "UNSUB 1\r\n",
    "UNSUB 1 5\r\n",
    "PUB a 0\r\n\r\n",
    "HPUB a  reply\t12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
  ),
  fc
    .tuple(fc.constantFrom("a", "a.b.c"), fc.constantFrom("", "reply "), fc.string({ maxLength: 300 }))
    .map(([subject, reply, payload]) => {
      const body = Array.from(payload, (letter) => String.fromCharCode(letter.charCodeAt(0) & 0x7f)).join("");
      return `PUB ${subject} ${reply}${body.length}\r\n${body}\r\n`;
    }),
);

describe("the parser", () => {
  test("hands out the same however the stream is split", () => {
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 12 }),
        fc.array(fc.nat(5000), { maxLength: 20 }),
        (all, cuts) => {
          const stream = bytes(all.join(""));
          expect(parse(split(stream, cuts))).toEqual(parse([stream]));
        },
      ),
    );
  });

  test("hands out the same byte by byte", () => {
    const stream = bytes("CONNECT {}\r\nPUB a r 5\r\nhello\r\nHPUB b 12 13\r\nNATS/1.0\r\n\r\nx\r\nPING\r\n");
    const whole = parse([stream]);
    expect(whole).toEqual([
      "connect {}",
      "announced a 5",
      "pub a r -1 hello",
      "announced b 13",
      "pub b  12 NATS/1.0\r\n\r\nx",
      "ping",
    ]);
    expect(parse(Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  test("throws nothing but violations, whatever comes", () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.array(operation, { minLength: 1, maxLength: 5 }), fc.nat(400), fc.nat(255))
        .map(([all, at, byte]) => {
          const stream = bytes(all.join(""));
          stream[at % stream.length] = byte;
          return stream;
        }),
    );
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 6 }), (chunks) => {
        expect(parse(chunks)).toBeInstanceOf(Array);
      }),
      { numRuns: 2000 },
    );
  });

  test("tells what fits no verb at its first wrong byte", () => {
    for (const start of ["x", "PUX", "SUBx", "PO\r", "HPUB\r", "UNSUB\n"]) {
      expect(parse([bytes(start)])).toEqual(["Protocol Violation: Unknown Protocol Operation"]);
    }
  });

  test("tells of the first byte of anything else where CONNECT is awaited", () => {
    expect(parse([bytes("P")], { awaitsConnect: true })).toEqual(["without connect"]);
    expect(parse([bytes("connect {}\r\n")], { awaitsConnect: true })).toEqual(["connect {}"]);
  });

  test("takes a line of the maximum, wherever it is cut", () => {
    for (const end of ["\r\n", "\n"]) {
      const line = bytes(`SUB ${"a".repeat(62)} 1${end}`);
      const whole = parse([line], { maxControlLine: 64 });
      expect(whole).toEqual([`sub ${"a".repeat(62)} undefined 1`]);
      for (let at = 0; at < line.length; at++) {
        expect(parse([line.slice(0, at), line.slice(at)], { maxControlLine: 64 })).toEqual(whole);
      }
    }
    expect(parse([bytes(`SUB ${"a".repeat(63)} 1\r`), bytes("\n")], { maxControlLine: 64 })).toEqual([
      "Maximum Control Line Exceeded: maximum control line exceeded",
    ]);
  });

  test("takes any number of bytes that make no difference, in pieces as in one", () => {
    for (const [line, operation] of [
      [`PING${"x".repeat(500)}\n`, "ping"],
      [`pong ${"x\r".repeat(500)}\r\n`, "pong"],
      [`+OK${"x".repeat(500)}\r\nPING\r\n`, "ping"],
      [`SUB ${" \t".repeat(500)}a 1\r\n`, "sub a undefined 1"],
      [`CONNECT${" ".repeat(500)}{}\r\n`, "connect {}"],
    ] as const) {
      for (const size of [10_000, 300, 7, 1]) {
        const all = bytes(line);
        const cuts = Array.from({ length: Math.floor(all.length / size) }, (_, i) => i * size);
        expect(parse(split(all, cuts), { maxControlLine: 64 })).toEqual([operation]);
      }
    }
  });

  test("limits a line before it is complete", () => {
    const long = bytes(`PUB ${"a".repeat(100)}`);
    expect(parse([long], { maxControlLine: 64 })).toEqual([
      "Maximum Control Line Exceeded: maximum control line exceeded",
    ]);
  });

  test("tells a body that is longer than announced", () => {
    expect(parse([bytes("PUB a 2\r\nabc\r\n")])).toEqual([
      "announced a 2",
      "Protocol Violation: Unknown Protocol Operation",
    ]);
  });
});
