import { DIGIT_0, DOT } from "../../core/protocol/ascii.ts";
import { encodeText, readText } from "../../core/protocol/text.ts";

const PREFIX = encodeText("$JS.ACK.");

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
  // Where tokens begin, each by itself: to make a list of them takes as long as all the rest.
  readonly #owner: number;
  readonly #stream: number;
  readonly #consumer: number;
  readonly #numbers: number;
  readonly #time: number;
  readonly #pending: number;
  /** Where the token that is read next begins. */
  #at: number;

  /** The stream's name begins at `stream`; what is before it, from `owner` on, says whose it is. */
  private constructor(bytes: Uint8Array, owner: number, stream: number, end: number) {
    this.#bytes = bytes;
    this.#owner = owner;
    this.#stream = stream;
    this.#consumer = nextToken(bytes, stream, end);
    this.#numbers = nextToken(bytes, this.#consumer, end);
    this.#at = this.#numbers;
    this.deliveries = this.#takeNumber(end);
    this.seq = this.#takeNumber(end);
    this.deliverySeq = this.#takeNumber(end);
    this.#time = this.#at;
    this.#pending = nextToken(bytes, this.#time, end);
    this.#at = this.#pending;
    this.pending = this.#takeNumber(end);
  }

  // JS-MSG-06: $JS.ACK.<stream>.<consumer>.<deliveries>.<seq>.<delivery seq>.<time in ns>.<pending>
  // JS-MSG-07: $JS.ACK.<domain>.<account hash>.<stream> … .<pending>[.<anything>]
  /** Reads the subject in `bytes[start, end)`; undefined if it is none to ack at. */
  static read(this: void, bytes: Uint8Array, start: number, end: number): AckReply | undefined {
    if (!beginsWithPrefix(bytes, start, end)) return undefined;
    const first = start + PREFIX.length;
    let reply = new AckReply(bytes, first, first, end);
    if (reply.#at <= end) {
      // There are more tokens. The long form has two before the stream's name; servers may add what older clients pass over.
      reply = new AckReply(bytes, first, nextToken(bytes, nextToken(bytes, first, end), end), end);
    }
    return reply.#isComplete ? reply : undefined;
  }

  /** Whether its names are these, `<stream>.<consumer>`: asked for each message, without making a string. */
  hasNames(names: Uint8Array): boolean {
    const start = this.#stream;
    if (this.#numbers - 1 - start !== names.length) return false;
    for (let i = 0; i < names.length; i++) if (this.#bytes[start + i] !== names[i]) return false;
    return true;
  }

  get stream(): string {
    return this.#text(this.#stream, this.#consumer);
  }

  get consumer(): string {
    return this.#text(this.#consumer, this.#numbers);
  }

  /** Undefined if there is none, and where the server doesn't tell. */
  get domain(): string | undefined {
    if (this.#stream === this.#owner) return undefined;
    const name = this.#text(this.#owner, this.#account);
    return name === "_" ? undefined : name;
  }

  /** Undefined where the server doesn't tell. */
  get accountHash(): string | undefined {
    return this.#stream === this.#owner ? undefined : this.#text(this.#account, this.#stream);
  }

  get timeNanos(): bigint {
    return BigInt(this.#text(this.#time, this.#pending));
  }

  /** Where the account's hash begins, behind the domain. */
  get #account(): number {
    return nextToken(this.#bytes, this.#owner, this.#stream);
  }

  // JS-32: what is no number makes it no ack subject, rather than a message with the sequence -1.
  get #isComplete(): boolean {
    const sum = this.deliveries + this.seq + this.deliverySeq + this.pending;
    const isNamed = this.#consumer - this.#stream > 1 && this.#numbers - this.#consumer > 1;
    return isNamed && !Number.isNaN(sum) && areDigits(this.#bytes, this.#time, this.#pending - 1);
  }

  /** NaN for what is no number, or is too large to be held exactly. */
  #takeNumber(end: number): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let value = 0;
    let at = start;
    for (; at < end && bytes[at] !== DOT; at++) {
      const digit = bytes[at]! - DIGIT_0;
      value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
    }
    this.#at = at + 1;
    return at > start && value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
  }

  /** The token that begins at `start`; the one behind it begins at `next`. */
  #text(start: number, next: number): string {
    return readText(this.#bytes, start, next - 1);
  }
}

function beginsWithPrefix(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= PREFIX.length) return false;
  for (let i = 0; i < PREFIX.length; i++) if (bytes[start + i] !== PREFIX[i]) return false;
  return true;
}

/** Where the token behind the one at `start` begins; where it would begin if there is none. */
function nextToken(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== DOT) at++;
  return at + 1;
}

function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - DIGIT_0;
    if (digit < 0 || digit > 9) return false;
  }
  return start < end;
}
