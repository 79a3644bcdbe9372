import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../../src/core/errors.ts";
import { bytesOf, concat, cut, latin1 } from "../support/bytes.ts";
import { Decoder } from "../../../src/core/protocol/decoder.ts";
import { decode, type Operation, Recorder } from "../support/recorder.ts";

/** An operation as it stands in the stream, and what it has to be decoded to. */
interface Written {
  readonly bytes: Uint8Array;
  readonly operation: Operation;
}

const blank = fc.constantFrom(" ", " ", " ", "\t", "  ", " \t ");
const word = fc.stringMatching(/^[!-~]{1,12}$/);
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom("", "\r\n", "PING\r\n", "MSG a 1 1\r\n", "\n", "\r").map(bytesOf),
  fc.nat({ max: 9000 }).map((size) => new Uint8Array(size).fill(0x78)),
);

/** The same letters, each in upper or lower case. */
const inAnyCase = (verb: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: verb.length, maxLength: verb.length })
    .map((lower) =>
      Array.from(verb, (letter, i) => (lower[i] === true ? letter.toLowerCase() : letter)).join(""),
    );

const messages: fc.Arbitrary<Written> = fc
  .record({
    verb: inAnyCase("MSG"),
    headerVerb: inAnyCase("HMSG"),
    blanks: fc.array(blank, { minLength: 6, maxLength: 6 }),
    subject: word,
    reply: fc.option(word, { nil: undefined }),
    sid: fc.nat(),
    block: fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }),
    payload,
  })
  .map(({ verb, headerVerb, blanks, subject, reply, sid, block, payload }) => {
    const words = [block === undefined ? verb : headerVerb, subject, String(sid)];
    if (reply !== undefined) words.push(reply);
    if (block !== undefined) words.push(String(block.length));
    words.push(String(payload.length + (block?.length ?? 0)));
    const line = words.map((text, i) => `${i === 0 ? "" : blanks[i]!}${text}`).join("");
    return {
      bytes: concat([bytesOf(`${line}\r\n`), block ?? new Uint8Array(0), payload, bytesOf("\r\n")]),
      operation: {
        verb: "MSG",
        sid,
        subject,
        reply: reply ?? "",
        headers: latin1(block ?? new Uint8Array(0)),
        payload: latin1(payload),
      },
    };
  });

const signs: fc.Arbitrary<Written> = fc
  .constantFrom<"PING" | "PONG" | "+OK">("PING", "PONG", "+OK")
  .chain((verb) =>
    fc.tuple(inAnyCase(verb), fc.stringMatching(/^[ -~\t\r]{0,12}$/)).map(([spelling, rest]) => ({
      bytes: bytesOf(`${spelling}${rest}\r\n`),
      operation: { verb },
    })),
  );

const textLines: fc.Arbitrary<Written> = fc.constantFrom<"INFO" | "-ERR">("INFO", "-ERR").chain((verb) =>
  fc
    .tuple(inAnyCase(verb), blank, fc.stringMatching(/^[!-~]([ -~]{0,300}[!-~])?$/))
    .map(([spelling, gap, text]) => ({
      bytes: bytesOf(`${spelling}${gap}${text}\r\n`),
      operation: { verb, text },
    })),
);

const streams = fc.array(fc.oneof({ weight: 4, arbitrary: messages }, signs, textLines), { maxLength: 12 });

