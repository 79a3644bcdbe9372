import type { Message } from "../message.ts";

/** A chunk is worth keeping for the messages in it while they make up at least one part in this many of it. */
const WORTH_KEEPING = 2;

/**
 * Messages in order of arrival. Taking one is O(1): an index moves, and the array is cut when half of it is behind.
 */
export class MessageQueue {
  #items: (Message | undefined)[] = [];
  #head = 0;
  /** From here on messages lie in the newest chunk. */
  #settled = 0;

  *[Symbol.iterator](): IterableIterator<Message> {
    for (let i = this.#head; i < this.#items.length; i++) yield this.#items[i]!;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(message: Message): void {
    this.#items.push(message);
  }

  shift(): Message | undefined {
    if (this.#head === this.#items.length) return undefined;
    const message = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) this.#restart([]);
    else if (this.#head > 1024 && this.#head * 2 > this.#items.length)
      this.#restart(this.#items.slice(this.#head));
    return message;
  }

  /** Takes up to `limit` messages at once. */
  take(limit: number): Message[] {
    const count = Math.min(limit, this.length);
    if (count === this.#items.length) {
      const all = this.#items as Message[];
      this.#items = [];
      this.#restart(this.#items);
      return all;
    }
    const taken: Message[] = [];
    for (let i = 0; i < count; i++) taken.push(this.shift()!);
    return taken;
  }

  /** Keeps the `count` oldest messages and returns the others. */
  truncate(count: number): Message[] {
    const removed = this.#items.splice(this.#head + count) as Message[];
    this.#settled = Math.min(this.#settled, this.#items.length);
    return removed;
  }

  /**
   * To be called when the next chunk arrives. What is left of the last one gets bytes of its own if it is a small
   * part of that chunk: else one small unread message would pin 64 KiB, and the limits count payloads only.
   */
  settle(): void {
    const from = Math.max(this.#settled, this.#head);
    const to = this.#items.length;
    this.#settled = to;
    for (let i = from; i < to;) i = this.#settleRun(i, to);
  }

  /** Settles the messages from `from` on that lie in one chunk; returns the first that does not. */
  #settleRun(from: number, to: number): number {
    const chunk = this.#items[from]!.pinned;
    let length = 0;
    let end = from;
    for (; end < to && this.#items[end]!.pinned === chunk; end++) length += this.#items[end]!.frameLength;
    if (length * WORTH_KEEPING >= chunk.length) return end;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (let i = from; i < end; i++) {
      const message = this.#items[i]!;
      const next = at + message.frameLength;
      message.moveTo(bytes, at);
      at = next;
    }
    return end;
  }

  #restart(items: (Message | undefined)[]): void {
    this.#settled = Math.max(0, this.#settled - this.#head);
    this.#items = items;
    this.#head = 0;
    if (items.length === 0) this.#settled = 0;
  }
}
