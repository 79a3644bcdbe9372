import { copyOf, withStackOfCaller } from "../../core/caller-stack.ts";
import { AsyncSequence, DONE } from "../../core/delivery/async-sequence.ts";
import type { MessageLoop, MessageReaders } from "./message-readers.ts";

/**
 * Messages in batches, each of as many as are there: one `await` for all of them. A batch counts as handled when the loop comes back
 * for the next one. To leave the loop ends it all.
 */
export class ConsumeBatches<M> extends AsyncSequence<M[]> implements MessageLoop<M> {
  readonly #readers: MessageReaders<M>;
  readonly #limit: number;
  #inHand: readonly M[] = [];

  constructor(readers: MessageReaders<M>, limit: number) {
    super();
    this.#readers = readers;
    this.#limit = limit;
    readers.enter(this);
  }

  get inHand(): readonly M[] {
    return this.#inHand;
  }

  async next(): Promise<IteratorResult<M[], undefined>> {
    this.#release();
    let batch = this.#readers.readBatch(this.#limit);
    if (batch.length === 0 && !this.#readers.isExhausted) {
      const first = await this.#first();
      // By now the rest of the chunk that woke us lies behind the first.
      if (first !== undefined) batch = [first, ...this.#readers.readBatch(this.#limit - 1)];
    }
    if (batch.length > 0) {
      // Whoever asks for several at once has no use for the ones before.
      this.#release();
      // A copy: the application owns the array that it gets.
      this.#inHand = [...batch];
      return { value: batch, done: false };
    }
    const { error } = this.#readers;
    if (error !== undefined) throw withStackOfCaller(copyOf(error));
    return DONE;
  }

  return(): Promise<IteratorResult<M[], undefined>> {
    this.#release();
    this.#readers.leave(this);
    return Promise.resolve(DONE);
  }

  #first(): Promise<M | undefined> {
    return new Promise((resolve) => {
      this.#readers.wait({ onMessage: resolve, onEnd: () => resolve(undefined) });
    });
  }

  #release(): void {
    const batch = this.#inHand;
    this.#inHand = [];
    for (const message of batch) this.#readers.complete(message);
  }
}
