import { CR, LF, SPACE, TAB, UPPER_CASE_MASK } from "./ascii.ts";
import { readDigits } from "./digits.ts";

/** The verb and five arguments, and one more to see that there are too many: two bounds each. */
const MAX_BOUNDS = 14;

/** Where the words of a control line lie, which any number of blanks part. */
export class LineWords {
  readonly #bounds = new Int32Array(MAX_BOUNDS);
  #boundCount = 0;

  /** How many words there are, up to seven. */
  get count(): number {
    return this.#boundCount >> 1;
  }

  startOf(word: number): number {
    return this.#bounds[2 * word]!;
  }

  endOf(word: number): number {
    return this.#bounds[2 * word + 1]!;
  }

  /** Notes the words of the line at `at`; returns where its LF is, or -1 if there is none. */
  scan(bytes: Uint8Array, at: number, end: number): number {
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
    return -1;
  }

  /** Whether the line that begins at `at` begins with this verb, in whatever case. */
  isVerb(bytes: Uint8Array, at: number, verb: string): boolean {
    if (this.#bounds[0] !== at || this.#bounds[1]! - at !== verb.length) return false;
    for (let i = 0; i < verb.length; i++) {
      if ((bytes[at + i]! & UPPER_CASE_MASK) !== verb.charCodeAt(i)) return false;
    }
    return true;
  }

  /** The decimal number that is a word of the line; -1 if it is none. */
  numberIn(bytes: Uint8Array, word: number): number {
    return readDigits(bytes, this.startOf(word), this.endOf(word));
  }
}
