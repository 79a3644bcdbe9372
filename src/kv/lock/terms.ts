import { withStackOfCaller } from "../../core/caller-stack.ts";
import { AsyncSequence, DONE } from "../../core/delivery/async-sequence.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { Lock } from "./lock.ts";

type Result = IteratorResult<Lock, undefined>;

/** What one loop over an election needs of it. */
export interface TermsHost {
  /** Waits until it is in office, or `signal` aborts. */
  takeOffice(signal: AbortSignal): Promise<Lock>;
  /** Whether the application has closed the connection. */
  isClosedOnDemand(): Promise<boolean>;
  /** The loop is over. */
  onOver(): void;
}

/** The terms of one candidate, which is one loop. A term ends with the turn of the loop. */
export class Terms extends AsyncSequence<Lock> {
  readonly #host: TermsHost;
  readonly #aborter = new AbortController();
  #term: Lock | undefined;
  #taking: Promise<Result> | undefined;

  constructor(host: TermsHost) {
    super();
    this.#host = host;
  }

  async next(): Promise<Result> {
    // Calls at the same time get their terms one after another.
    const before = this.#taking?.catch(() => undefined) ?? Promise.resolve();
    this.#taking = before.then(() => this.#next());
    return await this.#taking;
  }

  async return(): Promise<Result> {
    await this.stop();
    return DONE;
  }

  /** Stands down. */
  async stop(): Promise<void> {
    this.#aborter.abort();
    await this.#taking?.catch(() => undefined);
    await this.#resign();
    this.#host.onOver();
  }

  async #next(): Promise<Result> {
    await this.#resign();
    if (this.#aborter.signal.aborted) return DONE;
    try {
      const term = await this.#host.takeOffice(this.#aborter.signal);
      this.#term = term;
      // It was told to stop just as it came into office.
      if (!this.#aborter.signal.aborted) return { value: term, done: false };
      await this.#resign();
      return DONE;
    } catch (thrown) {
      if (this.#aborter.signal.aborted || (await this.#isQuiet(thrown))) return DONE;
      this.#host.onOver();
      throw withStackOfCaller(thrown as NatsError);
    }
  }

  async #resign(): Promise<void> {
    const term = this.#term;
    this.#term = undefined;
    await term?.[Symbol.asyncDispose]();
  }

  /** Whether the loop ends without an error: the application has closed the connection. */
  async #isQuiet(thrown: unknown): Promise<boolean> {
    return isNatsError(thrown, "CONNECTION_CLOSED") && (await this.#host.isClosedOnDemand());
  }
}
