import { Violation } from "./violation.ts";

/** What a client may begin an operation with. */
export type Verb = "PUB" | "HPUB" | "SUB" | "UNSUB" | "PING" | "PONG" | "CONNECT" | "INFO" | "+OK" | "-ERR";

interface Known {
  readonly verb: Verb;
  /** In upper case; letters count the same in lower case. */
  readonly letters: Uint8Array;
  /** Whether a space or a tab must follow. */
  readonly needsBlank: boolean;
}

const LOWER_A = 97;
const LOWER_Z = 122;

function known(verb: Verb, needsBlank: boolean): Known {
  return { verb, letters: Uint8Array.from(verb, (letter) => letter.charCodeAt(0)), needsBlank };
}

// By their first byte. PING takes anything up to the end of its line, and CONNECT needs no blank (nats-server 2.15).
const BY_FIRST: readonly (readonly Known[] | undefined)[] = byFirst([
  known("PUB", true),
  known("PING", false),
  known("PONG", false),
  known("HPUB", true),
  known("SUB", true),
  known("UNSUB", true),
  known("CONNECT", false),
  known("INFO", false),
  known("+OK", false),
  known("-ERR", true),
]);

function byFirst(all: readonly Known[]): Known[][] {
  const table: Known[][] = [];
  for (const one of all) (table[one.letters[0]!] ??= []).push(one);
  return table;
}

function upper(byte: number): number {
  return byte >= LOWER_A && byte <= LOWER_Z ? byte - 32 : byte;
}

/**
 * The verb at a position; undefined if it may become one. Throws a {@link Violation} at the first byte that fits none,
 * without waiting for the rest of the line.
 */
export function readVerb(bytes: Uint8Array, start: number, end: number): Verb | undefined {
  const candidates = BY_FIRST[upper(bytes[start]!)];
  if (candidates !== undefined) {
    for (const { verb, letters, needsBlank } of candidates) {
      const available = Math.min(letters.length, end - start);
      let length = 1;
      while (length < available && upper(bytes[start + length]!) === letters[length]) length++;
      if (length < available) continue;
      if (length < letters.length) return undefined;
      if (!needsBlank) return verb;
      if (start + length === end) return undefined;
      const next = bytes[start + length];
      if (next === 32 || next === 9) return verb;
    }
  }
  throw new Violation("Protocol Violation", "Unknown Protocol Operation");
}
