import { DIGIT_0, DOT } from "../../core/protocol/ascii.ts";
import { encodeText, readText } from "../../core/protocol/text.ts";

const PREFIX = encodeText("$JS.ACK.");

/** Tokens behind the prefix. The long form may have more: servers may add what older clients pass over. */
const SHORT_FORM = 7;
const LONG_FORM = 9;

/** Where the tokens of a reply begin; each ends a dot before the next. */
interface TokenStarts {
  readonly domain: number;
  readonly account: number;
  readonly stream: number;
  readonly consumer: number;
  readonly deliveries: number;
}

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
  readonly #starts: TokenStarts;
  readonly #timeStart: number;
  readonly #timeEnd: number;

  private constructor(bytes: Uint8Array, end: number, starts: TokenStarts) {
    this.#bytes = bytes;
    this.#starts = starts;
    const seqStart = nextToken(bytes, starts.deliveries, end);
    const deliverySeqStart = nextToken(bytes, seqStart, end);
    const timeStart = nextToken(bytes, deliverySeqStart, end);
    const pendingStart = nextToken(bytes, timeStart, end);
    this.deliveries = readDigits(bytes, starts.deliveries, seqStart - 1);
    this.seq = readDigits(bytes, seqStart, deliverySeqStart - 1);
    this.deliverySeq = readDigits(bytes, deliverySeqStart, timeStart - 1);
    this.pending = readDigits(bytes, pendingStart, nextToken(bytes, pendingStart, end) - 1);
    this.#timeStart = timeStart;
    this.#timeEnd = pendingStart - 1;
  }

  // JS-MSG-06: $JS.ACK.<stream>.<consumer>.<deliveries>.<seq>.<delivery seq>.<time in ns>.<pending>
  // JS-MSG-07: $JS.ACK.<domain>.<account hash>.<stream> … .<pending>[.<anything>]
  /** Reads the subject in `bytes[start, end)`; undefined if it is none to ack at. */
  static read(this: void, bytes: Uint8Array, start: number, end: number): AckReply | undefined {
    if (!beginsWithPrefix(bytes, start, end)) return undefined;
    const first = start + PREFIX.length;
    const tokens = countTokens(bytes, first, end);
    if (tokens !== SHORT_FORM && tokens < LONG_FORM) return undefined;
    const isLong = tokens >= LONG_FORM;
    const account = isLong ? nextToken(bytes, first, end) : first;
    const stream = isLong ? nextToken(bytes, account, end) : first;
    const consumer = nextToken(bytes, stream, end);
    const deliveries = nextToken(bytes, consumer, end);
    const reply = new AckReply(bytes, end, { domain: first, account, stream, consumer, deliveries });
    return reply.#isComplete ? reply : undefined;
  }

  get stream(): string {
    return readText(this.#bytes, this.#starts.stream, this.#starts.consumer - 1);
  }

  get consumer(): string {
    return readText(this.#bytes, this.#starts.consumer, this.#starts.deliveries - 1);
  }

  /** Undefined if there is none, and where the server doesn't tell. */
  get domain(): string | undefined {
    const { domain, account } = this.#starts;
    if (account === domain) return undefined;
    const name = readText(this.#bytes, domain, account - 1);
    return name === "_" ? undefined : name;
  }

  /** Undefined where the server doesn't tell. */
  get accountHash(): string | undefined {
    const { account, stream } = this.#starts;
    return account === stream ? undefined : readText(this.#bytes, account, stream - 1);
  }

  get timeNanos(): bigint {
    return BigInt(readText(this.#bytes, this.#timeStart, this.#timeEnd));
  }

  // JS-32: what is no number makes it no ack subject, rather than a message with the sequence -1.
  get #isComplete(): boolean {
    const { stream, consumer, deliveries } = this.#starts;
    const hasNames = consumer - stream > 1 && deliveries - consumer > 1;
    const sum = this.deliveries + this.seq + this.deliverySeq + this.pending;
    return hasNames && !Number.isNaN(sum) && areDigits(this.#bytes, this.#timeStart, this.#timeEnd);
  }
}

function beginsWithPrefix(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= PREFIX.length) return false;
  for (let i = 0; i < PREFIX.length; i++) if (bytes[start + i] !== PREFIX[i]) return false;
  return true;
}

function countTokens(bytes: Uint8Array, start: number, end: number): number {
  let tokens = 1;
  for (let at = start; at < end; at++) if (bytes[at] === DOT) tokens++;
  return tokens;
}

/** Where the token behind the one at `at` begins; behind the last that is one after the end. */
function nextToken(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && bytes[next] !== DOT) next++;
  return next + 1;
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
