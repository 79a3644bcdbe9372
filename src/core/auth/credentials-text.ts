import { CR, DOT, LF, MINUS, SPACE, TAB, UPPER_CASE_MASK, UPPER_U } from "../protocol/ascii.ts";
import { readText } from "../protocol/text.ts";
import { invalidCredentials } from "./invalid-credentials.ts";

/** What a credentials file holds. */
export interface ParsedCredentials {
  readonly jwt: string;
  /** A copy, for the caller to wipe. */
  readonly seed: Uint8Array | undefined;
}

/** A stretch of the text, without the white space around it. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** The text in lines that are not blank, and the bodies of its blocks. */
interface Layout {
  readonly lines: readonly Range[];
  readonly blocks: readonly Range[];
  /** A line of dashes begins or ends nothing. */
  readonly isBroken: boolean;
}

const UPPER_A = 0x41;
const UPPER_O = 0x4f;
const UPPER_S = 0x53;
const UPPER_Z = 0x5a;
const EQUALS = 0x3d;
const UNDERSCORE = 0x5f;

/**
 * Reads a credentials file as nsc writes it (CRED-06 to CRED-08):
 *
 *     -----BEGIN NATS USER JWT-----
 *     eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ...
 *     ------END NATS USER JWT------
 *
 *     -----BEGIN USER NKEY SEED-----
 *     SUA...
 *     ------END USER NKEY SEED------
 *
 * All is done on bytes and only the JWT becomes a string, as a string can't be wiped (CRED-12). `name` is what errors
 * call the text. Throws `INVALID_CREDENTIALS`.
 */
export function parseCredentials(bytes: Uint8Array, name = "contents"): ParsedCredentials {
  const layout = layOut(bytes, name);
  return { jwt: jwtIn(bytes, layout, name), seed: seedIn(bytes, layout, name) };
}

/** The JWT alone. Throws `INVALID_CREDENTIALS`. */
export function findJwt(bytes: Uint8Array, name = "contents"): string {
  return jwtIn(bytes, layOut(bytes, name), name);
}

/** A copy of the seed, for the caller to wipe. Throws `INVALID_CREDENTIALS` also if there is none. */
export function findSeed(bytes: Uint8Array, name = "contents"): Uint8Array {
  const layout = layOut(bytes, name);
  const seed = seedIn(bytes, layout, name);
  if (seed !== undefined) return seed;
  throw invalidCredentials(name, layout.isBroken ? "the block of its seed is cut off" : "it has no seed");
}

/** Whether these bytes are three dotted parts of URL-safe base64, as any JWT is. */
export function isJwt(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
  if (!isBody(bytes, { start, end })) return false;
  let dots = 0;
  for (let i = start; i < end; i++) {
    if (bytes[i] !== DOT) continue;
    const isEmptyPart = i === start || i === end - 1 || bytes[i - 1] === DOT;
    if (isEmptyPart) return false;
    dots++;
  }
  return dots === 2;
}

function jwtIn(bytes: Uint8Array, { lines, blocks, isBroken }: Layout, name: string): string {
  if (blocks.length === 0 && isBroken) {
    throw invalidCredentials(name, "the block of its JWT is cut off, or has not exactly one line");
  }
  // CRED-07: without a block the whole text is the JWT.
  const { start, end } = blocks[0] ?? { start: lines[0]!.start, end: lines.at(-1)!.end };
  if (isJwt(bytes, start, end)) return readText(bytes, start, end);
  const reason = isSeedLike(bytes, start) ? "it has a seed where the user's JWT should be" : "it has no JWT";
  throw invalidCredentials(name, reason);
}

function seedIn(bytes: Uint8Array, { lines, blocks }: Layout, name: string): Uint8Array | undefined {
  const second = blocks[1];
  if (second !== undefined && !isSeedLike(bytes, second.start)) {
    throw invalidCredentials(name, "its second block is not a seed");
  }
  // CRED-08. A JWT can begin with any letters, and is no seed.
  const found =
    second ?? lines.find((line) => isSeedLike(bytes, line.start) && !isJwt(bytes, line.start, line.end));
  return found === undefined ? undefined : new Uint8Array(bytes.subarray(found.start, found.end));
}

function layOut(bytes: Uint8Array, name: string): Layout {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw invalidCredentials(name, "it is UTF-16 text; save it as UTF-8");
  }
  const lines = splitLines(bytes);
  if (lines.length === 0) throw invalidCredentials(name, "it is empty");
  const blocks: Range[] = [];
  let isBroken = false;
  for (let i = 0; i < lines.length; i++) {
    if (!isDashes(bytes, lines[i])) continue;
    const body = lines[i + 1];
    if (isBody(bytes, body) && isDashes(bytes, lines[i + 2])) {
      blocks.push(body);
      i += 2;
    } else isBroken = true;
  }
  return { lines, blocks, isBroken };
}

function splitLines(bytes: Uint8Array): Range[] {
  const lines: Range[] = [];
  // Editors of Windows put a byte order mark before the text.
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < bytes.length) {
    const lf = bytes.indexOf(LF, at);
    const next = lf === -1 ? bytes.length : lf + 1;
    let start = at;
    let end = next;
    while (start < end && isSpace(bytes[start])) start++;
    while (end > start && isSpace(bytes[end - 1])) end--;
    if (end > start) lines.push({ start, end });
    at = next;
  }
  return lines;
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF;
}

/** `---[any text---]` */
function isDashes(bytes: Uint8Array, line: Range | undefined): boolean {
  if (line === undefined || line.end - line.start < 3) return false;
  for (let i = 0; i < 3; i++) {
    if (bytes[line.start + i] !== MINUS || bytes[line.end - 1 - i] !== MINUS) return false;
  }
  return true;
}

/** `[\w\-.=]+`, and no line of dashes */
function isBody(bytes: Uint8Array, line: Range | undefined): line is Range {
  if (line === undefined || line.end === line.start || isDashes(bytes, line)) return false;
  return bytes.subarray(line.start, line.end).every(isBodyByte);
}

function isBodyByte(byte: number): boolean {
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const letter = byte & UPPER_CASE_MASK;
  const isLetter = letter >= UPPER_A && letter <= UPPER_Z;
  return isDigit || isLetter || byte === UNDERSCORE || byte === MINUS || byte === DOT || byte === EQUALS;
}

/** Seeds of operators, accounts and users begin so. */
function isSeedLike(bytes: Uint8Array, start: number): boolean {
  const role = bytes[start + 1];
  return bytes[start] === UPPER_S && (role === UPPER_O || role === UPPER_A || role === UPPER_U);
}
