import { ControlLine } from "../protocol/control-line.ts";
import { checkPublishSubject, checkSubscribeSubject } from "../protocol/subject.ts";

/** A power of two. */
const LINES = 16;

/**
 * The control lines of the subjects that were published to last: most applications publish to the same few. A subject that
 * has one was found valid.
 */
export class ControlLines {
  readonly #lines = Array.from({ length: LINES }, () => new ControlLine());
  #last = this.#lines[0]!;

  /** Throws `INVALID_SUBJECT`. */
  of(subject: string): ControlLine {
    return subject === this.#last.subject && subject !== "" ? this.#last : this.#find(subject);
  }

  #find(subject: string): ControlLine {
    if (typeof subject !== "string" || subject === "") checkPublishSubject(subject);
    const line = this.#lineFor(subject);
    if (line.subject !== subject) {
      checkPublishSubject(subject);
      line.setSubject(subject);
    }
    return (this.#last = line);
  }

  /** The next publish may go to this subject: its wildcards are letters to it. Throws `INVALID_SUBJECT`. */
  admit(subject: string): void {
    checkSubscribeSubject(subject);
    const line = this.#lineFor(subject);
    if (line.subject !== subject) line.setSubject(subject);
  }

  #lineFor(subject: string): ControlLine {
    return this.#lines[(subject.length + subject.charCodeAt(subject.length - 1)) & (LINES - 1)]!;
  }
}
