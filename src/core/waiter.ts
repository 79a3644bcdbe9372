import { copyOf, rejection } from "./caller-stack.ts";
import { AbortError, type ErrorFacts, type NatsError, TimeoutError } from "./errors.ts";
import type { AbortListener, AbortSource } from "./shared-signal.ts";
import { TimeLimit } from "./time-limit.ts";

/** Limits of a wait: whatever waits takes these. */
export interface WaitOptions {
  /** Milliseconds, up to 2^31 - 1. */
  readonly timeout?: number;
  /** Ends the wait with an `ABORTED` error whose cause is the signal's reason. */
  readonly signal?: AbortSignal;
}

/** As {@link WaitOptions}, with a signal that may be shared by many waits. */
export interface WaitLimits {
  readonly timeout?: number;
  readonly signal?: AbortSource;
}

/** What a wait is for, as its errors tell it. */
export interface WaitSubject extends ErrorFacts {
  /** As in "timed out waiting for …". */
  readonly what: string;
}

/**
 * A promise with a time limit and a signal, whose timer and listener are gone as soon as it is settled.
 * For what waits now and then; requests have their own deadlines, as they may be many.
 */
export class Waiter<T> implements AbortListener {
  readonly promise: Promise<T>;
  readonly #subject: WaitSubject;
  readonly #why: (() => NatsError | undefined) | undefined;
  readonly #signal: AbortSource | undefined;
  readonly #startedAt = performance.now();
  #resolve!: (outcome: T | Promise<never>) => void;
  readonly #limit: TimeLimit | undefined;
  #isSettled = false;

  /** `why` is asked when the time is up: what has kept it waiting, as far as is known. */
  constructor(options: WaitLimits, subject: WaitSubject, why?: () => NatsError | undefined) {
    this.#subject = subject;
    this.#why = why;
    this.#signal = options.signal;
    this.promise = new Promise<T>((resolve) => {
      this.#resolve = resolve;
    });
    if (options.signal?.aborted === true) {
      this.handleEvent();
      return;
    }
    options.signal?.addEventListener("abort", this);
    const { timeout } = options;
    if (timeout === undefined) return;
    this.#limit = new TimeLimit(() => this.#onTimeout(timeout));
    this.#limit.start(timeout);
  }

  /** A waiter that is settled stays where it is queued; its owner passes over it. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  resolve(value: T): void {
    if (this.#isSettled) return;
    this.#release();
    this.#resolve(value);
  }

  /** Rejects with a copy of `error`: others may be told of it too. */
  reject(error: NatsError): void {
    if (!this.#isSettled) this.#fail(copyOf(error));
  }

  #fail(error: NatsError): void {
    this.#release();
    this.#resolve(rejection(error));
  }

  #onTimeout(timeout: number): void {
    const { what, ...facts } = this.#subject;
    const elapsed = Math.round(performance.now() - this.#startedAt);
    const cause = this.#why?.();
    const reason = cause === undefined ? "" : `: ${cause.message}`;
    const text = `timed out after ${timeout} ms waiting for ${what}${reason}`;
    this.#fail(new TimeoutError(text, { ...facts, elapsed, ...(cause === undefined ? {} : { cause }) }));
  }

  /** The signal aborts. */
  handleEvent(): void {
    const { what, ...facts } = this.#subject;
    const cause: unknown = this.#signal?.reason;
    this.#fail(new AbortError(`aborted while waiting for ${what}`, { ...facts, cause }));
  }

  #release(): void {
    this.#isSettled = true;
    this.#limit?.stop();
    this.#signal?.removeEventListener("abort", this);
  }
}
