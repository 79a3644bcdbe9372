import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/core/errors.ts";
import { Message, type MessageContext, type Payload, type RespondOptions } from "../../src/core/message.ts";
import { Decoder, type MessageFrame } from "../../src/core/protocol/decoder.ts";
import { bytesOf } from "./support/bytes.ts";
import { aMessage } from "./support/messages.ts";
import { decode, Recorder } from "./support/recorder.ts";
import { thrownBy } from "./support/thrown.ts";

/** The message in a stream, and what it asked of its connection. */
function received(stream: string) {
  const responses: [to: string, payload: Payload, options: RespondOptions | undefined][] = [];
  const errors: unknown[] = [];
  const context: MessageContext = {
    subscription: undefined,
    respond: (bytes, start, end, payload, options) => {
      responses.push([new TextDecoder().decode(bytes.slice(start, end)), payload, options]);
    },
    reportError: (error) => errors.push(error),
  };
  const messages: Message[] = [];
  const sink = new Recorder();
  sink.onMessage = (frame: MessageFrame): void => void messages.push(Message.of(context, frame));
  new Decoder(sink).push(bytesOf(stream));
  return { message: messages[0]!, responses, errors };
}

const SMALL = 64;

describe("a message", () => {
  test("[JS-PULL-13] has the size that JetStream counts: subject, reply, headers and payload", () => {
    const plain = received("MSG größe.b 1 re.ply 3\r\n€\r\n").message;
    expect(plain.wireSize).toBe(bytesOf("größe.bre.ply€").length);
    const block = "NATS/1.0\r\nA: b\r\n\r\n";
    const { message } = received(`HMSG a 1 ${block.length} ${block.length + 2}\r\n${block}hi\r\n`);
    expect(message.wireSize).toBe(1 + block.length + 2);
  });

  test("tells the status in the first line of its headers from a header of that name", () => {
    const status = (line: string, rest = ""): number | undefined => {
      const block = `${line}\r\n${rest}\r\n`;
      return received(`HMSG a 1 ${block.length} ${block.length}\r\n${block}\r\n`).message.statusCode;
    };
    expect(status("NATS/1.0 100 Idle Heartbeat")).toBe(100);
    expect(status("NATS/1.0 503")).toBe(503);
    expect(status("NATS/1.0", "Status: 100\r\n")).toBeUndefined();
    for (const line of ["NATS/1.0 ", "NATS/1.0 1", "NATS/1.0 4x4", "NATS/1.0503"]) {
      expect(status(line), line).toBeUndefined();
    }
    expect(aMessage("x").statusCode).toBeUndefined();
  });

  test("lets its reply subject be read without making it a string", () => {
    const read = (stream: string): number[] =>
      received(stream).message.readReply((bytes, start, end) => [...bytes.subarray(start, end)]);
    expect(read("MSG a 1 re.ply 1\r\nx\r\n")).toEqual([...bytesOf("re.ply")]);
    expect(read("MSG a 1 1\r\nx\r\n")).toEqual([]);
  });

  test("has subject, reply, payload and size", () => {
    const { message } = received("MSG größe.b 1 re.ply 3\r\n€\r\n");
    expect([message.subject, message.reply, message.string(), message.size]).toEqual([
      "größe.b",
      "re.ply",
      "€",
      3,
    ]);
    expect(message.data).toEqual(bytesOf("€"));
  });

  test("without a reply subject has none; without headers none", () => {
    const message = aMessage("x");
    expect(message.reply).toBeUndefined();
    expect(message.headers).toBeUndefined();
  });

  test("gives the same bytes and headers each time", () => {
    const { message } = received("HMSG a 1 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n");
    expect(message.headers?.get("A")).toBe("b");
    expect(message.headers).toBe(message.headers);
    expect(message.data).toBe(message.data);
  });

  test("gives a small payload as a copy of its own, and a larger one as a view", () => {
    const of = (size: number) => {
      const bytes = bytesOf(`MSG a 1 ${size}\r\n${"x".repeat(size)}\r\n`);
      return { bytes, data: decode(bytes).messages[0]!.data };
    };
    const small = of(SMALL);
    expect(small.data.buffer).not.toBe(small.bytes.buffer);
    expect(small.data.buffer.byteLength).toBe(SMALL);
    const larger = of(SMALL + 1);
    expect(larger.data.buffer).toBe(larger.bytes.buffer);
    expect(larger.data).toHaveLength(SMALL + 1);
  });

  test("reads its payload as JSON, with a reviver", () => {
    expect(aMessage('{"a":[1,"€"]}').json()).toEqual({ a: [1, "€"] });
    expect(aMessage('{"a":1}').json((key, value: unknown) => (key === "a" ? "one" : value))).toEqual({
      a: "one",
    });
  });

  test.each(["", "{", "nope"])("says where it came from when %j is no JSON", (payload) => {
    const error = thrownBy(() => aMessage(payload, "some.subject").json());
    expect(error).toMatchObject({
      code: "INVALID_JSON",
      subject: "some.subject",
      cause: expect.any(SyntaxError) as unknown,
    });
    expect(String(error)).toContain("some.subject");
  });

  test("responds to its reply subject [PUB-13]", () => {
    const { message, responses } = received("MSG a 1 re.ply 0\r\n\r\n");
    const options = { reply: "next" };
    message.respond();
    message.respond("text", options);
    expect(responses).toEqual([
      ["re.ply", undefined, undefined],
      ["re.ply", "text", options],
    ]);
  });

  test("without a reply subject can't respond [PUB-13]", () => {
    const { message, responses } = received("MSG a 1 0\r\n\r\n");
    expect(thrownBy(() => message.respond("x"))).toMatchObject({
      code: "MESSAGE_WITHOUT_REPLY",
      subject: "a",
    });
    expect(responses).toEqual([]);
  });

  test("whose headers can't be read has none, keeps its payload, and says so once [HDR-13]", () => {
    const { message, errors } = received("HMSG some.subject 1 10 12\r\nNATS/1.0\r\nhi\r\n");
    expect(errors).toEqual([]);
    expect(message.headers).toBeUndefined();
    expect(message.headers).toBeUndefined();
    expect(message.string()).toBe("hi");
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(ProtocolError);
    expect(errors[0]).toMatchObject({ code: "MALFORMED_HEADERS", subject: "some.subject" });
  });

  test("with headers that can be read in part keeps these, and says once what is wrong with the others [HDR-13]", () => {
    const block = "NATS/1.0 5\r\nA: b\r\nx1\r\nx2\r\nx3\r\n\r\n";
    const { message, errors } = received(
      `HMSG some.subject 1 ${block.length} ${block.length}\r\n${block}\r\n`,
    );
    expect([...message.headers!]).toEqual([["A", "b"]]);
    expect(message.headers?.get("A")).toBe("b");
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).toMatch(/"some.subject" can't be read: no colon in "x1"; .*; and 1 more$/);
  });
});
