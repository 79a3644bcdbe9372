import { copyOf, rejection } from "../../core/caller-stack.ts";
import { AsyncSequence, DONE } from "../../core/delivery/async-sequence.ts";
import type { MessageLoop, MessageReaders, WaitingReader } from "./message-readers.ts";

type Result<E> = IteratorResult<E, undefined>;

/** A call of `next()` that found nothing. */
class WaitingNext<I, E> implements WaitingReader<I> {
  readonly promise: Promise<Result<E>>;
  readonly #iterator: WatchIterator<I, E>;
  #resolve!: (result: Result<E> | Promise<Result<E>>) => void;

  constructor(iterator: WatchIterator<I, E>) {
    this.#iterator = iterator;
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  onMessage(item: I): void {
    const result = this.#iterator.hand(item);
    // It is left out: the next one, then.
    if (result === undefined) this.#iterator.wait(this);
    else this.#resolve(result);
  }

  onEnd(): void {
    this.#resolve(this.#iterator.end());
  }
}

/**
 * The events of a watch one by one. What lies on the shelf becomes an event when the loop comes for it, and what becomes none
 * is passed over. Leaving the loop ends it all.
 */
export class WatchIterator<I, E> extends AsyncSequence<E> implements MessageLoop<I> {
  readonly #readers: MessageReaders<I>;
  readonly #read: (item: I) => E | undefined;
  #inHand: I | undefined;
  #event: E | undefined;

  constructor(readers: MessageReaders<I>, read: (item: I) => E | undefined) {
    super();
    this.#readers = readers;
    this.#read = read;
    readers.enter(this);
  }

  get inHand(): readonly I[] {
    return this.#inHand === undefined ? [] : [this.#inHand];
  }

  /** What the loop has in hand, as it knows it. */
  get event(): E | undefined {
    return this.#inHand === undefined ? undefined : this.#event;
  }

  next(): Promise<Result<E>> {
    this.#release();
    for (let item = this.#readers.read(); item !== undefined; item = this.#readers.read()) {
      const result = this.hand(item);
      if (result !== undefined) return Promise.resolve(result);
    }
    const waiting = new WaitingNext(this);
    this.wait(waiting);
    return waiting.promise;
  }

  return(): Promise<Result<E>> {
    this.#release();
    this.#readers.leave(this);
    return Promise.resolve(DONE);
  }

  /** What the loop gets for an item; undefined if the item is left out. */
  hand(item: I): Result<E> | Promise<Result<E>> | undefined {
    // Whoever asks for several at once has no use for the ones before.
    this.#release();
    this.#inHand = item;
    try {
      const value = this.#read(item);
      this.#event = value;
      if (value !== undefined) return { value, done: false };
      this.#release();
      return undefined;
    } catch (thrown) {
      return this.#fail(thrown);
    }
  }

  wait(reader: WaitingReader<I>): void {
    this.#readers.wait(reader);
  }

  end(): Result<E> | Promise<Result<E>> {
    const { error } = this.#readers;
    return error === undefined ? DONE : rejection(copyOf(error));
  }

  /** What can't be read ends the watch. */
  async #fail(thrown: unknown): Promise<Result<E>> {
    await this.return();
    throw thrown;
  }

  #release(): void {
    const item = this.#inHand;
    if (item === undefined) return;
    this.#inHand = undefined;
    this.#readers.complete(item);
  }
}
