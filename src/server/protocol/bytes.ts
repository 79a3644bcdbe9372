// Subjects, queue names and subscription ids pass through as they came: a string here has one character per byte, so
// that its length is its size, and bytes that are no UTF-8 survive (nats-server doesn't look into them either).

const SPACE = 32;
const TAB = 9;

/** The bytes as a string of as many characters. */
export function readBytes(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 1024) return readLong(bytes, start, end);
  return String.fromCharCode.apply(null, bytes.subarray(start, end) as unknown as number[]);
}

function readLong(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += 1024) text += readBytes(bytes, at, Math.min(end, at + 1024));
  return text;
}

/** Writes a string of one character per byte; returns the position after it. */
export function writeBytes(target: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** Text as a string of one character per byte of its UTF-8. */
export function toByteString(text: string): string {
  const bytes = encoder.encode(text);
  return bytes.length === text.length ? text : readBytes(bytes, 0, bytes.length);
}

/** What the bytes of such a string say as UTF-8. */
export function fromByteString(bytes: string): string {
  if (/^[\0-\x7f]*$/.test(bytes)) return bytes;
  return decoder.decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}

/** Where an argument of a line begins: after spaces and tabs. */
export function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at;
}

/** Where an argument of a line ends: at the next space or tab. */
export function skipWord(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at++;
  return at;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
