import { describe, expect, test } from "vitest";
import { MessageFrame } from "../../../src/core/protocol/decoder.ts";
import { readHeadedLine, readMessageLine } from "../../../src/core/protocol/message-line.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";

/** What is read of a line that other bytes stand around; undefined if it is left to others. */
function read(line: string): object | undefined {
  const bytes = bytesOf(`#${line}12345`);
  const frame = new MessageFrame();
  const payload = readMessageLine(bytes, 1, bytes.length - 5, frame);
  if (payload === 0) return undefined;
  const { sid, subjectStart, subjectEnd, replyStart, replyEnd, headersStart, payloadStart, payloadEnd } =
    frame;
  expect([payload, headersStart, payloadStart]).toEqual([bytes.length - 5, payload, payload]);
  const textOf = (start: number, end: number): string => latin1(bytes.subarray(start, end));
  return {
    sid,
    subject: textOf(subjectStart, subjectEnd),
    reply: textOf(replyStart, replyEnd),
    size: payloadEnd - payloadStart,
  };
}

describe("the line of a message", () => {
  test.each([
    ["MSG a 1 0\r\n", { subject: "a", sid: 1, reply: "", size: 0 }],
    [
      "MSG orders.new 123456789 1048576\r\n",
      { subject: "orders.new", sid: 123456789, reply: "", size: 1048576 },
    ],
    ["MSG a 12 _INBOX.b.c 345\r\n", { subject: "a", sid: 12, reply: "_INBOX.b.c", size: 345 }],
    ["MSG 7 8 9 10\r\n", { subject: "7", sid: 8, reply: "9", size: 10 }],
    ["MSG a 1 2b 3\r\n", { subject: "a", sid: 1, reply: "2b", size: 3 }],
    ["MSG MSG 1 1 1\r\n", { subject: "MSG", sid: 1, reply: "1", size: 1 }],
  ])("%j is read", (line, parts) => {
    expect(read(line)).toEqual(parts);
  });

  test.each([
    "msg a 1 0\r\n",
    "MSX a 1 0\r\n",
    "MSG\ta 1 0\r\n",
    "MSG  a 1 0\r\n",
    "MSG a  1 0\r\n",
    "MSG a 1  0\r\n",
    "MSG a 1 b  0\r\n",
    "MSG a\t1 0\r\n",
    "MSG a 1\t0\r\n",
    "MSG a 1 b\t0\r\n",
    "MSG a 1 0 \r\n",
    "MSG a 1 0\n",
    "MSG a 1 0\r",
    "MSG a 1 0",
    "MSG a 1 ",
    "MSG a 1",
    "MSG a ",
    "MSG a",
    "MSG ",
    "MSG",
    "MSG a 1\r\n",
    "MSG a\r\n",
    "MSG \r\n",
    "MSG a b 0\r\n",
    "MSG a 1x 0\r\n",
    "MSG a -1 0\r\n",
    "MSG a 1 0x\r\n",
    "MSG a 1 b c\r\n",
    "MSG a 1 b 0 0\r\n",
    "MSG a 1 \r\n",
    "MSG a 1 b \r\n",
    "MSG a 1234567890 0\r\n",
    "MSG a 1 1234567890\r\n",
    "MSG a 1 b 1234567890\r\n",
    "HMSG a 1 12 12\r\n",
    "PING\r\n",
    "",
  ])("%j is left to those who look closer", (line) => {
    expect(read(line)).toBeUndefined();
  });
});

/** As {@link read}, of a message with headers. */
function readHeaded(line: string): object | undefined {
  const bytes = bytesOf(`#${line}12345`);
  const frame = new MessageFrame();
  const content = readHeadedLine(bytes, 1, bytes.length - 5, frame);
  if (content === 0) return undefined;
  const { sid, subjectStart, subjectEnd, replyStart, replyEnd, headersStart, payloadStart, payloadEnd } =
    frame;
  expect([content, headersStart]).toEqual([bytes.length - 5, content]);
  const textOf = (start: number, end: number): string => latin1(bytes.subarray(start, end));
  return {
    sid,
    subject: textOf(subjectStart, subjectEnd),
    reply: textOf(replyStart, replyEnd),
    headers: payloadStart - headersStart,
    size: payloadEnd - payloadStart,
  };
}

describe("the line of a message with headers", () => {
  test.each([
    ["HMSG a 1 12 12\r\n", { subject: "a", sid: 1, reply: "", headers: 12, size: 0 }],
    ["HMSG a 1 0 3\r\n", { subject: "a", sid: 1, reply: "", headers: 0, size: 3 }],
    [
      "HMSG a 12 _INBOX.b.c 45 345\r\n",
      { subject: "a", sid: 12, reply: "_INBOX.b.c", headers: 45, size: 300 },
    ],
    ["HMSG 7 8 9 10 11\r\n", { subject: "7", sid: 8, reply: "9", headers: 10, size: 1 }],
    ["HMSG a 1 2b 3 4\r\n", { subject: "a", sid: 1, reply: "2b", headers: 3, size: 1 }],
    [
      "HMSG HMSG 1 123456789 123456789\r\n",
      { subject: "HMSG", sid: 1, reply: "", headers: 123456789, size: 0 },
    ],
  ])("%j is read", (line, parts) => {
    expect(readHeaded(line)).toEqual(parts);
  });

  test.each([
    "hmsg a 1 12 12\r\n",
    "HMSX a 1 12 12\r\n",
    "HMSG\ta 1 12 12\r\n",
    "HMSG  a 1 12 12\r\n",
    "HMSG a  1 12 12\r\n",
    "HMSG a 1  12 12\r\n",
    "HMSG a 1 12  12\r\n",
    "HMSG a 1 b  12 12\r\n",
    "HMSG a 1 b 12  12\r\n",
    "HMSG a 1 b\t12 12\r\n",
    "HMSG a 1 b 12\t12\r\n",
    "HMSG a 1 12\t12\r\n",
    "HMSG a 1 12 12 \r\n",
    "HMSG a 1 12 12\n",
    "HMSG a 1 12 12\r",
    "HMSG a 1 12 12",
    "HMSG a 1 b 12 12",
    "HMSG a 1 12 ",
    "HMSG a 1 12",
    "HMSG a 1 ",
    "HMSG a",
    "HMSG ",
    "H",
    "HMSG a 1 12\r\n",
    "HMSG a 1 b 12\r\n",
    "HMSG a 1 12 b\r\n",
    "HMSG a 1 12x 12\r\n",
    "HMSG a 1 b 12x 12\r\n",
    "HMSG a 1 b 12 12x\r\n",
    "HMSG a 1 -1 12\r\n",
    "HMSG a 1 b c 12 12\r\n",
    "HMSG a 1 13 12\r\n",
    "HMSG a 1 b 13 12\r\n",
    "HMSG a b 12 12\r\n",
    "HMSG a 1 1234567890 1234567890\r\n",
    "HMSG a 1 12 1234567890\r\n",
    "HMSG a 1234567890 12 12\r\n",
    "MSG a 1 12 12\r\n",
    "",
  ])("%j is left to those who look closer", (line) => {
    expect(readHeaded(line)).toBeUndefined();
  });
});
