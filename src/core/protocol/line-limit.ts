import { ArgumentError } from "../errors.ts";

/** Bytes of a line of which nothing is remembered: servers take less only by mistake. */
const USUAL = 512;

/** At least what a line has beside text: three spaces, and two sizes of up to ten digits. */
const REST = 24;

/**
 * How long the lines may be that a server is told: it counts the bytes between the verb and the line end, and ends the link
 * at a longer one. So what is longer than the limit is refused before it is written.
 *
 * INFO does not tell what a server takes. When one has ended a link for the length of a line, the longest of all that the
 * link was given was too long, whichever it was that the server has seen: from then on that is the length to stay below,
 * at this server. Another one, or the same one when it has started anew, may take more.
 */
export class LineLimit {
  readonly #option: number;
  /** What servers take, by their ids, where that is known to be less than the option. */
  readonly #learnt = new Map<string, number>();
  #server = "";
  #most: number;
  /** The longest line for the link in use or the next one, if it is no usual one. */
  #longest = 0;
  #short = 0;
  /** A line that waits for a link, or that the next one is told again, may be longer than the longest that is known. */
  #isToMeasure = false;

  /** `option` is the connection's `maxControlLine`. */
  constructor(option: number) {
    this.#option = option;
    this.#most = option;
    this.#setLongest(this.#usual);
  }

  /**
   * A link to the server with this id begins. Returns whether all that is written to it, and was not {@link note}d after
   * this call, has to be measured: some of it may be longer than the server takes.
   */
  onLink(server: string): boolean {
    const isToMeasure = this.#isToMeasure || this.#longest > this.#usual;
    this.#isToMeasure = false;
    this.#server = server;
    this.#most = this.#learnt.get(server) ?? this.#option;
    this.#setLongest(this.#usual);
    return isToMeasure;
  }

  /** A line whose text has no more characters than this needs no {@link check}, whichever they are. */
  get short(): number {
    return this.#short;
  }

  /** Whether a line with so many bytes of text needs no {@link check}. */
  isUsual(text: number): boolean {
    return text + REST <= this.#longest;
  }

  /** Whether a line of so many bytes may be written; then it counts as written. */
  takes(size: number): boolean {
    if (size > this.#most) return false;
    this.note(size);
    return true;
  }

  /** As {@link takes}, but throws `CONTROL_LINE_TOO_LONG`. */
  check(size: number, subject: string): void {
    if (!this.takes(size)) throw this.refusal(size, subject);
  }

  /** A line of so many bytes is written. */
  note(size: number): void {
    if (size > this.#longest) this.#setLongest(size);
  }

  /**
   * The server has ended the link in use, for a line was longer than it takes. Returns from which size on lines are refused
   * there; undefined if all that were written are usual ones: then nobody knows.
   */
  lower(): number | undefined {
    const refused = this.#longest;
    if (refused <= this.#usual) return undefined;
    this.#most = Math.min(this.#most, refused - 1);
    this.#learnt.set(this.#server, this.#most);
    this.#isToMeasure = true;
    this.#setLongest(this.#usual);
    return refused;
  }

  /** What is thrown for a line of so many bytes. */
  refusal(size: number, subject: string): ArgumentError {
    const who = this.#most < this.#option ? "a server takes" : "maxControlLine allows";
    const message = `the control line for "${subject.slice(0, 32)}…" has ${size} bytes, and ${who} ${this.#most}`;
    return new ArgumentError("CONTROL_LINE_TOO_LONG", message, { subject, argument: "maxControlLine" });
  }

  get #usual(): number {
    return Math.min(USUAL, this.#option);
  }

  #setLongest(size: number): void {
    this.#longest = size;
    // A character takes three bytes at most.
    this.#short = Math.trunc((size - REST) / 3);
  }
}
