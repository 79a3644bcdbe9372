import { ProtocolError } from "../errors.ts";
import {
  CR,
  DIGIT_0,
  LF,
  MINUS,
  PLUS,
  SPACE,
  TAB,
  UPPER_CASE_MASK,
  UPPER_H,
  UPPER_I,
  UPPER_M,
  UPPER_P,
} from "./ascii.ts";
import { readText } from "./text.ts";

/** A line without an end is given up here; only INFO of a very large cluster comes anywhere near. */
const MAX_LINE = 1024 * 1024;

/** No server can be configured to send more than 64 MiB in a message; twice that is a broken stream. */
const MAX_MESSAGE = 128 * 1024 * 1024;

/** What {@link Decoder} answers with when the bytes at hand end inside an operation. */
const INCOMPLETE = -1;

/** What it answers with when they are lent, and hold a whole message: its memory would be used again. */
const LENT = -2;

/** The verb and five arguments, and one more to see that there are too many: two bounds each. */
const MAX_BOUNDS = 14;

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

/** Who is told of each operation, in the order of the stream. */
export interface OperationSink {
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
  readonly #sink: OperationSink;
  readonly #frame = new MessageFrame();
  readonly #bounds = new Int32Array(MAX_BOUNDS);
  #boundCount = 0;
  /** The operation that the last chunk left unfinished. */
  #partial: Uint8Array | undefined;
  #partialLength = 0;
  /** How long that operation is in all; 0 while its control line isn't whole. */
  #wanted = 0;
  #stopped = false;
  /** The bytes at hand are lent. */
  #isLent = false;

