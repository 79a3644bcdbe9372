import { AsyncSequence, DONE } from "../delivery/async-sequence.ts";
import type { Message } from "../message.ts";

type Result = IteratorResult<Message, undefined>;

/** Begins to ask; the promise that `ask` returns says how it ended. */
export type BeginWatched = (ask: () => Promise<number>) => Promise<number>;

/** The responses to one request that somebody watches, from the first that is asked for until there are no more. */
export class WatchedResponses extends AsyncSequence<Message> {
  readonly #begin: BeginWatched;
  readonly #open: () => AsyncSequence<Message>;
  #responses: AsyncSequence<Message> | undefined;
  #state: "new" | "open" | "over" = "new";
  #count = 0;
  #end!: (outcome: number | Promise<never>) => void;

  /** `open` makes the responses, once, within `begin`. */
  constructor(begin: BeginWatched, open: () => AsyncSequence<Message>) {
    super();
    this.#begin = begin;
    this.#open = open;
  }

  next(): Promise<Result> {
    if (this.#state !== "new") return this.#follow(this.#responses?.next() ?? Promise.resolve(DONE));
    this.#state = "open";
    let first!: Promise<Result>;
    const over = new Promise<number>((resolve) => (this.#end = resolve));
    const ended = this.#begin(() => {
      first = this.#follow(this.#ask());
      return over;
    });
    // Whoever loops is told of a failure by `next`.
    ended.catch(() => undefined);
    return first;
  }

  async #ask(): Promise<Result> {
    this.#responses = this.#open();
    return await this.#responses.next();
  }

  return(): Promise<Result> {
    this.#settle(this.#count);
    return this.#responses?.return() ?? Promise.resolve(DONE);
  }

  async #follow(next: Promise<Result>): Promise<Result> {
    try {
      const result = await next;
      if (result.done === true) this.#settle(this.#count);
      else this.#count++;
      return result;
    } catch (thrown) {
      this.#settle(next as Promise<never>);
      throw thrown;
    }
  }

  #settle(outcome: number | Promise<never>): void {
    if (this.#state === "open") this.#end(outcome);
    this.#state = "over";
  }
}
