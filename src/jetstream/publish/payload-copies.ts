import type { Payload } from "../../core/message.ts";

/** Memory for this many bytes is taken at a time: an array of its own for each small payload costs more than to copy it. */
const PAGE = 16 * 1024;

/** Larger ones get memory of their own: a page would be kept for the sake of what little of it is in use. */
const SHARED = 2 * 1024;

/** Keeps copies of payloads, many to a page. A page goes when the last of its payloads does. */
export class PayloadCopies {
  #page = new Uint8Array(0);
  #end = 0;

  /** The payload with memory of its own, if it has any: the application may use its array again. */
  keep(payload: Payload): Payload {
    if (typeof payload !== "object") return payload;
    const { length } = payload;
    if (length > SHARED) return new Uint8Array(payload);
    if (this.#end + length > this.#page.length) {
      this.#page = new Uint8Array(PAGE);
      this.#end = 0;
    }
    const start = this.#end;
    this.#end += length;
    this.#page.set(payload, start);
    return this.#page.subarray(start, this.#end);
  }
}
