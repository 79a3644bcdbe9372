import { copyOf, rejection } from "../caller-stack.ts";
import { AsyncSequence, DONE } from "./async-sequence.ts";
import type { NatsError } from "../errors.ts";
import type { Message } from "../message.ts";
import type { MessageLoop, Reader, ReaderDelivery } from "./reader-delivery.ts";

/** A call of `next()` that found nothing queued. */
class WaitingNext implements Reader {
  readonly isSettled = false;
  readonly promise: Promise<IteratorResult<Message>>;
  readonly #iterator: MessageIterator;
  #resolve!: (result: IteratorResult<Message> | Promise<never>) => void;

  constructor(iterator: MessageIterator) {
    this.#iterator = iterator;
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  onMessage(message: Message): void {
    this.#resolve(this.#iterator.hand(message));
  }

  onEnd(): void {
    const error = this.#iterator.error;
    this.#resolve(error === undefined ? DONE : rejection(copyOf(error)));
  }
}

/**
 * The messages of a subscription one by one. A message counts as handled when the loop comes back for the next one;
 * leaving the loop ends the subscription.
 */
export class MessageIterator extends AsyncSequence<Message> implements MessageLoop {
  readonly #delivery: ReaderDelivery;
  readonly #onReturn: () => void;
  #inHand: Message | undefined;

  constructor(delivery: ReaderDelivery, onReturn: () => void) {
    super();
    this.#delivery = delivery;
    this.#onReturn = onReturn;
    delivery.enter(this);
  }

  holds(message: Message): boolean {
    return this.#inHand === message;
  }

  get error(): NatsError | undefined {
    return this.#delivery.error;
  }

  hand(message: Message): IteratorResult<Message> {
    // Whoever asks for several at once has no use for the ones before.
    this.#release();
    this.#inHand = message;
    return { value: message, done: false };
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    this.#release();
    const message = this.#delivery.read();
    if (message !== undefined) return Promise.resolve(this.hand(message));
    const waiting = new WaitingNext(this);
    this.#delivery.wait(waiting);
    return waiting.promise;
  }

  return(): Promise<IteratorResult<Message, undefined>> {
    this.#release();
    this.#delivery.leave(this);
    this.#onReturn();
    return Promise.resolve(DONE);
  }

  #release(): void {
    const message = this.#inHand;
    if (message === undefined) return;
    this.#inHand = undefined;
    this.#delivery.complete(message);
  }
}
