import { rejection } from "../caller-stack.ts";
import type { ItemSource } from "../delivery/async-sequence.ts";
import type { PendingLimits } from "../delivery/pending.ts";
import { type NatsError, SubscriptionError } from "../errors.ts";
import type { Message } from "../message.ts";
import { Fifo } from "../fifo.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import type { RequestManyOptions } from "../call-options.ts";
import type { AbortSource } from "../shared-signal.ts";
import { TimeLimit } from "../time-limit.ts";
import type { deliver } from "./deliver.ts";
import { abortedRequest, lateRequest } from "./request-errors.ts";
import type { ReplyRouter } from "./reply-router.ts";
import { Requester } from "./requester.ts";

type Result = IteratorResult<Message, undefined>;

/** When a collector has enough. */
export type CollectorOptions = Pick<RequestManyOptions, "stall" | "maxMessages" | "sentinel"> & {
  readonly maxWait: number;
};

/** What a collector needs of the requests of a connection. */
export interface CollectorHost {
  readonly limits: PendingLimits;
  /** Publishes the request, once. */
  send(collector: ResponseCollector): void;
  // Passed in, for an import would tie half of the core to a chunk that is loaded on demand.
  readonly deliver: typeof deliver;
}

const DONE: Result = { value: undefined, done: true };

/**
 * The responses to one request, until the time, their number, a silence or an end mark says that it is enough
 * (ADR-47). The request is sent when the first response is asked for.
 */
export class ResponseCollector extends Requester implements ItemSource<Message> {
  readonly #options: CollectorOptions;
  readonly #host: CollectorHost;
  readonly #responses = new Fifo<Message>();
  #bytes = 0;
  #received = 0;
  readonly #waiting = new Fifo<(result: Result | Promise<never>) => void>();
  #state: "new" | "open" | "over" = "new";
  #error: NatsError | undefined;
  readonly #maxWait = new TimeLimit(() => this.#onMaxWait());
  readonly #stall = new TimeLimit(() => this.#end());

  constructor(
    subject: string,
    router: ReplyRouter,
    signal: AbortSource | undefined,
    options: CollectorOptions,
    host: CollectorHost,
  ) {
    super(subject, router, signal, false);
    this.#options = options;
    this.#host = host;
  }

  next(): Promise<Result> {
    if (this.#state === "new") this.#begin();
    const response = this.#responses.shift();
    if (response !== undefined) {
      this.#bytes -= response.size;
      return Promise.resolve({ value: response, done: false });
    }
    if (this.#state === "open") return new Promise<Result>((resolve) => this.#waiting.push(resolve));
    const error = this.#error;
    // A failure is told once; after it the iterator is just at its end.
    this.#error = undefined;
    return error === undefined ? Promise.resolve(DONE) : rejection(error);
  }

  /** Ends it, also one that was never begun. */
  return(): Promise<Result> {
    this.#responses.clear();
    this.#end();
    return Promise.resolve(DONE);
  }

  #begin(): void {
    this.#state = "open";
    const { signal } = this;
    if (signal?.aborted === true) {
      this.#end(abortedRequest(this.subject, signal.reason, false));
      return;
    }
    try {
      this.#host.send(this);
    } catch (thrown) {
      this.#end(thrown as NatsError);
      return;
    }
    signal?.addEventListener("abort", this);
    this.#maxWait.start(this.#options.maxWait);
  }

  receive(frame: MessageFrame): void {
    this.#host.deliver(frame, this);
  }

  onReply(message: Message): void {
    if (this.#state !== "open") return;
    const { stall, maxMessages } = this.#options;
    if (this.#isEndMark(message)) return;
    this.#received++;
    this.#hand(message);
    if (this.#received === maxMessages) this.#end();
    else if (stall !== undefined && this.#state === "open") this.#stall.start(stall);
  }

  /** Returns whether it was not a response; then it is over. */
  #isEndMark(message: Message): boolean {
    const { sentinel } = this.#options;
    if (sentinel === undefined) return false;
    try {
      if (sentinel === "empty" ? message.size > 0 : !sentinel(message)) return false;
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
      waiting({ value: message, done: false });
      return;
    }
    this.#responses.push(message);
    this.#bytes += message.size;
    const { messages, bytes } = this.#host.limits;
    if (this.#responses.length <= messages && this.#bytes <= bytes) return;
    const text = `responses to "${this.subject}" come faster than they are read`;
    this.#end(new SubscriptionError("SLOW_CONSUMER", text, { subject: this.subject }));
  }

  /** The time is over: that is a usual end, unless the request was never sent. */
  #onMaxWait(): void {
    const { maxWait } = this.#options;
    this.#end(this.isSent ? undefined : lateRequest(this.subject, maxWait, maxWait, false));
  }

  fail(error: NatsError): void {
    this.#end(error);
  }

  #end(error?: NatsError): void {
    const isOpen = this.#state === "open";
    this.#state = "over";
    if (!isOpen) return;
    this.router.host.release(this);
    this.#maxWait.stop();
    this.#stall.stop();
    const first = this.#waiting.shift();
    if (first === undefined) this.#error = error;
    else first(error === undefined ? DONE : rejection(error));
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next(DONE);
  }
}
