import type { AsyncSequence } from "../delivery/async-sequence.ts";
import {
  type ConnectionError,
  type NatsError,
  NoRespondersError,
  type PermissionError,
  SubscriptionError,
} from "../errors.ts";
import type { PendingLimits } from "../delivery/pending.ts";
import type { Message } from "../message.ts";
import { TimeLimit } from "../time-limit.ts";
import type { RequestManyOptions } from "../call-options.ts";
import { abortedRequest, deniedRequest, lostRequest } from "./request-errors.ts";
import type { ReplyRouter, Requester } from "./reply-router.ts";

/** What a collector asks of the connection. */
export interface ResponseCollectorHost {
  /** Publishes the request with `collector` as requester, once. */
  send(collector: ResponseCollector): void;
  /** Forgets the collector. */
  release(collector: ResponseCollector): void;
}

/**
 * The responses to one request, until the time, their number, a silence or an end mark says that it is enough
 * (ADR-47). The request is sent when the first response is asked for.
 */
export class ResponseCollector implements Requester, AsyncSequence<Message> {
  id = -1;
  /** Where it is registered, by its id. */
  router: ReplyRouter | undefined = undefined;
  readonly subject: string;
  isSent = false;
  readonly #options: RequestManyOptions & { readonly maxWait: number };
  readonly #limits: PendingLimits;
  readonly #host: ResponseCollectorHost;
  #responses: Message[] = [];
  #bytes = 0;
  #received = 0;
  #waiting: {
    resolve: (result: IteratorResult<Message, undefined>) => void;
    reject: (error: NatsError) => void;
  }[] = [];
  #hasBegun = false;
  #isOver = false;
  #error: NatsError | undefined;
  readonly #maxWait = new TimeLimit(() => this.#end());
  readonly #stall = new TimeLimit(() => this.#end());

  constructor(
    subject: string,
    options: RequestManyOptions & { readonly maxWait: number },
    limits: PendingLimits,
    host: ResponseCollectorHost,
  ) {
    this.subject = subject;
    this.#options = options;
    this.#limits = limits;
    this.#host = host;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    if (!this.#hasBegun) this.#begin();
    const response = this.#responses.shift();
    if (response !== undefined) {
      this.#bytes -= response.size;
      return Promise.resolve({ value: response, done: false });
    }
    if (!this.#isOver) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const error = this.#error;
    // A failure is told once; after it the iterator is just at its end.
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<Message, undefined>> {
    this.#hasBegun = true;
    this.#responses = [];
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  #begin(): void {
    this.#hasBegun = true;
    const { signal, maxWait } = this.#options;
    if (signal?.aborted === true) {
      this.#end(abortedRequest(this.subject, signal));
      return;
    }
    try {
      this.#host.send(this);
    } catch (thrown) {
      this.#end(thrown as NatsError);
      return;
    }
    signal?.addEventListener("abort", this.#onAbort);
    this.#maxWait.start(maxWait);
  }

  onReply(message: Message): void {
    if (this.#isOver) return;
    const { sentinel, stall, maxMessages } = this.#options;
    if (sentinel !== undefined && this.#isSentinel(sentinel, message)) return;
    this.#received++;
    this.#hand(message);
    if (this.#received === maxMessages) this.#end();
    else if (stall !== undefined) this.#stall.start(stall);
  }

  #isSentinel(sentinel: (response: Message) => boolean, message: Message): boolean {
    try {
      if (!sentinel(message)) return false;
      this.#end();
    } catch (cause) {
      const text = `the sentinel of a request to "${this.subject}" failed: ${String(cause)}`;
      this.#end(new SubscriptionError("HANDLER_FAILED", text, { subject: this.subject, cause }));
    }
    return true;
  }

  #hand(message: Message): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve({ value: message, done: false });
      return;
    }
    this.#responses.push(message);
    this.#bytes += message.size;
    if (this.#responses.length <= this.#limits.messages && this.#bytes <= this.#limits.bytes) return;
    const text = `responses to "${this.subject}" come faster than they are read`;
    this.#end(new SubscriptionError("SLOW_CONSUMER", text, { subject: this.subject }));
  }

  onNoResponders(): void {
    this.#end(new NoRespondersError(this.subject));
  }

  onDisconnected(error: ConnectionError): void {
    this.#end(lostRequest(this.subject, error));
  }

  onDenied(error: PermissionError): void {
    this.#end(deniedRequest(this.subject, error));
  }

  onClosed(error: ConnectionError): void {
    this.#end(lostRequest(this.subject, error));
  }

  readonly #onAbort = (): void => this.#end(abortedRequest(this.subject, this.#options.signal!));

  #end(error?: NatsError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.release(this);
    this.#maxWait.stop();
    this.#stall.stop();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    const waiting = this.#waiting;
    this.#waiting = [];
    if (error !== undefined && waiting.length === 0) this.#error = error;
    waiting.forEach(({ resolve, reject }, i) => {
      if (i === 0 && error !== undefined) reject(error);
      else resolve({ value: undefined, done: true });
    });
  }
}
