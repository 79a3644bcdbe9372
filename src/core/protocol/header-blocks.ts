import { COLON, CR, LF, SPACE } from "./ascii.ts";
import { writeBytes, writeCrlf } from "./encoder.ts";
import { MessageHeaders } from "./headers.ts";
import { encodeText, writeText } from "./text.ts";

type Values = ReadonlyMap<string, readonly string[]>;

/** Memory for this many bytes is taken at a time: an array of its own for each block costs more than to write it. */
const PAGE = 8 * 1024;

const FIRST_LINE = encodeText("NATS/1.0\r\n");

/** Writes the blocks of headers that travel before the payload, one behind the other; none is ever written over. */
export class HeaderBlocks {
  #page = new Uint8Array(0);
  #end = 0;

  // NATS/1.0␍␊ { <name>: <value>␍␊ } ␍␊
  /** The block of these headers, names sorted. */
  encode(headers: MessageHeaders): Uint8Array {
    const values = MessageHeaders.valuesOf(headers);
    this.#makeRoom(boundOf(values));
    const start = this.#end;
    const page = this.#page;
    let at = writeBytes(page, start, FIRST_LINE);
    if (isSorted(values)) {
      for (const [name, list] of values) at = writeLines(page, at, name, list);
    } else {
      for (const name of [...values.keys()].sort()) at = writeLines(page, at, name, values.get(name)!);
    }
    this.#end = writeCrlf(page, at);
    return page.subarray(start, this.#end);
  }

  /** The block of one header, which is valid. */
  encodeOne(name: string, value: string): Uint8Array {
    this.#makeRoom(FIRST_LINE.length + 3 * (name.length + value.length) + 6);
    const start = this.#end;
    const page = this.#page;
    const at = writeLine(page, writeBytes(page, start, FIRST_LINE), name, value);
    this.#end = writeCrlf(page, at);
    return page.subarray(start, this.#end);
  }

  #makeRoom(bound: number): void {
    if (this.#end + bound <= this.#page.length) return;
    this.#page = new Uint8Array(Math.max(PAGE, bound));
    this.#end = 0;
  }
}

/** The most bytes that the block of these can take. */
function boundOf(values: Values): number {
  let bound = FIRST_LINE.length + 2;
  for (const [name, list] of values) {
    for (const value of list) bound += 3 * (name.length + value.length) + 4;
  }
  return bound;
}

function isSorted(values: Values): boolean {
  let last = "";
  for (const name of values.keys()) {
    if (name < last) return false;
    last = name;
  }
  return true;
}

// { <name>: <value>␍␊ }
/** Writes the lines of one name; returns where they end. */
function writeLines(bytes: Uint8Array, start: number, name: string, list: readonly string[]): number {
  let at = start;
  for (const value of list) at = writeLine(bytes, at, name, value);
  return at;
}

// <name>: <value>␍␊
function writeLine(bytes: Uint8Array, start: number, name: string, value: string): number {
  const at = writeText(bytes, start, name);
  bytes[at] = COLON;
  bytes[at + 1] = SPACE;
  const end = writeText(bytes, at + 2, value);
  // A received value may hold a CR, which set() would have refused.
  for (let i = at + 2; i < end; i++) if (bytes[i] === CR) bytes[i] = SPACE;
  bytes[end] = CR;
  bytes[end + 1] = LF;
  return end + 2;
}
