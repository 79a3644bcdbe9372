import { subjectsOf } from "../subjects.mjs";
import { headerBlock, jsonText } from "../typical.mjs";

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

  /**
   * @param {number} size
   * @param {number} subjectCount
   * @param {{ content?: "json", headers?: boolean }} [typical] what the messages hold, if not bytes alone
   */
  constructor(size, subjectCount, typical = {}) {
    const { content, headers } = typical;
    const payload = content === "json" ? jsonText(size) : "a".repeat(size);
    const block = headerBlock();
    const round = subjectsOf(subjectCount).map((subject) =>
      headers
        ? `HPUB ${subject} ${block.length} ${block.length + size}\r\n${block}${payload}\r\n`
        : `PUB ${subject} ${size}\r\n${payload}\r\n`,
    );
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
