import { describe, expect, test } from "vitest";
import { isNatsError, type NatsErrorCode, ProtocolError } from "../../../src/core/errors.ts";
import { Decoder, type MessageFrame } from "../../../src/core/protocol/decoder.ts";
import { bytesOf } from "../support/bytes.ts";
import { decode, MSG, Recorder } from "../support/recorder.ts";
import { thrownBy } from "../support/thrown.ts";

const MIB = 1024 * 1024;

describe("operations", () => {
  test("a message has a subject, a subscription id and a payload", () => {
    expect(decode("MSG foo.bar 17 5\r\nhello\r\n").operations).toEqual([
      MSG("foo.bar", "hello", { sid: 17 }),
    ]);
  });

  test("a message may have a reply subject", () => {
    expect(decode("MSG a 1 r.1 2\r\nhi\r\n").operations).toEqual([MSG("a", "hi", { reply: "r.1" })]);
  });

  test("a message may have headers, with and without a reply subject", () => {
    const block = "NATS/1.0\r\nA: b\r\n\r\n";
    const stream = `HMSG a 1 ${block.length} ${block.length + 2}\r\n${block}hi\r\nHMSG a 2 r ${block.length} ${block.length}\r\n${block}\r\n`;
    expect(decode(stream).operations).toEqual([
      MSG("a", "hi", { headers: block }),
      MSG("a", "", { sid: 2, reply: "r", headers: block }),
    ]);
  });

  test("an HMSG with header size 0 is a message without headers [WIRE-21]", () => {
    const { operations, messages } = decode("HMSG a 1 0 2\r\nhi\r\n");
    expect(operations).toEqual([MSG("a", "hi")]);
    expect(messages[0]!.headers).toBeUndefined();
  });

  test("a payload is taken by its length and may hold anything, line ends and verbs too [WIRE-17]", () => {
    const payload = "\r\nPING\r\n\0MSG a 1 1\r\n";
    expect(decode(`MSG a 1 ${payload.length}\r\n${payload}\r\nPONG\r\n`).operations).toEqual([
      MSG("a", payload),
      { verb: "PONG" },
    ]);
  });

  test("a payload may be empty [WIRE-17]", () => {
    expect(decode("MSG a 1 0\r\n\r\nMSG b 2 r 0\r\n\r\n").operations).toEqual([
      MSG("a", ""),
      MSG("b", "", { sid: 2, reply: "r" }),
    ]);
  });

  test("verbs may be written in any case [WIRE-11]", () => {
    const stream =
      "msg a 1 1\r\nx\r\nhMsG a 1 0 1\r\ny\r\nping\r\nPong\r\n+ok\r\n-err 'x'\r\ninfo {\"a\":1}\r\n";
    expect(decode(stream).operations).toEqual([
      MSG("a", "x"),
      MSG("a", "y"),
      { verb: "PING" },
      { verb: "PONG" },
      { verb: "+OK" },
      { verb: "-ERR", text: "'x'" },
      { verb: "INFO", text: '{"a":1}' },
    ]);
  });

  test("what stands behind PING, PONG and +OK is ignored [WIRE-12]", () => {
    expect(
      decode("PING  \r  \r\nPONGx\r\n+OKay then\r\nPING 1 2 3 4 5 6 7 8 9\r\nPONG\n").operations,
    ).toEqual([{ verb: "PING" }, { verb: "PONG" }, { verb: "+OK" }, { verb: "PING" }, { verb: "PONG" }]);
  });

  test("words may be parted by any number of spaces and tabs [WIRE-13] [WIRE-15]", () => {
    const stream =
      "MSG \t a  1\t2 \t\r\nhi\r\nHMSG\ta\t\t1   r\t 0 2\r\nhi\r\n-ERR \t 'a  b' \r\nINFO\t{ \"a\" : 1 } \r\n";
    expect(decode(stream).operations).toEqual([
      MSG("a", "hi"),
      MSG("a", "hi", { reply: "r" }),
      { verb: "-ERR", text: "'a  b'" },
      { verb: "INFO", text: '{ "a" : 1 }' },
    ]);
  });

  test("INFO may have no argument [INFO-04]", () => {
    expect(decode("INFO\r\nINFO \r\n").operations).toEqual([
      { verb: "INFO", text: "" },
      { verb: "INFO", text: "" },
    ]);
  });

  test("subjects and texts are UTF-8", () => {
    const { messages } = decode("MSG größe.日本 1 3\r\n€\r\n");
    expect(messages[0]!.subject).toBe("größe.日本");
    expect(messages[0]!.string()).toBe("€");
    expect(decode("-ERR 'größe'\r\n").operations).toEqual([{ verb: "-ERR", text: "'größe'" }]);
  });

  test("lines and payloads much longer than any chunk are whole [WIRE-20]", () => {
    const text = "x".repeat(500_000);
    const stream = bytesOf(`INFO "${text}"\r\nMSG a 1 500000\r\n${text}\r\nPING\r\n`);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += 60_000) chunks.push(stream.slice(at, at + 60_000));
    const [info, message, ping] = decode(...chunks).operations;
    // Compared as booleans: nobody wants to read half a megabyte of difference.
    expect(info?.verb === "INFO" && info.text === `"${text}"`).toBe(true);
    expect(message?.verb === "MSG" && message.payload === text).toBe(true);
    expect(ping).toEqual({ verb: "PING" });
  });
});

