import { ProtocolError } from "../errors.ts";
import { CR, LF, MINUS, PLUS, UPPER_CASE_MASK, UPPER_H, UPPER_I, UPPER_M, UPPER_P } from "./ascii.ts";
import { LARGEST_PAYLOAD } from "./largest-payload.ts";
import { lineTooLong, malformed, MAX_LINE } from "./stream-errors.ts";
import { LineWords } from "./line-words.ts";
import { readHeadedLine, readMessageLine } from "./message-line.ts";
import { readText } from "./text.ts";

/** Of a message that says to be larger the stream is broken. */
const MAX_MESSAGE = 2 * LARGEST_PAYLOAD;

/** What {@link Decoder} answers with when the bytes at hand end inside an operation. */
const INCOMPLETE = -1;

/** What it answers with when they are lent, and hold a whole message: its memory would be used again. */
const LENT = -2;

/** What a frame or a queue holds that holds nothing. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * Where the parts of one message lie in `bytes`. The decoder uses one frame for all messages: take what is needed
 * during the call. The bytes themselves belong to whoever keeps them; the decoder never writes to them again.
 */
export class MessageFrame {
  bytes: Uint8Array = NO_BYTES;
  sid = 0;
  subjectStart = 0;
  subjectEnd = 0;
  /** Equal to `replyEnd` if there is no reply subject. */
  replyStart = 0;
  replyEnd = 0;
  /** Equal to `payloadStart` if there are no headers. */
  headersStart = 0;
  payloadStart = 0;
  payloadEnd = 0;
}

/** Hears of each operation, in the order of the stream. */
export interface OperationListener {
  onMessage(frame: MessageFrame): void;
  onInfo(json: string): void;
  onPing(): void;
  onPong(): void;
  onOk(): void;
  onServerError(text: string): void;
}

/**
 * Turns the server's bytes into operations: finds a control line, steps over the payload, makes no strings.
 * Any split of the stream gives the same operations (WIRE-10). `push` throws a ProtocolError for a malformed stream,
 * after which the decoder is of no more use; so it is after `stop`.
 */
export class Decoder {
  readonly #listener: OperationListener;
  readonly #frame = new MessageFrame();
  readonly #words = new LineWords();
  /** The operation that the last chunk left unfinished. */
  #partial: Uint8Array | undefined;
  #partialLength = 0;
  /** How long that operation is in all; 0 while its control line isn't whole. */
  #wanted = 0;
  #stopped = false;
  /** The bytes at hand are lent. */
  #isLent = false;

  constructor(listener: OperationListener) {
    this.#listener = listener;
  }

  /** Nothing more is told, even of what the chunk being decoded still holds. */
  stop(): void {
    this.#stopped = true;
    this.#partial = undefined;
  }

  /**
   * Takes the next chunk, and keeps it as long as a message in it is kept: the caller must not reuse it. Returns how much
   * of it was taken: all, unless it was stopped meanwhile.
   */
  push(given: Uint8Array): number {
    const chunk = plain(given);
    let at = this.#partial === undefined ? 0 : this.#resume(chunk);
    while (at < chunk.length && !this.#stopped) {
      const next = this.#decode(chunk, at, chunk.length);
      if (next === INCOMPLETE) {
        this.#keep(chunk, at);
        at = chunk.length;
      } else {
        at = next;
      }
    }
    this.#forget();
    return at;
  }

  /**
   * Copies what it can of bytes that are lent, from the first on, and returns how many: those of messages that are unfinished.
   * A large message is copied once by this, straight into its own memory.
   */
  copyFrom(lent: Uint8Array): number {
    if (this.#stopped || (this.#partial !== undefined && this.#wanted === 0)) return 0;
    let at = this.#partial === undefined ? 0 : this.#resume(lent);
    this.#isLent = true;
    while (at < lent.length && !this.#stopped) {
      const next = this.#decode(lent, at, lent.length);
      const isUnfinished = next === INCOMPLETE && this.#wanted > 0;
      if (isUnfinished) this.#keep(lent, at);
      if (next < 0) {
        at = isUnfinished ? lent.length : at;
        break;
      }
      at = next;
    }
    this.#isLent = false;
    this.#forget();
    return at;
  }

  /** The next message may be long in coming, and the last one may be large. */
  #forget(): void {
    this.#frame.bytes = NO_BYTES;
  }

