import { copyOf, rejection } from "../../core/caller-stack.ts";
import { AsyncSequence, DONE } from "../../core/delivery/async-sequence.ts";
import type { MessageLoop, MessageReaders, WaitingReader } from "./message-readers.ts";

/** A call of `next()` that found nothing. */
class WaitingNext<M> implements WaitingReader<M> {
  readonly promise: Promise<IteratorResult<M, undefined>>;
  readonly #iterator: ConsumeIterator<M>;
  #resolve!: (result: IteratorResult<M, undefined> | Promise<never>) => void;

  constructor(iterator: ConsumeIterator<M>) {
    this.#iterator = iterator;
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  onMessage(message: M): void {
    this.#resolve(this.#iterator.hand(message));
  }

  onEnd(): void {
    this.#resolve(this.#iterator.end());
  }
}

/** Messages one by one. A message counts as handled when the loop comes back for the next one. To leave the loop ends it all. */
export class ConsumeIterator<M> extends AsyncSequence<M> implements MessageLoop<M> {
  readonly #readers: MessageReaders<M>;
  #inHand: M | undefined;

  constructor(readers: MessageReaders<M>) {
    super();
    this.#readers = readers;
    readers.enter(this);
  }

  get inHand(): readonly M[] {
    return this.#inHand === undefined ? [] : [this.#inHand];
  }

  hand(message: M): IteratorResult<M, undefined> {
    // Whoever asks for several at once has no use for the ones before.
    if (this.#inHand !== undefined) this.#release();
    this.#inHand = message;
    return { value: message, done: false };
  }

  end(): IteratorReturnResult<undefined> | Promise<never> {
    const { error } = this.#readers;
    return error === undefined ? DONE : rejection(copyOf(error));
  }

  next(): Promise<IteratorResult<M, undefined>> {
    if (this.#inHand !== undefined) this.#release();
    const message = this.#readers.read();
    if (message !== undefined) {
      this.#inHand = message;
      return Promise.resolve({ value: message, done: false });
    }
    const waiting = new WaitingNext(this);
    this.#readers.wait(waiting);
    return waiting.promise;
  }

  return(): Promise<IteratorResult<M, undefined>> {
    if (this.#inHand !== undefined) this.#release();
    this.#readers.leave(this);
    return Promise.resolve(DONE);
  }

  #release(): void {
    const message = this.#inHand!;
    this.#inHand = undefined;
    this.#readers.complete(message);
  }
}
