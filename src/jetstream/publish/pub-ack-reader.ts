import { DIGIT_0 } from "../../core/protocol/ascii.ts";
import { readDigits } from "../../core/protocol/digits.ts";
import { encodeText, readText } from "../../core/protocol/text.ts";
import type { PubAck } from "./message-options.ts";

/** The brace that ends an ack. */
const END = 0x7d;

const SEQUENCE_FIELD = encodeText('"seq":');

/**
 * Reads the acks of a stream that differ by their sequence alone: almost all of a window. The first is read by the reader of
 * all acks; from then on the bytes before the sequence are compared, and its digits are added up.
 */
export class PubAckReader {
  /** What acks of this stream have before the sequence; empty until one was learned. */
  #beginning = new Uint8Array(0);
  #stream = "";
  #domain: string | undefined;

  // {"stream":"ORDERS","seq":1}
  /** The ack in `bytes[start, end)`; undefined if it is another than was learned. */
  read(bytes: Uint8Array, start: number, end: number): PubAck | undefined {
    const beginning = this.#beginning;
    const digits = start + beginning.length;
    if (beginning.length === 0 || end - digits < 2 || bytes[end - 1] !== END) return undefined;
    for (let i = 0; i < beginning.length; i++) if (bytes[start + i] !== beginning[i]) return undefined;
    const seq = readDigits(bytes, digits, end - 1);
    // A sequence is above 0, and begins with another digit.
    if (seq < 0 || bytes[digits] === DIGIT_0) return undefined;
    const stream = this.#stream;
    const domain = this.#domain;
    return domain === undefined
      ? { stream, seq, duplicate: false }
      : { stream, seq, duplicate: false, domain };
  }

  /** Takes `bytes[start, end)`, which were read as `ack`, for an example of what comes. */
  learn(bytes: Uint8Array, start: number, end: number, ack: PubAck): void {
    if (ack.duplicate || "value" in ack || "batch" in ack) return;
    let digits = end - 1;
    while (digits > start && isDigit(bytes[digits - 1]!)) digits--;
    const hasField = endsWith(bytes, start, digits, SEQUENCE_FIELD);
    if (!hasField || readText(bytes, digits, end) !== `${ack.seq}}`) return;
    this.#beginning = bytes.slice(start, digits);
    this.#stream = ack.stream;
    this.#domain = ack.domain;
  }
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_0 + 9;
}

function endsWith(bytes: Uint8Array, start: number, end: number, tail: Uint8Array): boolean {
  if (end - start < tail.length) return false;
  return tail.every((byte, i) => bytes[end - tail.length + i] === byte);
}