  constructor(sink: OperationSink) {
    this.#sink = sink;
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
        return chunk.length;
      }
      at = next;
    }
    return at;
  }

  /**
   * Copies what it can of bytes that are lent, from the first on, and returns how many: those of a message that is unfinished.
   * A large message is copied once by this, straight into its own memory.
   */
  copyFrom(lent: Uint8Array): number {
    if (this.#partial === undefined || this.#wanted === 0 || this.#stopped) return 0;
    let at = this.#resume(lent);
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
    return at;
  }

  /** Decodes the operation at `at`; returns where the next begins, LENT, or INCOMPLETE with `#wanted` set. */
  #decode(bytes: Uint8Array, at: number, end: number): number {
    const lineEnd = this.#scanLine(bytes, at, end);
    if ((lineEnd === INCOMPLETE ? end : lineEnd) - at > MAX_LINE) throw lineTooLong();
    if (lineEnd === INCOMPLETE) {
      this.#wanted = 0;
      return INCOMPLETE;
    }
    const first = bytes[at]!;
    if ((first & UPPER_CASE_MASK) === UPPER_M && this.#isVerb(bytes, at, 3, "MSG")) {
      return this.#decodeMsg(bytes, lineEnd, end);
    }
    if ((first & UPPER_CASE_MASK) === UPPER_H && this.#isVerb(bytes, at, 4, "HMSG")) {
      return this.#decodeHmsg(bytes, lineEnd, end);
    }
    this.#decodeLine(bytes, at, lineEnd);
    return lineEnd + 1;
  }

  /** Notes the bounds of the words of the line at `at`; returns where its LF is. */
  #scanLine(bytes: Uint8Array, at: number, end: number): number {
    const bounds = this.#bounds;
    let count = 0;
    let inWord = false;
    for (let i = at; i < end; i++) {
      const byte = bytes[i]!;
      if (byte > SPACE) {
        if (inWord) continue;
        inWord = true;
        if (count < MAX_BOUNDS) bounds[count++] = i;
      } else if (byte === SPACE || byte === TAB || byte === CR || byte === LF) {
        if (inWord && count < MAX_BOUNDS) bounds[count++] = i;
        inWord = false;
        if (byte === LF) {
          this.#boundCount = count;
          return i;
        }
      }
    }
    return INCOMPLETE;
  }

  #isVerb(bytes: Uint8Array, at: number, length: number, verb: string): boolean {
    if (this.#bounds[0] !== at || this.#bounds[1]! - at !== length) return false;
    for (let i = 0; i < length; i++) {
      if ((bytes[at + i]! & UPPER_CASE_MASK) !== verb.charCodeAt(i)) return false;
    }
    return true;
  }

  // MSG <subject> <sid> [reply-to] <#bytes>␍␊<payload>␍␊
  #decodeMsg(bytes: Uint8Array, lineEnd: number, end: number): number {
    const bounds = this.#bounds;
    const words = this.#boundCount >> 1;
    if (words !== 4 && words !== 5) throw malformed(bytes, bounds[0]!, lineEnd, "MSG takes 3 or 4 arguments");
    const size = this.#number(bytes, words - 1, lineEnd, "size");
    return this.#finishMessage(bytes, lineEnd, end, words === 5, 0, size);
  }

  // HMSG <subject> <sid> [reply-to] <#header bytes> <#total bytes>␍␊<headers><payload>␍␊
  #decodeHmsg(bytes: Uint8Array, lineEnd: number, end: number): number {
    const bounds = this.#bounds;
    const words = this.#boundCount >> 1;
    if (words !== 5 && words !== 6)
      throw malformed(bytes, bounds[0]!, lineEnd, "HMSG takes 4 or 5 arguments");
    const headerSize = this.#number(bytes, words - 2, lineEnd, "header size");
    const totalSize = this.#number(bytes, words - 1, lineEnd, "size");
    if (headerSize > totalSize) {
      throw malformed(bytes, bounds[0]!, lineEnd, "the headers are larger than the message");
    }
    return this.#finishMessage(bytes, lineEnd, end, words === 6, headerSize, totalSize);
  }

  #finishMessage(
    bytes: Uint8Array,
    lineEnd: number,
    end: number,
    hasReply: boolean,
    headerSize: number,
    size: number,
  ): number {
    const bounds = this.#bounds;
    const start = bounds[0]!;
    if (size > MAX_MESSAGE) {
      const message = `the server announces a message of ${size} bytes; the limit is ${MAX_MESSAGE}`;
      throw new ProtocolError("PAYLOAD_TOO_LARGE", message);
    }
    const sid = this.#number(bytes, 2, lineEnd, "subscription id");
    const contentStart = lineEnd + 1;
    const contentEnd = contentStart + size;
    if (contentEnd + 2 > end) {
      this.#wanted = contentEnd + 2 - start;
      return INCOMPLETE;
    }
    if (bytes[contentEnd] !== CR || bytes[contentEnd + 1] !== LF) {
      throw malformed(bytes, start, lineEnd, "the payload does not end where its size says");
    }
    if (this.#isLent) return LENT;
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.sid = sid;
    frame.subjectStart = bounds[2]!;
    frame.subjectEnd = bounds[3]!;
    frame.replyStart = hasReply ? bounds[6]! : 0;
    frame.replyEnd = hasReply ? bounds[7]! : 0;
    frame.headersStart = contentStart;
    frame.payloadStart = contentStart + headerSize;
    frame.payloadEnd = contentEnd;
    this.#sink.onMessage(frame);
    return contentEnd + 2;
  }

  /** The decimal number that is word `word` of the line. */
  #number(bytes: Uint8Array, word: number, lineEnd: number, what: string): number {
    const start = this.#bounds[2 * word]!;
    const end = this.#bounds[2 * word + 1]!;
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = bytes[i]! - DIGIT_0;
      if (digit < 0 || digit > 9) throw malformed(bytes, this.#bounds[0]!, lineEnd, `bad ${what}`);
      value = value * 10 + digit;
    }
    if (end - start > 15) throw malformed(bytes, this.#bounds[0]!, lineEnd, `bad ${what}`);
    return value;
  }

  // PING␍␊ · PONG␍␊ · +OK␍␊ · INFO <json>␍␊ · -ERR <text>␍␊
  #decodeLine(bytes: Uint8Array, at: number, lineEnd: number): void {
    const first = bytes[at]!;
    const verbEnd = this.#bounds[1]!;
    // WIRE-12: what stands behind these three is ignored, also without a space before it.
    const line = readText(bytes, at, Math.min(at + 4, lineEnd)).toUpperCase();
    if ((first & UPPER_CASE_MASK) === UPPER_P) {
      if (line === "PING") return this.#sink.onPing();
      if (line === "PONG") return this.#sink.onPong();
    } else if (first === PLUS) {
      if (line.startsWith("+OK")) return this.#sink.onOk();
    } else if ((first & UPPER_CASE_MASK) === UPPER_I) {
      if (this.#isVerb(bytes, at, 4, "INFO"))
        return this.#sink.onInfo(readText(bytes, verbEnd, lineEnd).trim());
    } else if (first === MINUS) {
      if (line === "-ERR" && verbEnd - at === 4) {
        return this.#sink.onServerError(readText(bytes, verbEnd, lineEnd).trim());
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

function lineTooLong(): ProtocolError {
  return new ProtocolError(
    "LINE_TOO_LONG",
    `the server sent more than ${MAX_LINE} bytes without ending a line`,
  );
}

function malformed(bytes: Uint8Array, start: number, lineEnd: number, reason: string): ProtocolError {
  const line = readText(bytes, start, Math.min(lineEnd, start + 64)).trimEnd();
  return new ProtocolError("MALFORMED_OPERATION", `malformed operation ${JSON.stringify(line)}: ${reason}`);
}
