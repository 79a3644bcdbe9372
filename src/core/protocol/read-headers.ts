import { CR, isBlank } from "./ascii.ts";
import { readText } from "./text.ts";

/** How a block begins. */
export const VERSION = "NATS/1.0";

/** What a received block of headers holds. */
export interface ReceivedHeaders {
  /** Name, value, name, value: in the order in which they came, with the status and its description behind them. */
  readonly pairs: string[];
  readonly status: number | undefined;
  readonly description: string | undefined;
}

// NATS/1.0[ <status>[ <description>]]␍␊ { <name>: <value>␍␊ } ␍␊
/** Reads a block; what can't be read is left out, and told to `onFault`. */
export function readHeaders(
  bytes: Uint8Array,
  start: number,
  end: number,
  onFault: (reason: string) => void,
): ReceivedHeaders {
  const text = readText(bytes, start, end);
  const linesEnd = endOfLines(text);
  if (linesEnd === undefined) onFault("they have no end");
  const first = firstLine(text);
  const hasVersion = first.startsWith(VERSION);
  if (!hasVersion) onFault(`they begin with ${shown(first)}`);
  const pairs: string[] = [];
  readLines(text, linesEnd ?? text.length, pairs, onFault);
  const inline = hasVersion && first.length > VERSION.length ? first.slice(VERSION.length).trim() : "";
  return inline === ""
    ? { pairs, status: undefined, description: undefined }
    : withStatus(inline, pairs, onFault);
}

/** Where the empty line begins that ends the block; undefined if there is none. */
function endOfLines(text: string): number | undefined {
  if (text.endsWith("\n\r\n")) return text.length - 2;
  return text.endsWith("\n\n") ? text.length - 1 : undefined;
}

function firstLine(text: string): string {
  return text.slice(0, endWithoutCr(text, indexOrEnd(text, "\n", 0)));
}

/** Reads the lines behind the first. */
function readLines(text: string, end: number, pairs: string[], onFault: (reason: string) => void): void {
  let at = text.indexOf("\n") + 1;
  if (at === 0) return;
  // Looked for once, and not in each line: a line without one would be searched to the end of the block.
  let colon = -1;
  while (at < end) {
    const next = indexOrEnd(text, "\n", at);
    const lineEnd = endWithoutCr(text, next);
    if (colon < at) colon = indexOrEnd(text, ":", at);
    if (colon < lineEnd) {
      // HDR-08: leading blanks of a value go, trailing ones stay; HDR-09: an empty name is skipped.
      if (colon > at)
        pairs.push(text.slice(at, colon), text.slice(behindBlanks(text, colon + 1, lineEnd), lineEnd));
    } else if (lineEnd > at) {
      onFault(`no colon in ${shown(text.slice(at, lineEnd))}`);
    }
    at = next + 1;
  }
}

// HDR-10, HDR-11: an inline status becomes two headers, behind explicit ones of the same name.
function withStatus(inline: string, pairs: string[], onFault: (reason: string) => void): ReceivedHeaders {
  if (!/^\d{3}/.test(inline)) {
    onFault(`the status ${shown(inline)} is not a code of three digits`);
    return { pairs, status: undefined, description: undefined };
  }
  const code = inline.slice(0, 3);
  pairs.push("Status", code);
  const description = inline.slice(3).trim();
  if (description === "") return { pairs, status: Number(code), description: undefined };
  pairs.push("Description", description);
  return { pairs, status: Number(code), description };
}

function indexOrEnd(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found < 0 ? text.length : found;
}

/** Where the line ends whose LF is at `lineEnd`. */
function endWithoutCr(text: string, lineEnd: number): number {
  return text.charCodeAt(lineEnd - 1) === CR ? lineEnd - 1 : lineEnd;
}

function behindBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** The beginning of what can't be read, quoted. */
function shown(text: string): string {
  return JSON.stringify(text.length > 32 ? `${text.slice(0, 32)}…` : text);
}
