import { fromByteString, toByteString } from "./bytes.ts";

/** What is one character of UTF-8, or one byte that belongs to none. */
const CHARACTERS =
  /[\0-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[^]/g;

const ESCAPED = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
]);

/** As Go's `%q` writes a string. */
export function quoted(bytes: string): string {
  return `"${bytes.replace(CHARACTERS, escape)}"`;
}

function escape(bytes: string): string {
  const character = fromByteString(bytes);
  const code = bytes.length === 1 ? bytes.charCodeAt(0) : character.codePointAt(0)!;
  const escaped = ESCAPED.get(character);
  if (escaped !== undefined) return escaped;
  if (bytes.length === 1 && (code < 0x20 || code >= 0x7f)) return `\\x${hex(code, 2)}`;
  if (/^[ \p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character)) return toByteString(character);
  return code > 0xff_ff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
