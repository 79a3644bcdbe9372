import { subjectsOf } from "../subjects.mjs";

const CHUNK_BYTES = 64 * 1024;

/**
 * PUB operations encoded once and sent over and over. All have the same length,
 * so that any number of them is one slice.
 */
export class EncodedMessages {
  #bytes;
  #messageBytes;
  #position = 0;
  /** The number of messages in the chunk. */
  length;

  constructor(size, subjectCount) {
    const payload = "a".repeat(size);
    const round = subjectsOf(subjectCount).map((subject) => `PUB ${subject} ${size}\r\n${payload}\r\n`);
    const text = round.join("");
    this.#bytes = Buffer.from(text.repeat(Math.max(1, Math.floor(CHUNK_BYTES / text.length))), "latin1");
    this.#messageBytes = round[0].length;
    this.length = this.#bytes.length / this.#messageBytes;
  }

  /** The next messages, at most `wanted`: `{ bytes, count }`. */
  take(wanted) {
    const from = this.#position;
    const count = Math.min(wanted, this.length - from);
    this.#position = (from + count) % this.length;
    const bytes = this.#bytes.subarray(from * this.#messageBytes, (from + count) * this.#messageBytes);
    return { bytes, count };
  }
}