  /** Decodes the operation at `at`; returns where the next begins, LENT, or INCOMPLETE with `#wanted` set. */
  #decode(bytes: Uint8Array, at: number, end: number): number {
    const frame = this.#frame;
    const contentStart =
      bytes[at] === UPPER_M ? readMessageLine(bytes, at, end, frame) : readHeadedLine(bytes, at, end, frame);
    if (contentStart > 0 && contentStart - at <= MAX_LINE) return this.#finish(bytes, at, contentStart, end);
    const lineEnd = this.#words.scan(bytes, at, end);
    if ((lineEnd === INCOMPLETE ? end : lineEnd) - at > MAX_LINE) throw lineTooLong();
    if (lineEnd === INCOMPLETE) {
      this.#wanted = 0;
      return INCOMPLETE;
    }
    const first = bytes[at]!;
    if ((first & UPPER_CASE_MASK) === UPPER_M && this.#words.isVerb(bytes, at, "MSG")) {
      return this.#decodeMsg(bytes, lineEnd, end);
    }
    if ((first & UPPER_CASE_MASK) === UPPER_H && this.#words.isVerb(bytes, at, "HMSG")) {
      return this.#decodeHmsg(bytes, lineEnd, end);
    }
    this.#decodeLine(bytes, at, lineEnd);
    return lineEnd + 1;
  }

  // MSG <subject> <sid> [reply-to] <#bytes>␍␊<payload>␍␊
  #decodeMsg(bytes: Uint8Array, lineEnd: number, end: number): number {
    const { count } = this.#words;
    if (count !== 4 && count !== 5) throw this.#malformed(bytes, lineEnd, "MSG takes 3 or 4 arguments");
    const size = this.#number(bytes, count - 1, lineEnd, "size");
    return this.#finishMessage(bytes, lineEnd, end, count === 5, 0, size);
  }

  // HMSG <subject> <sid> [reply-to] <#header bytes> <#total bytes>␍␊<headers><payload>␍␊
  #decodeHmsg(bytes: Uint8Array, lineEnd: number, end: number): number {
    const { count } = this.#words;
    if (count !== 5 && count !== 6) throw this.#malformed(bytes, lineEnd, "HMSG takes 4 or 5 arguments");
    const headerSize = this.#number(bytes, count - 2, lineEnd, "header size");
    const totalSize = this.#number(bytes, count - 1, lineEnd, "size");
    if (headerSize > totalSize) {
      throw this.#malformed(bytes, lineEnd, "the headers are larger than the message");
    }
    return this.#finishMessage(bytes, lineEnd, end, count === 6, headerSize, totalSize);
  }

  /** Notes the parts of the message whose line has been scanned. */
  #finishMessage(
    bytes: Uint8Array,
    lineEnd: number,
    end: number,
    hasReply: boolean,
    headerSize: number,
    size: number,
  ): number {
    const words = this.#words;
    const frame = this.#frame;
    const contentStart = lineEnd + 1;
    frame.sid = this.#number(bytes, 2, lineEnd, "subscription id");
    frame.subjectStart = words.startOf(1);
    frame.subjectEnd = words.endOf(1);
    frame.replyStart = hasReply ? words.startOf(3) : 0;
    frame.replyEnd = hasReply ? words.endOf(3) : 0;
    frame.headersStart = contentStart;
    frame.payloadStart = contentStart + headerSize;
    frame.payloadEnd = contentStart + size;
    return this.#finish(bytes, words.startOf(0), contentStart, end);
  }

  /** Tells of the message in the frame, whose line begins at `start`, if it is whole. */
  #finish(bytes: Uint8Array, start: number, contentStart: number, end: number): number {
    const frame = this.#frame;
    const contentEnd = frame.payloadEnd;
    if (contentEnd - contentStart > MAX_MESSAGE) {
      const message = `the server announces a message of ${contentEnd - contentStart} bytes; the limit is ${MAX_MESSAGE}`;
      throw new ProtocolError("PAYLOAD_TOO_LARGE", message);
    }
    if (contentEnd + 2 > end) {
      this.#wanted = contentEnd + 2 - start;
      return INCOMPLETE;
    }
    if (bytes[contentEnd] !== CR || bytes[contentEnd + 1] !== LF) {
      throw malformed(bytes, start, contentStart - 1, "the payload does not end where its size says");
    }
    if (this.#isLent) return LENT;
    frame.bytes = bytes;
    this.#listener.onMessage(frame);
    return contentEnd + 2;
  }

  /** The decimal number that is word `word` of the line. */
  #number(bytes: Uint8Array, word: number, lineEnd: number, what: string): number {
    const value = this.#words.numberIn(bytes, word);
    if (value < 0) throw this.#malformed(bytes, lineEnd, `bad ${what}`);
    return value;
  }

  #malformed(bytes: Uint8Array, lineEnd: number, reason: string): ProtocolError {
    return malformed(bytes, this.#words.startOf(0), lineEnd, reason);
  }

  // PING␍␊ · PONG␍␊ · +OK␍␊ · INFO <json>␍␊ · -ERR <text>␍␊
  #decodeLine(bytes: Uint8Array, at: number, lineEnd: number): void {
    const first = bytes[at]!;
    const verbEnd = this.#words.endOf(0);
    // WIRE-12: what stands behind these three is ignored, also without a space before it.
    const line = readText(bytes, at, Math.min(at + 4, lineEnd)).toUpperCase();
    if ((first & UPPER_CASE_MASK) === UPPER_P) {
      if (line === "PING") return this.#listener.onPing();
      if (line === "PONG") return this.#listener.onPong();
    } else if (first === PLUS) {
      if (line.startsWith("+OK")) return this.#listener.onOk();
    } else if ((first & UPPER_CASE_MASK) === UPPER_I) {
      if (this.#words.isVerb(bytes, at, "INFO"))
        return this.#listener.onInfo(readText(bytes, verbEnd, lineEnd).trim());
    } else if (first === MINUS) {
      if (line === "-ERR" && verbEnd - at === 4) {
        return this.#listener.onServerError(readText(bytes, verbEnd, lineEnd).trim());
      }
    }
    throw malformed(bytes, at, lineEnd, "unknown operation");
  }

  /** Keeps what the chunk holds of an unfinished operation in a buffer of its own. */
  #keep(chunk: Uint8Array, at: number): void {
    const length = chunk.length - at;
    const partial = new Uint8Array(this.#wanted > 0 ? this.#wanted : Math.max(256, 2 * length));
    partial.set(at === 0 ? chunk : chunk.subarray(at));
    this.#partial = partial;
    this.#partialLength = length;
  }

  /** Completes the unfinished operation as far as `chunk` goes; returns how much of the chunk that took. */
  #resume(chunk: Uint8Array): number {
    const used = this.#wanted > 0 ? 0 : this.#resumeLine(chunk);
    if (this.#partial === undefined || this.#wanted === 0) return used;
    const take = Math.min(this.#wanted - this.#partialLength, chunk.length - used);
    this.#partial.set(chunk.subarray(used, used + take), this.#partialLength);
    this.#partialLength += take;
    if (this.#partialLength < this.#wanted) return used + take;
    const whole = this.#partial;
    this.#partial = undefined;
    this.#decode(whole, 0, whole.length);
    return used + take;
  }

  /** Looks for the end of the unfinished control line in new bytes only: a line that drips in is not scanned twice. */
  #resumeLine(chunk: Uint8Array): number {
    const lineEnd = chunk.indexOf(LF);
    const used = lineEnd < 0 ? chunk.length : lineEnd + 1;
    this.#append(chunk.subarray(0, used), lineEnd < 0 ? MAX_LINE : MAX_LINE + 1);
    if (lineEnd < 0) return used;
    const line = this.#partial!.subarray(0, this.#partialLength);
    this.#partial = undefined;
    if (this.#decode(line, 0, line.length) === INCOMPLETE) this.#keep(line, 0);
    return used;
  }

  #append(bytes: Uint8Array, limit: number): void {
    const length = this.#partialLength + bytes.length;
    if (length > limit) throw lineTooLong();
    if (length > this.#partial!.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#partial!.subarray(0, this.#partialLength));
      this.#partial = larger;
    }
    this.#partial!.set(bytes, this.#partialLength);
    this.#partialLength = length;
  }
}

/** Node's transports give a Buffer, whose `slice` does not copy: what is made of the chunk would be Buffers too. */
function plain(chunk: Uint8Array): Uint8Array {
  if (chunk.constructor === Uint8Array) return chunk;
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
