import { readBytes, skipBlanks, skipWord } from "./bytes.ts";
import { readObjectText } from "./json.ts";
import { Publication } from "./publication.ts";
import { readVerb, type Verb } from "./verbs.ts";
import { Violation } from "./violation.ts";

const CR = 13;
const LF = 10;
const UPPER_C = 67;
const LOWER_C = 99;

/** What a parser hands its operations to. Each may throw a {@link Violation}, which ends the parsing. */
export interface Commands {
  /** Credentials are wanted, and CONNECT has not come. */
  readonly awaitsConnect: boolean;
  /** Bytes that the arguments of an operation may have. */
  readonly maxControlLine: number;
  onConnect(json: Uint8Array): void;
  /** Something else comes where CONNECT is awaited. */
  onWithoutConnect(): void;
  onPing(): void;
  onPong(): void;
  onSubscribe(subject: string, queue: string | undefined, sid: string): void;
  /** `max` is the number of messages in all; 0 or less for "at once". */
  onUnsubscribe(sid: string, max: number): void;
  /** A publish is announced: its positions but those of the body are set, and `size` bytes follow. */
  onAnnounced(publication: Publication, size: number): void;
  onPublish(publication: Publication): void;
  /** The client reports an error, as only servers do. */
  onError(): void;
}

/** Reads what one client sends. Operations are handed out as they come, over any split of the stream. */
export class Parser {
  readonly #commands: Commands;
  readonly #publication = new Publication();
  /** The beginning of a line whose end has not come. */
  #line: Uint8Array | undefined;
  /** A publish that is still coming in: its line, its body and the line end. */
  #arriving: Uint8Array | undefined;
  #arrived = 0;
  /** The client is gone, or is about to be: the rest is not looked at. */
  #isStopped = false;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /** Throws {@link Violation}; nothing is to be fed after that. */
  feed(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#isStopped) {
      if (this.#arriving !== undefined) at = this.#fill(this.#arriving, chunk, at);
      else if (this.#line !== undefined) at = this.#complete(this.#line, chunk, at);
      else at = this.#operation(chunk, at);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Handles the operation at a position, or keeps its beginning; returns the position after it. */
  #operation(chunk: Uint8Array, start: number): number {
    const lf = chunk.indexOf(LF, start);
    if (lf !== -1) return this.#execute(chunk, start, lf);
    this.#keep(chunk.slice(start));
    return chunk.length;
  }

  /** Adds to the line that is coming in; handles it when it is complete. */
  #complete(line: Uint8Array, chunk: Uint8Array, start: number): number {
    const lf = chunk.indexOf(LF, start);
    const end = lf === -1 ? chunk.length : lf + 1;
    const longer = new Uint8Array(line.length + end - start);
    longer.set(line);
    longer.set(chunk.subarray(start, end), line.length);
    if (lf === -1) {
      this.#keep(longer);
    } else {
      this.#line = undefined;
      this.#execute(longer, 0, longer.length - 1);
    }
    return end;
  }

  /** What can't become an operation any more, or is too long, is told before the line is complete. */
  #keep(line: Uint8Array): void {
    const verb = this.#verb(line, 0, line.length);
    this.#line = verb === undefined ? line : this.#shorten(verb, line);
  }

