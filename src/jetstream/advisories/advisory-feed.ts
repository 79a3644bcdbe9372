import { copyOf, rejection } from "../../core/caller-stack.ts";
import { AsyncSequence, DONE } from "../../core/delivery/async-sequence.ts";
import { failureOf } from "../../core/delivery/subscription-errors.ts";
import type { Subscription } from "../../core/delivery/subscription.ts";
import type { NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { Advisory } from "./advisory.ts";

/** So many advisories wait here, in the order in which they came. More wait in their subscriptions, within their limits. */
const CAPACITY = 1024;

type Result = IteratorResult<Advisory, undefined>;

/** What several subscriptions receive, as one sequence. */
export class AdvisoryFeed extends AsyncSequence<Advisory> {
  readonly #read: (message: Message) => Advisory;
  readonly #subscriptions: Subscription[] = [];
  readonly #held: Advisory[] = [];
  #readers: ((result: Result | Promise<never>) => void)[] = [];
  /** Subscriptions that wait for room. */
  #stalled: (() => void)[] = [];
  #end: { error: NatsError | undefined } | undefined;

  constructor(read: (message: Message) => Advisory) {
    super();
    this.#read = read;
  }

  /** Takes a message of a subscription, which waits with its next one until there is room. */
  readonly take = (message: Message): void | Promise<void> => {
    if (this.#end !== undefined) return undefined;
    const advisory = this.#read(message);
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ value: advisory, done: false });
      return undefined;
    }
    this.#held.push(advisory);
    if (this.#held.length < CAPACITY) return undefined;
    return new Promise((resolve) => this.#stalled.push(resolve));
  };

  /** Ends with this subscription, which gives its messages to {@link take}. */
  follow(subscription: Subscription): void {
    this.#subscriptions.push(subscription);
    void subscription.closed.then(({ error }) => this.#finish(failureOf(error)));
  }

  next(): Promise<Result> {
    const advisory = this.#held.shift();
    if (advisory !== undefined) {
      this.#makeRoom();
      return Promise.resolve({ value: advisory, done: false });
    }
    if (this.#end !== undefined) return Promise.resolve(this.#lastResult());
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<Result> {
    this.#finish(undefined);
    this.#held.length = 0;
    return Promise.resolve(DONE);
  }

  #makeRoom(): void {
    const stalled = this.#stalled;
    this.#stalled = [];
    for (const goOn of stalled) goOn();
  }

  /** The first reason counts. */
  #finish(error: NatsError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#makeRoom();
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader(this.#lastResult());
  }

  /** An error is told once. */
  #lastResult(): Result | Promise<never> {
    const error = this.#end?.error;
    if (error === undefined) return DONE;
    this.#end = { error: undefined };
    return rejection(copyOf(error));
  }
}
