import type { Message, MessageContext } from "../message.ts";
import { type MessageFrame, NO_BYTES } from "../protocol/decoder.ts";
import type { BlockPool } from "./block-pool.ts";
import { HeldBytes } from "./held-bytes.ts";
import { MessageBlock } from "./message-block.ts";
import type { PendingCount } from "./pending.ts";

/** How many messages a queue has room for without a block of the pool: many queues never hold more. */
const FIRST_BLOCK = 8;

/** The largest page that is made for more than there is to move. */
const MAX_PAGE = 16 * 1024;

const NOTHING_HELD = new HeldBytes(NO_BYTES);

/**
 * Messages in order of arrival, kept as received bytes and where they lie in them: a `Message` is made when one is handed
 * out.
 */
export class MessageQueue {
  readonly #context: MessageContext;
  readonly #pool: BlockPool;
  readonly #first = new MessageBlock(FIRST_BLOCK);
  #head: MessageBlock = this.#first;
  #tail: MessageBlock = this.#first;
  #length = 0;
  /** Where the last message lies. */
  #newest = NOTHING_HELD;
  /** All that has come since the last chunk was unpinned. */
  readonly #fresh: HeldBytes[] = [];
  /** The block from which on messages lie in the newest chunk. */
  #pinned: MessageBlock = this.#first;
  /** Where messages go that are a small part of the chunk that they came in. */
  #page = NOTHING_HELD;
  #pageEnd = 0;

  constructor(context: MessageContext, pool: BlockPool) {
    this.#context = context;
    this.#pool = pool;
  }

  get length(): number {
    return this.#length;
  }

  push(frame: MessageFrame): void {
    if (this.#tail.isFull) this.#extend();
    if (frame.bytes !== this.#newest.bytes) this.#begin(frame.bytes);
    this.#tail.push(frame, this.#newest);
    this.#length++;
  }

  #begin(bytes: Uint8Array): void {
    this.#newest = new HeldBytes(bytes);
    this.#fresh.push(this.#newest);
  }

  #extend(): void {
    const block = this.#pool.take();
    this.#tail.next = block;
    this.#tail = block;
  }

  shift(): Message | undefined {
    if (this.#length === 0) return undefined;
    const message = this.#head.shift(this.#context);
    this.#length--;
    if (this.#head.length === 0) this.#leaveHead();
    return message;
  }

  /** Takes up to `limit` messages at once. */
  take(limit: number): Message[] {
    const taken: Message[] = [];
    for (let left = Math.min(limit, this.#length); left > 0;) {
      const block = this.#head;
      const count = Math.min(left, block.length);
      for (let i = 0; i < count; i++) taken.push(block.shift(this.#context));
      left -= count;
      this.#length -= count;
      if (block.length === 0) this.#leaveHead();
    }
    return taken;
  }

  /** Keeps the `count` oldest messages; returns how much the others were. */
  truncate(count: number): PendingCount {
    const messages = Math.max(0, this.#length - count);
    if (messages === 0) return { messages, bytes: 0 };
    let block = this.#head;
    let left = count;
    while (left > block.length) {
      left -= block.length;
      block = block.next!;
    }
    let bytes = block.truncate(left);
    for (let next = block.next; next !== undefined; next = next.next) bytes += next.truncate(0);
    block.next = undefined;
    this.#tail = block;
    this.#length = count;
    this.#pinned = this.#head;
    if (count === 0) this.#restart();
    return { messages, bytes };
  }

  /**
   * To be called when the next chunk arrives. What is left of the last one gets bytes of its own if it is a small
   * part of that chunk: else one small unread message would pin 64 KiB, and the limits count payloads only.
   */
  unpin(): void {
    for (const block of this.#pinnedBlocks()) block.measure();
    let need = 0;
    for (const held of this.#fresh) if (held.isSparse) need += held.used;
    const page = this.#pageFor(need);
    for (const block of this.#pinnedBlocks()) this.#pageEnd = block.unpin(page, this.#pageEnd);
    this.#pinned = this.#tail;
    this.#newest = NOTHING_HELD;
    this.#fresh.length = 0;
  }

  *#pinnedBlocks(): IterableIterator<MessageBlock> {
    for (let block: MessageBlock | undefined = this.#pinned; block !== undefined; block = block.next)
      yield block;
  }

  /** A page with room for so many bytes: larger ones as more messages come one by one. */
  #pageFor(need: number): HeldBytes {
    const { length } = this.#page.bytes;
    if (length - this.#pageEnd < need) {
      this.#page = new HeldBytes(new Uint8Array(Math.max(need, Math.min(2 * length, MAX_PAGE))));
      this.#pageEnd = 0;
    }
    return this.#page;
  }

  /** All of the first block has been taken out. */
  #leaveHead(): void {
    const left = this.#head;
    const { next } = left;
    if (next === undefined) {
      this.#restart();
    } else {
      if (this.#pinned === left) this.#pinned = next;
      this.#head = next;
    }
    this.#pool.give(left);
  }

  /** Nothing is left. */
  #restart(): void {
    const block = this.#first;
    block.clear();
    this.#head = block;
    this.#tail = block;
    this.#pinned = block;
    this.#page = NOTHING_HELD;
    this.#pageEnd = 0;
    // The next chunk may be long in coming.
    this.#newest = NOTHING_HELD;
    this.#fresh.length = 0;
  }
}
