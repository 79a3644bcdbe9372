import type { NatsError } from "../errors.ts";
import { Fifo } from "../fifo.ts";
import { Message, type MessageContext } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import type { BlockPool } from "./block-pool.ts";
import type { Delivery, DeliveryListener } from "./delivery.ts";
import { MessageQueue } from "./message-queue.ts";
import type { Pending, PendingCount } from "./pending.ts";

/** Somebody who waits for a message. */
export interface Reader {
  /** Gave up in the meantime, by timeout or signal. */
  readonly isSettled: boolean;
  onMessage(message: Message): void;
  onEnd(): void;
}

/** A loop over messages, or over batches of them. */
export interface MessageLoop {
  /** Whether it works on this message. */
  holds(message: Message): boolean;
}

/** From so many waiting readers on, those that gave up are looked for: a poll with a timeout leaves one each time. */
const PRUNE_FROM = 32;

/**
 * Queues messages until they are read: by `next()`, an iterator, batches or a stream. Several readers share them,
 * each message goes to one.
 */
export class ReaderDelivery implements Delivery {
  readonly #context: MessageContext;
  readonly #pending: Pending;
  readonly #listener: DeliveryListener;
  readonly #queue: MessageQueue;
  readonly #readers = new Fifo<Reader>();
  /** Those that have not ended; undefined if nobody has ever begun to read. */
  #loops: Set<MessageLoop> | undefined;
  #pruneAt = PRUNE_FROM;
  #hasEnded = false;
  #error: NatsError | undefined;

  constructor(context: MessageContext, pool: BlockPool, pending: Pending, listener: DeliveryListener) {
    this.#context = context;
    this.#queue = new MessageQueue(context, pool);
    this.#pending = pending;
    this.#listener = listener;
  }

  /** Nothing is queued, and nothing more will be. */
  get isExhausted(): boolean {
    return this.#hasEnded && this.#queue.length === 0;
  }

  /** Why it ended, if that was a failure. */
  get error(): NatsError | undefined {
    return this.#error;
  }

  /** A loop begins. */
  enter(loop: MessageLoop): void {
    this.#begin().add(loop);
  }

  leave(loop: MessageLoop): void {
    this.#loops?.delete(loop);
  }

  #begin(): Set<MessageLoop> {
    return (this.#loops ??= new Set());
  }

  inHand(messages: readonly Message[]): Message[] {
    const loops = [...(this.#loops ?? [])];
    return messages.filter((message) => loops.some((loop) => loop.holds(message)));
  }

  /** Messages are queued that nobody comes for: nobody has begun to read, or whoever reads waits for a drain. */
  get isForsaken(): boolean {
    const { length } = this.#queue;
    const { messages, spared } = this.#pending;
    return length > 0 && messages - length === spared && (spared > 0 || this.#loops === undefined);
  }

  accept(frame: MessageFrame): void {
    while (this.#readers.length > 0) {
      const reader = this.#readers.shift()!;
      if (reader.isSettled) continue;
      this.#pending.delivered++;
      reader.onMessage(Message.of(this.#context, frame));
      return;
    }
    this.#queue.push(frame);
  }

  /** The oldest message; the reader calls `complete` when it is done with it. */
  read(): Message | undefined {
    this.#begin();
    const message = this.#queue.shift();
    if (message !== undefined) this.#pending.delivered++;
    return message;
  }

  /** All that is queued, up to `limit`. */
  readBatch(limit: number): Message[] {
    const batch = this.#queue.take(limit);
    this.#pending.delivered += batch.length;
    return batch;
  }

  /** Waits behind the readers that wait already; only to be called when nothing is queued. */
  wait(reader: Reader): void {
    this.#begin();
    if (this.#hasEnded) {
      reader.onEnd();
      return;
    }
    if (this.#readers.length >= this.#pruneAt) {
      for (const other of this.#readers.takeAll()) if (!other.isSettled) this.#readers.push(other);
      this.#pruneAt = Math.max(PRUNE_FROM, 2 * this.#readers.length);
    }
    this.#readers.push(reader);
  }

  complete(message: Message): void {
    this.#pending.complete(message);
    if (this.#pending.isIdle) this.#listener.onIdle();
  }

  completeAll(messages: readonly Message[]): void {
    this.#pending.completeAll(messages);
    if (this.#pending.isIdle) this.#listener.onIdle();
  }

  dropOldest(): Message | undefined {
    return this.#queue.shift();
  }

  truncate(count: number): PendingCount {
    return this.#queue.truncate(count);
  }

  /** BARRIER-03: readers are left out. */
  barrier(): Promise<void> {
    return Promise.resolve();
  }

  onSpared(): void {
    // Whoever reads comes for more, or not.
  }

  unpin(): void {
    this.#queue.unpin();
  }

  finish(error: NatsError | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#error = error;
    for (const reader of this.#readers.takeAll()) reader.onEnd();
  }

  abandon(error: NatsError | undefined): number {
    const abandoned = this.#queue.truncate(0);
    this.#pending.forget(abandoned);
    this.finish(error);
    return abandoned.messages;
  }
}
