import { covers } from "../config/subjects.ts";
import type { DeadLetterFilter } from "./dead-letter.ts";

/** Which message of which consumer is dead. */
export interface DeadMessage {
  readonly consumer: string;
  readonly seq: number;
}

/** Ends the subject of a letter whose message was gone. */
const GONE = "gone";
/** Stands before the subject of a letter's message. */
const MESSAGE = "message";

// <keeper>.<stream>.<consumer>.<sequence>.message.<subject of the message>
// <keeper>.<stream>.<consumer>.<sequence>.gone
/** The subjects of letters: what letters are asked for by is in them, so that the server finds them. */
export class LetterSubjects {
  readonly #root: string;

  /** `keeper`: the stream that keeps the letters. `stream`: the one whose messages they are. */
  constructor(keeper: string, stream: string) {
    this.#root = `${keeper}.${stream}`;
  }

  /** Of a letter; without `subject` its message was gone. */
  of({ consumer, seq }: DeadMessage, subject: string | undefined): string {
    const end = subject === undefined ? GONE : `${MESSAGE}.${subject}`;
    return `${this.#root}.${consumer}.${seq}.${end}`;
  }

  /** Matches all letters of one message. */
  allOf({ consumer, seq }: DeadMessage): string {
    return `${this.#root}.${consumer}.${seq}.>`;
  }

  /** Matches the letters that a filter names, but for their number. */
  matching({ subject, consumer = "*" }: DeadLetterFilter): string {
    return subject === undefined
      ? `${this.#root}.${consumer}.>`
      : `${this.#root}.${consumer}.*.${MESSAGE}.${subject}`;
  }

  /** Whether a letter of this subject is among those that the filter names. */
  isNamed(letter: string, filter: DeadLetterFilter): boolean {
    return covers(this.matching(filter), letter);
  }
}
