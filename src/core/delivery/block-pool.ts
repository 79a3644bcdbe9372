import { MessageBlock } from "./message-block.ts";

/** How many messages a block of the pool has room for. */
const BLOCK = 256;

/** How many blocks are kept for reuse: as many as the messages in one chunk fill, which loops empty before the next. */
const KEPT = 8;

/** Blocks for all queues of a connection: making one costs more than filling it. */
export class BlockPool {
  readonly #free: MessageBlock[] = [];

  take(): MessageBlock {
    return this.#free.pop() ?? new MessageBlock(BLOCK);
  }

  /** Takes a block back that is empty; a smaller one is of no use to anybody. */
  give(block: MessageBlock): void {
    if (block.capacity !== BLOCK || this.#free.length === KEPT) return;
    block.clear();
    this.#free.push(block);
  }
}
