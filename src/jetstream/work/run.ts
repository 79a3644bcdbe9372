import type { NatsError } from "../../core/errors.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { HeldMessage } from "./held-message.ts";
import type { HandlerContext } from "./options.ts";

/** What a handler gets beside its messages. Most never look at the signal, so it is made for those that do. */
class RunContext implements HandlerContext {
  #controller: AbortController | undefined;
  #reason: NatsError | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Whether the handler has looked at its signal: then an abort is no surprise to it. */
  get isWatched(): boolean {
    return this.#controller !== undefined;
  }

  abort(reason: NatsError): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }
}

/** What a handler threw. */
export interface Failure {
  readonly thrown: unknown;
}

/**
 * running: the handler is at work. settling: it has ended, or is not waited for any longer, and its messages are being settled.
 * over: it takes up no place. left: the work was ended while the handler was at work.
 */
export type RunState = "running" | "settling" | "over" | "left";

/** One call of a handler. */
export class Run {
  readonly items: readonly HeldMessage[];
  readonly context: RunContext = new RunContext();
  readonly begunAt: number = performance.now();
  state: RunState = "running";
  /** The handler has come back, whether it was waited for or not. */
  hasReturned = false;
  /** No handler was called, for a function of the application failed before. */
  isRefused = false;

  constructor(items: readonly HeldMessage[]) {
    this.items = items;
  }

  /** Whether an error of the handler is about one message. */
  get isOfOne(): boolean {
    return this.items.length === 1;
  }

  /** Whether no drain waits for any of its messages. */
  isSpared(spared: ReadonlySet<JetStreamMessage>): boolean {
    return this.items.every(({ message }) => spared.has(message));
  }
}