  /** Without what makes no difference, for there may be no end of that. */
  #shorten(verb: Verb, line: Uint8Array): Uint8Array {
    if (verb === "PING" || verb === "PONG" || verb === "+OK") return line.slice(0, verb.length);
    const first = skipBlanks(line, verb.length, line.length);
    if (first === line.length) return line.slice(0, verb.length + 1);
    // A CR may be the beginning of the line end.
    this.#checkLength(line.length - first - (line.at(-1) === CR ? 1 : 0));
    return line;
  }

  #verb(bytes: Uint8Array, start: number, end: number): Verb | undefined {
    const first = bytes[start];
    if (this.#commands.awaitsConnect && first !== UPPER_C && first !== LOWER_C) {
      this.#commands.onWithoutConnect();
    }
    return readVerb(bytes, start, end);
  }

  #checkLength(length: number): void {
    if (length <= this.#commands.maxControlLine) return;
    throw new Violation("Maximum Control Line Exceeded", "maximum control line exceeded");
  }

  /** Handles the operation whose line is complete; returns the position after it, as far as it is there. */
  #execute(bytes: Uint8Array, start: number, lf: number): number {
    const verb = this.#verb(bytes, start, lf + 1);
    if (verb === "PING") this.#commands.onPing();
    else if (verb === "PONG") this.#commands.onPong();
    else if (verb !== undefined && verb !== "+OK") {
      const first = skipBlanks(bytes, start + verb.length, lf);
      if (first === lf) return this.#prolong(bytes, start, lf);
      const last = argumentsEnd(bytes, first, lf);
      this.#checkLength(last - first);
      if (verb === "PUB" || verb === "HPUB")
        return this.#publish(verb === "HPUB", bytes, start, first, last, lf);
      this.#runLine(verb, bytes, first, last);
    }
    return lf + 1;
  }

  /** The first byte of arguments is none that ends them, not even LF (nats-server 2.15): the line ends at the next. */
  #prolong(bytes: Uint8Array, start: number, lf: number): number {
    const next = bytes.indexOf(LF, lf + 1);
    if (next !== -1) return this.#execute(bytes, start, next);
    this.#keep(bytes.slice(start));
    return bytes.length;
  }

  #runLine(verb: Verb, bytes: Uint8Array, first: number, last: number): void {
    if (verb === "SUB") this.#subscribe(bytes, first, last);
    else if (verb === "UNSUB") this.#unsubscribe(bytes, first, last);
    else if (verb === "CONNECT") this.#commands.onConnect(bytes.subarray(first, last));
    else if (verb === "-ERR") this.#commands.onError();
    // Nothing is done with what a client says of itself in this way, but it has to be a document.
    else if (verb === "INFO") readObjectText(bytes.subarray(first, last));
  }

  // SUB <subject> [queue] <sid>␍␊
  #subscribe(bytes: Uint8Array, first: number, last: number): void {
    const words = readBytes(bytes, first, last)
      .split(/[ \t\r\n]+/)
      .filter((word) => word !== "");
    if (words.length === 2) this.#commands.onSubscribe(words[0]!, undefined, words[1]!);
    else if (words.length === 3) this.#commands.onSubscribe(words[0]!, words[1], words[2]!);
    else throw new Violation("Protocol Violation");
  }

  // UNSUB <sid> [max]␍␊
  #unsubscribe(bytes: Uint8Array, first: number, last: number): void {
    const words = readBytes(bytes, first, last)
      .split(/[ \t\r\n]+/)
      .filter((word) => word !== "");
    if (words.length === 0 || words.length > 2) throw new Violation("Protocol Violation");
    const max = words.length === 1 ? -1 : Number(/^\d{1,9}$/.exec(words[1]!)?.[0] ?? -1);
    this.#commands.onUnsubscribe(words[0]!, max);
  }

  // PUB <subject> [reply-to] <#bytes>␍␊[payload]␍␊
  // HPUB <subject> [reply-to] <#header bytes> <#total bytes>␍␊[headers]␍␊␍␊[payload]␍␊
  #publish(
    hasHeaders: boolean,
    bytes: Uint8Array,
    start: number,
    first: number,
    last: number,
    lf: number,
  ): number {
    const publication = this.#publication;
    const size = readAnnouncement(publication, hasHeaders, bytes, first, last);
    this.#commands.onAnnounced(publication, size);
    publication.bodyStart = lf + 1;
    publication.bodyEnd = lf + 1 + size;
    const end = publication.bodyEnd + 2;
    checkBodyEnd(bytes, publication.bodyEnd, Math.min(end, bytes.length));
    if (end <= bytes.length) {
      this.#commands.onPublish(publication);
      return end;
    }
    // Into memory of its own, of just the size: the beginning now, the rest as it comes.
    this.#arriving = new Uint8Array(end - start);
    this.#arriving.set(bytes.subarray(start));
    this.#arrived = bytes.length - start;
    publication.moveTo(this.#arriving, start);
    return bytes.length;
  }

  /** Adds to the publish that is coming in; returns how far into the chunk it reaches. */
  #fill(arriving: Uint8Array, chunk: Uint8Array, start: number): number {
    const end = Math.min(chunk.length, start + arriving.length - this.#arrived);
    arriving.set(chunk.subarray(start, end), this.#arrived);
    this.#arrived += end - start;
    checkBodyEnd(arriving, arriving.length - 2, this.#arrived);
    if (this.#arrived === arriving.length) {
      this.#arriving = undefined;
      this.#commands.onPublish(this.#publication);
    }
    return end;
  }
}

/** A line ends with CR LF or with LF. With a CR anywhere else nats-server takes the last byte for it. */
function argumentsEnd(bytes: Uint8Array, first: number, lf: number): number {
  for (let at = lf - 1; at > first; at--) if (bytes[at] === CR) return lf - 1;
  return lf;
}

/** Reads the line of a publish, returns the size of its body. */
function readAnnouncement(
  publication: Publication,
  hasHeaders: boolean,
  bytes: Uint8Array,
  first: number,
  last: number,
): number {
  publication.bytes = bytes;
  publication.subjectStart = first;
  publication.subjectEnd = skipWord(bytes, first, last);
  const words: number[] = [];
  let at = publication.subjectEnd;
  while ((at = skipBlanks(bytes, at, last)) < last) {
    const end = skipWord(bytes, at, last);
    words.push(at, end);
    at = end;
  }
  const sizes = hasHeaders ? 4 : 2;
  if (words.length < sizes || words.length > sizes + 2) throw new Violation("Protocol Violation");
  const hasReply = words.length > sizes;
  publication.replyStart = hasReply ? words[0]! : first;
  publication.replyEnd = hasReply ? words[1]! : first;
  publication.sizeStart = words[words.length - 2]!;
  publication.sizeEnd = words[words.length - 1]!;
  const total = readSize(bytes, publication.sizeStart, publication.sizeEnd);
  publication.headerSizeStart = hasHeaders ? words[words.length - 4]! : first;
  publication.headerSizeEnd = hasHeaders ? words[words.length - 3]! : first;
  publication.headerSize = hasHeaders
    ? readSize(bytes, publication.headerSizeStart, publication.headerSizeEnd)
    : -1;
  publication.renew();
  if (publication.headerSize > total) throw new Violation("Protocol Violation");
  return total;
}

/** Up to nine digits, as nats-server reads them. */
function readSize(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 9) throw new Violation("Protocol Violation");
  let size = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) throw new Violation("Protocol Violation");
    size = size * 10 + digit;
  }
  return size;
}

/** A body must be followed by CR LF, as far as that has come. */
function checkBodyEnd(bytes: Uint8Array, bodyEnd: number, arrived: number): void {
  const isWrong =
    (arrived > bodyEnd && bytes[bodyEnd] !== CR) || (arrived > bodyEnd + 1 && bytes[bodyEnd + 1] !== LF);
  if (isWrong) throw new Violation("Protocol Violation", "Unknown Protocol Operation");
}
