import { AsyncSequence, DONE } from "./async-sequence.ts";
import { copyOf, withStackOfCaller } from "../caller-stack.ts";
import type { Message } from "../message.ts";
import type { MessageLoop, Reader, ReaderDelivery } from "./reader-delivery.ts";

/**
 * The messages of a subscription, as many at a time as are there: one await for a whole batch. A batch counts as
 * handled when the loop comes back for the next one; leaving the loop ends the subscription.
 */
export class BatchIterator extends AsyncSequence<Message[]> implements MessageLoop {
  readonly #delivery: ReaderDelivery;
  readonly #limit: number;
  readonly #onReturn: () => void;
  #inHand: readonly Message[] = [];

  constructor(delivery: ReaderDelivery, limit: number, onReturn: () => void) {
    super();
    this.#delivery = delivery;
    this.#limit = limit;
    this.#onReturn = onReturn;
    delivery.enter(this);
  }

  holds(message: Message): boolean {
    return this.#inHand.includes(message);
  }

  async next(): Promise<IteratorResult<Message[], undefined>> {
    this.#release();
    let batch = this.#delivery.readBatch(this.#limit);
    if (batch.length === 0 && !this.#delivery.isExhausted) {
      const first = await this.#first();
      // By now the rest of the chunk that woke us is queued behind the first.
      if (first !== undefined) batch = [first, ...this.#delivery.readBatch(this.#limit - 1)];
    }
    if (batch.length > 0) {
      // Whoever asks for several at once has no use for the ones before.
      this.#release();
      // A copy: the application owns the array that it gets.
      this.#inHand = [...batch];
      return { value: batch, done: false };
    }
    const { error } = this.#delivery;
    if (error !== undefined) throw withStackOfCaller(copyOf(error));
    return DONE;
  }

  return(): Promise<IteratorResult<Message[], undefined>> {
    this.#release();
    this.#delivery.leave(this);
    this.#onReturn();
    return Promise.resolve(DONE);
  }

  #first(): Promise<Message | undefined> {
    return new Promise((resolve) => {
      const reader: Reader = { isSettled: false, onMessage: resolve, onEnd: () => resolve(undefined) };
      this.#delivery.wait(reader);
    });
  }

  #release(): void {
    const batch = this.#inHand;
    this.#inHand = [];
    if (batch.length > 0) this.#delivery.completeAll(batch);
  }
}
