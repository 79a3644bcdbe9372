import { COLON, LF } from "../core/protocol/ascii.ts";
import { encodeText } from "../core/protocol/text.ts";

/** The bit by which a small letter differs from its capital. */
const CASE = 0x20;

const NAMES = ["kv-operation", "nats-marker-reason"].map(encodeText);

/**
 * Whether one of the headers in `bytes[start, end)` may say that the message is a marker. Most messages have no such header, and to
 * make strings of all their headers would take longer than all else.
 */
export function mayBeMarker(bytes: Uint8Array, start: number, end: number): boolean {
  // Few bytes, as a rule: to look at each takes less time than to call `indexOf` for each line.
  for (let at = start; at < end; at++) {
    if (bytes[at] !== LF) continue;
    for (const name of NAMES) if (beginsWith(bytes, at + 1, end, name)) return true;
  }
  return false;
}

/** In either case. The dash in `name` has the bit of small letters, too. */
function beginsWith(bytes: Uint8Array, at: number, end: number, name: Uint8Array): boolean {
  if (at + name.length >= end || bytes[at + name.length] !== COLON) return false;
  for (let i = 0; i < name.length; i++) if ((bytes[at + i]! | CASE) !== name[i]) return false;
  return true;
}