describe("streams that are not NATS", () => {
  const refused: [what: string, stream: string][] = [
    ["an empty line [WIRE-14]", "\r\n"],
    ["a line that begins with a space [WIRE-14]", " PING\r\n"],
    ["a line that begins with a tab [WIRE-14]", "\tPING\r\n"],
    ["a line that begins with a control character [WIRE-14]", "\u0001PING\r\n"],
    ["an unknown verb [WIRE-14]", "FOO a 1\r\n"],
    ["a verb that servers never send [WIRE-14]", "PUB a 0\r\n\r\n"],
    ["a verb that is cut short", "PIN\r\n"],
    ["a verb that is nearly MSG", "MXG a 1 0\r\n\r\n"],
    ["a verb that begins with MSG", "MSGS a 1 0\r\n\r\n"],
    ["a verb that is nearly HMSG", "HMXG a 1 0 0\r\n\r\n"],
    ["a plus without OK", "+NO\r\n"],
    ["no space behind MSG [WIRE-13]", "MSGa 1 0\r\n\r\n"],
    ["no space behind HMSG [WIRE-13]", "HMSGa 1 0 0\r\n\r\n"],
    ["no space behind -ERR [WIRE-13]", "-ERR'x'\r\n"],
    ["no space behind INFO [WIRE-13]", "INFO{}\r\n"],
    ["MSG without arguments [WIRE-15]", "MSG\r\n"],
    ["MSG with two arguments [WIRE-15]", "MSG a 1\r\n"],
    ["MSG with five arguments [WIRE-15]", "MSG a 1 r 0 0\r\n\r\n"],
    ["MSG with very many arguments [WIRE-15]", `MSG ${"1 ".repeat(100)}\r\n`],
    ["HMSG with three arguments [WIRE-15]", "HMSG a 1 0\r\n\r\n"],
    ["HMSG with six arguments [WIRE-15]", "HMSG a 1 r 0 0 0\r\n\r\n"],
    ["a size with letters [WIRE-16]", "MSG a 1 1x\r\n\r\n"],
    ["a negative size [WIRE-16]", "MSG a 1 -1\r\n\r\n"],
    ["a size with a fraction [WIRE-16]", "MSG a 1 1.0\r\n\r\n"],
    ["a subscription id with letters [WIRE-16]", "MSG a x 0\r\n\r\n"],
    ["a signed subscription id [WIRE-16]", "MSG a +1 0\r\n\r\n"],
    ["a subscription id beyond what is counted exactly [WIRE-16]", "MSG a 99999999999999999999 0\r\n\r\n"],
    ["a header size with letters [WIRE-16]", "HMSG a 1 x 0\r\n\r\n"],
    ["headers larger than the message [WIRE-16]", "HMSG a 1 3 2\r\nxx\r\n"],
    ["a payload that is longer than its size [WIRE-17]", "MSG a 1 2\r\nabcd\r\n"],
    ["a payload that ends with another character and LF [WIRE-17]", "MSG a 1 2\r\nabc\n"],
    ["a payload that ends with CR and another character [WIRE-17]", "MSG a 1 2\r\nab\rc"],
    ["a payload that ends with LF alone [WIRE-17]", "MSG a 1 2\r\nab\nPING\r\n"],
  ];

  test.each(refused)("%s is an error of the stream", (_what, stream) => {
    const error = thrownBy(() => decode(stream));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: "MALFORMED_OPERATION" });
  });

  test.each(refused)("%s is an error of the stream also byte by byte", (_what, stream) => {
    const chunks = Array.from(bytesOf(stream), (byte) => Uint8Array.of(byte));
    expect(codeOf(() => decode(...chunks))).toBe("MALFORMED_OPERATION");
  });

  test("the error shows the line, and of a long one the beginning [WIRE-18]", () => {
    expect(() => decode("MSG a 1 1x\r\n")).toThrow('"MSG a 1 1x"');
    const message = String(thrownBy(() => decode(`FOO ${"x".repeat(1000)}\r\n`)));
    expect(message).toContain("FOO xxx");
    expect(message.length).toBeLessThan(300);
  });

  test("the operations before a bad one are told", () => {
    const recorder = new Recorder();
    const decoder = new Decoder(recorder);
    expect(() => decoder.push(bytesOf("PING\r\nFOO\r\nPONG\r\n"))).toThrow(ProtocolError);
    expect(recorder.operations).toEqual([{ verb: "PING" }]);
  });

  test("a message of more than 128 MiB is refused before any of it is kept", () => {
    expect(codeOf(() => decode(`MSG a 1 ${128 * MIB + 1}\r\n`))).toBe("PAYLOAD_TOO_LARGE");
    expect(codeOf(() => decode(`HMSG a 1 0 ${128 * MIB + 1}\r\n`))).toBe("PAYLOAD_TOO_LARGE");
  });

  test("a line of more than 1 MiB is refused however it arrives [WIRE-10]", () => {
    const endless = bytesOf(`INFO ${"x".repeat(MIB)}`);
    const ended = bytesOf(`INFO ${"x".repeat(MIB)}\r\n`);
    expect(codeOf(() => decode(endless))).toBe("LINE_TOO_LONG");
    expect(codeOf(() => decode(endless.slice(0, 10), endless.slice(10)))).toBe("LINE_TOO_LONG");
    expect(codeOf(() => decode(ended.slice(0, 10), ended.slice(10)))).toBe("LINE_TOO_LONG");
    expect(codeOf(() => decode(ended))).toBe("LINE_TOO_LONG");
  });
});

