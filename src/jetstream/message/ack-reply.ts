import { DIGIT_0, DOT } from "../../core/protocol/ascii.ts";
import { encodeText, readText } from "../../core/protocol/text.ts";

const PREFIX = encodeText("$JS.ACK.");

/** Tokens behind the prefix. The long form may have more: servers may add what older clients pass over. */
const SHORT_FORM = 7;
const LONG_FORM = 9;

/**
 * What a server says of a delivery, in the subject that the ack goes to. Its numbers are read from the bytes, for that is
 * done for very many messages; its names become strings only when asked for.
 */
export class AckReply {
  /** How often the message was delivered, this time included. */
  readonly deliveries: number;
  readonly seq: number;
  /** Counts what the consumer delivers. */
  readonly deliverySeq: number;
  /** How many wait behind it for the consumer. */
  readonly pending: number;
  readonly #bytes: Uint8Array;
  /** Where each token begins, and one after the end where a further one would. */
  readonly #starts: readonly number[];
  /** Which token is the stream's name; the long form has two before it. */
  readonly #stream: number;

  private constructor(bytes: Uint8Array, starts: readonly number[], stream: number) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.#stream = stream;
    this.deliveries = this.#number(2);
    this.seq = this.#number(3);
    this.deliverySeq = this.#number(4);
    this.pending = this.#number(6);
  }

  // JS-MSG-06: $JS.ACK.<stream>.<consumer>.<deliveries>.<seq>.<delivery seq>.<time in ns>.<pending>
  // JS-MSG-07: $JS.ACK.<domain>.<account hash>.<stream> … .<pending>[.<anything>]
  /** Reads the subject in `bytes[start, end)`; undefined if it is none to ack at. */
  static read(this: void, bytes: Uint8Array, start: number, end: number): AckReply | undefined {
    if (!beginsWithPrefix(bytes, start, end)) return undefined;
    const starts = tokenStarts(bytes, start + PREFIX.length, end);
    const tokens = starts.length - 1;
    if (tokens !== SHORT_FORM && tokens < LONG_FORM) return undefined;
    const reply = new AckReply(bytes, starts, tokens >= LONG_FORM ? 2 : 0);
    return reply.#isComplete ? reply : undefined;
  }

  /** Whether its names are these, `<stream>.<consumer>`: asked for each message, without making a string. */
  hasNames(names: Uint8Array): boolean {
    const start = this.#starts[this.#stream]!;
    if (this.#starts[this.#stream + 2]! - 1 - start !== names.length) return false;
    for (let i = 0; i < names.length; i++) if (this.#bytes[start + i] !== names[i]) return false;
    return true;
  }

  get stream(): string {
    return this.#text(this.#stream);
  }

  get consumer(): string {
    return this.#text(this.#stream + 1);
  }

  /** Undefined if there is none, and where the server doesn't tell. */
  get domain(): string | undefined {
    if (this.#stream === 0) return undefined;
    const name = this.#text(0);
    return name === "_" ? undefined : name;
  }

  /** Undefined where the server doesn't tell. */
  get accountHash(): string | undefined {
    return this.#stream === 0 ? undefined : this.#text(1);
  }

  get timeNanos(): bigint {
    return BigInt(this.#text(this.#stream + 5));
  }

  // JS-32: what is no number makes it no ack subject, rather than a message with the sequence -1.
  get #isComplete(): boolean {
    const sum = this.deliveries + this.seq + this.deliverySeq + this.pending;
    if (Number.isNaN(sum) || !this.#has(this.#stream) || !this.#has(this.#stream + 1)) return false;
    const time = this.#stream + 5;
    return areDigits(this.#bytes, this.#starts[time]!, this.#starts[time + 1]! - 1);
  }

  #has(token: number): boolean {
    return this.#starts[token + 1]! - this.#starts[token]! > 1;
  }

  #text(token: number): string {
    return readText(this.#bytes, this.#starts[token]!, this.#starts[token + 1]! - 1);
  }

  /** The number that comes so many tokens after the stream's name. */
  #number(place: number): number {
    const token = this.#stream + place;
    return readDigits(this.#bytes, this.#starts[token]!, this.#starts[token + 1]! - 1);
  }
}

function beginsWithPrefix(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= PREFIX.length) return false;
  for (let i = 0; i < PREFIX.length; i++) if (bytes[start + i] !== PREFIX[i]) return false;
  return true;
}

function tokenStarts(bytes: Uint8Array, start: number, end: number): number[] {
  const starts = [start];
  for (let at = start; at < end; at++) if (bytes[at] === DOT) starts.push(at + 1);
  starts.push(end + 1);
  return starts;
}

/** NaN for what is no number, or is too large to be held exactly. */
function readDigits(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return Number.NaN;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - DIGIT_0;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
}

function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - DIGIT_0;
    if (digit < 0 || digit > 9) return false;
  }
  return start < end;
}
