import { CR, DIGIT_0, LF, SPACE, UPPER_G, UPPER_H, UPPER_M, UPPER_S } from "./ascii.ts";
import type { MessageFrame } from "./decoder.ts";

/** `MSG ` */
const VERB_LENGTH = 4;

/** Numbers of more digits may be too large for a small integer. */
const MAX_DIGITS = 9;

// MSG <subject> <sid> [reply-to] <#bytes>␍␊
/**
 * Reads the line of a message as servers write it, with one space between words, into `frame`, and returns where the payload
 * begins. Returns 0 for any other line, and for one that is not whole: the caller then reads it word by word, which takes
 * twice as long.
 */
export function readMessageLine(bytes: Uint8Array, at: number, end: number, frame: MessageFrame): number {
  if (!isVerb(bytes, at, end)) return 0;
  const rest = readAddress(bytes, at + VERB_LENGTH, end, frame);
  return rest === 0 ? 0 : readSize(bytes, rest, end, frame);
}

// HMSG <subject> <sid> [reply-to] <#header bytes> <#total bytes>␍␊
/** As {@link readMessageLine}, of a message with headers; returns where these begin. */
export function readHeadedLine(bytes: Uint8Array, at: number, end: number, frame: MessageFrame): number {
  if (bytes[at] !== UPPER_H || !isVerb(bytes, at + 1, end)) return 0;
  const rest = readAddress(bytes, at + 1 + VERB_LENGTH, end, frame);
  return rest === 0 ? 0 : readSizes(bytes, rest, end, frame);
}

// <subject> <sid>
/** Returns where the next word begins; 0 if it is none of these. */
function readAddress(bytes: Uint8Array, subject: number, end: number, frame: MessageFrame): number {
  const subjectEnd = endOfWord(bytes, subject, end);
  const sid = subjectEnd + 1;
  const sidEnd = endOfDigits(bytes, sid, end);
  if (sidEnd >= end || bytes[subjectEnd] !== SPACE || bytes[sidEnd] !== SPACE) return 0;
  if (subjectEnd === subject || !isNumber(sid, sidEnd)) return 0;
  frame.subjectStart = subject;
  frame.subjectEnd = subjectEnd;
  frame.sid = decimal(bytes, sid, sidEnd);
  return sidEnd + 1;
}

// [reply-to] <#bytes>␍␊
function readSize(bytes: Uint8Array, at: number, end: number, frame: MessageFrame): number {
  let size = at;
  let sizeEnd = endOfDigits(bytes, at, end);
  if (sizeEnd < end && bytes[sizeEnd] !== CR) {
    size = endOfWord(bytes, at, end) + 1;
    if (size >= end || size === at + 1 || bytes[size - 1] !== SPACE) return 0;
    sizeEnd = endOfDigits(bytes, size, end);
  }
  const payload = sizeEnd + 2;
  if (payload > end || bytes[sizeEnd] !== CR || bytes[sizeEnd + 1] !== LF) return 0;
  if (!isNumber(size, sizeEnd)) return 0;
  frame.replyStart = at;
  frame.replyEnd = Math.max(at, size - 1);
  frame.headersStart = payload;
  frame.payloadStart = payload;
  frame.payloadEnd = payload + decimal(bytes, size, sizeEnd);
  return payload;
}

// [reply-to] <#header bytes> <#total bytes>␍␊
function readSizes(bytes: Uint8Array, at: number, end: number, frame: MessageFrame): number {
  let headers = at;
  let headersEnd = endOfWord(bytes, at, end);
  let total = headersEnd + 1;
  let totalEnd = endOfDigits(bytes, total, end);
  // The first of three words is a reply subject, of whatever letters.
  if (totalEnd < end && bytes[totalEnd] === SPACE) {
    if (headersEnd === at || bytes[headersEnd] !== SPACE) return 0;
    headers = total;
    headersEnd = totalEnd;
    total = headersEnd + 1;
    totalEnd = endOfDigits(bytes, total, end);
  }
  const content = totalEnd + 2;
  if (content > end || bytes[totalEnd] !== CR || bytes[totalEnd + 1] !== LF) return 0;
  if (bytes[headersEnd] !== SPACE || endOfDigits(bytes, headers, headersEnd) !== headersEnd) return 0;
  if (!isNumber(headers, headersEnd) || !isNumber(total, totalEnd)) return 0;
  const headerSize = decimal(bytes, headers, headersEnd);
  const size = decimal(bytes, total, totalEnd);
  if (headerSize > size) return 0;
  frame.replyStart = at;
  frame.replyEnd = Math.max(at, headers - 1);
  frame.headersStart = content;
  frame.payloadStart = content + headerSize;
  frame.payloadEnd = content + size;
  return content;
}

function isVerb(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== UPPER_M || at + VERB_LENGTH >= end) return false;
  return bytes[at + 1] === UPPER_S && bytes[at + 2] === UPPER_G && bytes[at + 3] === SPACE;
}

function endOfWord(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! > SPACE) at++;
  return at;
}

function endOfDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! >= DIGIT_0 && bytes[at]! <= DIGIT_0 + 9) at++;
  return at;
}

function isNumber(start: number, end: number): boolean {
  return end > start && end - start <= MAX_DIGITS;
}

function decimal(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + bytes[at]! - DIGIT_0;
  return value;
}
