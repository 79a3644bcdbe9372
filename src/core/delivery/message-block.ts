import { Message, type MessageContext } from "../message.ts";
import { type MessageFrame, NO_BYTES } from "../protocol/decoder.ts";
import { HeldBytes } from "./held-bytes.ts";

/** Numbers noted of a message: seven bounds, and the index of the bytes that they lie in. */
const WORDS = 8;

const NOTHING_HELD = new HeldBytes(NO_BYTES);

/** A stretch of a queue: where messages lie in the bytes that they came in. */
export class MessageBlock {
  readonly capacity: number;
  next: MessageBlock | undefined = undefined;
  readonly #places: Int32Array;
  readonly #held: HeldBytes[] = [];
  #newest: HeldBytes | undefined;
  #first = 0;
  #end = 0;
  /** From here on messages lie in the newest chunk. */
  #pinned = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#places = new Int32Array(capacity * WORDS);
  }

  get length(): number {
    return this.#end - this.#first;
  }

  get isFull(): boolean {
    return this.#end === this.capacity;
  }

  /** Notes the message in `frame`, which lies in `held`. */
  push(frame: MessageFrame, held: HeldBytes): void {
    const places = this.#places;
    const at = this.#end++ * WORDS;
    if (this.#newest !== held) this.#hold(held);
    places[at] = frame.subjectStart;
    places[at + 1] = frame.subjectEnd;
    places[at + 2] = frame.replyStart;
    places[at + 3] = frame.replyEnd;
    places[at + 4] = frame.headersStart;
    places[at + 5] = frame.payloadStart;
    places[at + 6] = frame.payloadEnd;
    places[at + 7] = this.#held.length - 1;
  }

  #hold(held: HeldBytes): void {
    this.#newest = held;
    this.#held.push(held);
  }

  /** Takes the oldest message out. */
  shift(context: MessageContext): Message {
    const places = this.#places;
    const at = this.#first++ * WORDS;
    const slot = places[at + 7]!;
    const { bytes } = this.#held[slot]!;
    // What lies in the same bytes stands in a row.
    if (this.#first === this.#end || places[at + WORDS + 7] !== slot) this.#held[slot] = NOTHING_HELD;
    return new Message(
      context,
      bytes,
      places[at]!,
      places[at + 1]!,
      places[at + 2]!,
      places[at + 3]!,
      places[at + 4]!,
      places[at + 5]!,
      places[at + 6]!,
    );
  }

  /** Keeps the `count` oldest messages; returns how large the payloads of the others are together. */
  truncate(count: number): number {
    const end = Math.min(this.#end, this.#first + count);
    let bytes = 0;
    for (let at = end * WORDS; at < this.#end * WORDS; at += WORDS) {
      bytes += this.#places[at + 6]! - this.#places[at + 5]!;
    }
    this.#end = end;
    this.#pinned = Math.min(this.#pinned, end);
    this.#held.length = count === 0 ? 0 : this.#places[(end - 1) * WORDS + 7]! + 1;
    this.#newest = undefined;
    return bytes;
  }

  /** Forgets what is left of messages that have been taken out. */
  clear(): void {
    this.#first = 0;
    this.#end = 0;
    this.#pinned = 0;
    this.#held.length = 0;
    this.#newest = undefined;
    this.next = undefined;
  }

  /** Adds up what the messages that came with the newest chunk take of their bytes. */
  measure(): void {
    for (let i = Math.max(this.#first, this.#pinned); i < this.#end; i++) {
      const at = i * WORDS;
      this.#held[this.#places[at + 7]!]!.used += this.#places[at + 6]! - this.#places[at]!;
    }
  }

  /** Moves those of sparse bytes to `page`, from `at` on; returns where they end. */
  unpin(page: HeldBytes, at: number): number {
    let end = at;
    for (let i = Math.max(this.#first, this.#pinned); i < this.#end;) {
      const slot = this.#places[i * WORDS + 7]!;
      const held = this.#held[slot]!;
      for (; i < this.#end && this.#places[i * WORDS + 7] === slot; i++) {
        if (held.isSparse) end = this.#move(i * WORDS, held.bytes, page.bytes, end);
      }
      if (held.isSparse) this.#held[slot] = page;
    }
    this.#pinned = this.#end;
    return end;
  }

  #move(place: number, from: Uint8Array, to: Uint8Array, at: number): number {
    const places = this.#places;
    const start = places[place]!;
    const length = places[place + 6]! - start;
    if (length > SHORT_COPY) to.set(from.subarray(start, start + length), at);
    else for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
    for (let i = 0; i < WORDS - 1; i++) places[place + i]! += at - start;
    return at + length;
  }
}

/** Up to here a loop beats `Uint8Array.set` with a view made for it. */
const SHORT_COPY = 64;
