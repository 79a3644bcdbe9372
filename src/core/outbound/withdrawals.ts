import type { Counters } from "../statistics.ts";
import type { ChunkQueue } from "./chunk-queue.ts";
import type { SlabWriter } from "./slab-writer.ts";
import type { Taken, Unsendable } from "./unsendable.ts";

/** Messages that wait and are not to be sent: taken out together, and before anything is sent. */
export class Withdrawals {
  readonly #queue: ChunkQueue;
  readonly #writer: SlabWriter;
  readonly #counters: Counters;
  /** Their positions. */
  readonly #positions = new Set<number>();

  constructor(queue: ChunkQueue, writer: SlabWriter, counters: Counters) {
    this.#queue = queue;
    this.#writer = writer;
    this.#counters = counters;
  }

  get size(): number {
    return this.#positions.size;
  }

  /**
   * Adds a message that waits; returns whether it is time to {@link remove} all: thousands may come in a row, and removing
   * goes through all that waits.
   */
  add(position: number): boolean {
    this.#positions.add(position);
    return this.#positions.size * 2 > this.#queue.messages + this.#writer.messages;
  }

  /** Takes the messages out that a server does not take; returns why, by position. They still count as published. */
  takeUnsendable(taken: Taken): Unsendable {
    this.#writer.seal();
    const found = this.#queue.unsendable(taken);
    if (found.size > 0) this.#queue.remove(found);
    return found;
  }

  /** Takes them out, and out of what counts as published. Returns whether there were any. */
  remove(): boolean {
    if (this.#positions.size === 0) return false;
    this.#writer.seal();
    const before = this.#queue.messages;
    this.#counters.outBytes -= this.#queue.remove(this.#positions);
    this.#counters.outMessages -= before - this.#queue.messages;
    this.#positions.clear();
    return true;
  }
}