test("whether a line is too long does not depend on its pieces [WIRE-10]", () => {
  for (let length = MIB - 1; length <= MIB + 3; length++) {
    const line = bytesOf(`INFO ${"x".repeat(length - "INFO \r\n".length)}\r\n`);
    const whole = codeOf(() => decode(line));
    for (const place of [1, MIB - 5, length - 1]) {
      expect(
        codeOf(() => decode(line.slice(0, place), line.slice(place))),
        `${length}, cut at ${place}`,
      ).toBe(whole);
    }
  }
});

describe("memory that is lent", () => {
  test("a message that is unfinished is copied from its first byte on [WIRE-10] [WIRE-23]", () => {
    const recorder = new Recorder();
    const decoder = new Decoder(recorder);
    const [first, rest] = [bytesOf("PING\r\nMSG a 1 5\r\nhe"), bytesOf("llo\r\nPONG\r\n")];
    expect(decoder.copyFrom(first)).toBe(first.length);
    first.fill(0);
    expect(decoder.copyFrom(rest)).toBe(rest.length);
    expect(recorder.operations).toMatchObject([
      { verb: "PING" },
      { verb: "MSG", payload: "hello" },
      { verb: "PONG" },
    ]);
  });

  test("nothing is taken of a message that is whole, nor of a line that is not [WIRE-23]", () => {
    const recorder = new Recorder();
    const decoder = new Decoder(recorder);
    expect(decoder.copyFrom(bytesOf("MSG a 1 2\r\nhi\r\n"))).toBe(0);
    expect(decoder.copyFrom(bytesOf("MSG a 1"))).toBe(0);
    expect(recorder.operations).toEqual([]);
  });

  test("nothing is taken any more once it was stopped", () => {
    const recorder = new Recorder();
    const decoder = new Decoder(recorder);
    decoder.stop();
    expect(decoder.copyFrom(bytesOf("PING\r\n"))).toBe(0);
    expect(recorder.operations).toEqual([]);
  });
});

test("nothing of the last message stays in memory until the next one comes", () => {
  const told: Uint8Array[] = [];
  let last: MessageFrame | undefined;
  const recorder = new Recorder();
  recorder.onMessage = (frame) => {
    last = frame;
    told.push(frame.bytes);
  };
  const decoder = new Decoder(recorder);
  decoder.push(bytesOf("MSG a 1 2\r\nhi\r\nMSG a 1 5\r\nhe"));
  expect(last?.bytes).toHaveLength(0);
  decoder.copyFrom(bytesOf("llo\r\n"));
  expect(last?.bytes).toHaveLength(0);
  expect(told.map((bytes) => bytes.length)).toEqual([28, 18]);
});

describe("stopping", () => {
  test("tells nothing more of the chunk being decoded", () => {
    const recorder = new Recorder();
    const decoder = new Decoder(recorder);
    recorder.onOperation = () => decoder.stop();
    decoder.push(bytesOf("PING\r\nPONG\r\nFOO\r\n"));
    expect(recorder.operations).toEqual([{ verb: "PING" }]);
  });

  test("tells nothing of later chunks", () => {
    const recorder = new Recorder();
    const decoder = new Decoder(recorder);
    decoder.push(bytesOf("MSG a 1 5\r\nhe"));
    decoder.stop();
    decoder.push(bytesOf("llo\r\nPING\r\n"));
    expect(recorder.operations).toEqual([]);
  });

  test("takes effect also on an operation that lay in two chunks", () => {
    const recorder = new Recorder();
    const decoder = new Decoder(recorder);
    recorder.onOperation = () => decoder.stop();
    decoder.push(bytesOf("PI"));
    decoder.push(bytesOf("NG\r\nPONG\r\n"));
    expect(recorder.operations).toEqual([{ verb: "PING" }]);
  });
});

function codeOf(body: () => unknown): NatsErrorCode | undefined {
  const thrown = thrownBy(body);
  return isNatsError(thrown) ? thrown.code : undefined;
}