describe("the decoder", () => {
  test("decodes random streams in random chunks as what was written [WIRE-10]", () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 20 }), (written, seeds) => {
        const stream = concat(written.map(({ bytes }) => bytes));
        const chunks = cut(
          stream,
          seeds.map((seed) => seed % (stream.length + 1)),
        );
        expect(decode(...chunks).operations).toEqual(written.map(({ operation }) => operation));
      }),
      { numRuns: 400 },
    );
  });

  test("decodes random streams byte by byte as in one chunk [WIRE-10]", () => {
    fc.assert(
      fc.property(streams, (written) => {
        const stream = concat(written.map(({ bytes }) => bytes));
        const chunks = Array.from(stream, (byte) => Uint8Array.of(byte));
        expect(decode(...chunks).operations).toEqual(decode(stream).operations);
      }),
      { numRuns: 40 },
    );
  });

  test("decodes every split of a stream alike, in two and in three [WIRE-10] [SC-26]", () => {
    const block = "NATS/1.0 404 No Messages\r\nA: b\r\n\r\n";
    const stream = bytesOf(
      `INFO {"server_id":"X","connect_urls":["a:1","b:2"]}\r\nPING\r\n+OK\r\nMSG a.b 12 6\r\n\r\nhi\r\n\r\n` +
        `hmsg  größe\t3  r.1 ${block.length} ${block.length + 3}\r\n${block}€\r\n-ERR 'Any Error'\r\n` +
        `MSG a 1 0\r\n\r\nHMSG a 2 0 1\r\nx\r\nPONG\r\n`,
    );
    const whole = decode(stream).operations;
    expect(whole).toHaveLength(9);
    const isDecoded = (...places: number[]): boolean =>
      isDeepStrictEqual(decode(...cut(stream, places)).operations, whole);
    const wrong: number[][] = [];
    for (let i = 0; i <= stream.length; i++) {
      if (!isDecoded(i)) wrong.push([i]);
      for (let j = i; j <= stream.length; j += 7) if (!isDecoded(i, j)) wrong.push([i, j]);
    }
    expect(wrong).toEqual([]);
  });

  test("copies what it keeps of memory that is used again [WIRE-10] [WIRE-23]", () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 20 }), (written, seeds) => {
        const stream = concat(written.map(({ bytes }) => bytes));
        const places = seeds.map((seed) => seed % (stream.length + 1));
        const recorder = new Recorder();
        const decoder = new Decoder(recorder);
        const memory = new Uint8Array(stream.length);
        for (const chunk of cut(stream, places)) {
          memory.set(chunk);
          const taken = decoder.copyFrom(memory.subarray(0, chunk.length));
          expect(taken).toBeLessThanOrEqual(chunk.length);
          memory.fill(0xff);
          if (taken < chunk.length) decoder.push(chunk.slice(taken));
        }
        expect(recorder.operations).toEqual(written.map(({ operation }) => operation));
        const kept = recorder.messages.map(({ data }) => latin1(data));
        expect(kept).toEqual(
          written.flatMap(({ operation }) => (operation.verb === "MSG" ? [operation.payload] : [])),
        );
      }),
      { numRuns: 400 },
    );
  });

  test("never writes to a chunk, and its messages keep what they hold [WIRE-23]", () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 8 }), (written, seeds) => {
        const stream = concat(written.map(({ bytes }) => bytes));
        const places = seeds.map((seed) => seed % (stream.length + 1));
        const chunks = cut(stream, places);
        const recorder = decode(...chunks);
        expect(chunks.map(latin1)).toEqual(cut(stream, places).map(latin1));
        // Read only now, after everything that came later.
        const kept = recorder.messages.map(({ data }) => latin1(data));
        expect(kept).toEqual(
          written.flatMap(({ operation }) => (operation.verb === "MSG" ? [operation.payload] : [])),
        );
      }),
    );
  });

  test("answers garbage with a ProtocolError or not at all, whatever the chunks", () => {
    const vocabulary = fc.constantFrom(
      ..."MSG |HMSG |PING|PONG|+OK|-ERR |INFO |PUB |a |> |1 |0 |7 |99999999999999999999 |-1 | |\t|\r\n|\n|\r|\0|é|NATS/1.0\r\n\r\n"
        .split("|")
        .map(bytesOf),
    );
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.array(vocabulary, { maxLength: 40 }).map(concat),
      fc.tuple(streams, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([written, place, byte]) => {
        const stream = concat(written.map(({ bytes }) => bytes));
        if (stream.length > 0) stream[place % stream.length] = byte;
        return stream;
      }),
    );
    fc.assert(
      fc.property(garbage, fc.array(fc.nat(), { maxLength: 5 }), (stream, seeds) => {
        const chunks = cut(
          stream,
          seeds.map((seed) => seed % (stream.length + 1)),
        );
        const [whole, parts] = [outcome(() => decode(stream)), outcome(() => decode(...chunks))];
        // The text may show more or less of the line; the code may not depend on the split.
        expect(parts).toEqual(whole);
      }),
      { numRuns: 2000 },
    );
  });
});

/** What was decoded, or the code of the ProtocolError; anything else that is thrown goes on. */
function outcome(body: () => { operations: Operation[] }): unknown {
  try {
    return body().operations;
  } catch (thrown) {
    if (thrown instanceof ProtocolError) return thrown.code;
    throw thrown;
  }
}
