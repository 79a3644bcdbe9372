import {
  type ConnectionError,
  type NatsError,
  NoRespondersError,
  type PermissionError,
  TimeoutError,
} from "../errors.ts";
import type { Message } from "../message.ts";
import type { Deadline, DeadlineList } from "./deadlines.ts";
import { abortedRequest, deniedRequest, lostRequest } from "./request-errors.ts";
import type { ReplyRouter, Requester } from "./reply-router.ts";

/** What a pending request is told to do when it is settled, and whether it outlives its link. */
export interface PendingRequestOptions {
  readonly signal: AbortSignal | undefined;
  readonly survivesDisconnect: boolean;
  /** Removes it from wherever it is registered. */
  readonly release: (request: PendingRequest) => void;
}

/** A request for one response: the first settles it, and everything it registered is gone then (REQ-03, REQ-16). */
export class PendingRequest implements Requester, Deadline {
  readonly subject: string;
  readonly promise: Promise<Message>;
  isSent = false;
  id = -1;
  /** Where it is registered, by its id. */
  router: ReplyRouter | undefined = undefined;
  expiresAt = 0;
  previous: Deadline | undefined = undefined;
  next: Deadline | undefined = undefined;
  list: DeadlineList | undefined = undefined;
  readonly #timeout: number;
  readonly #options: PendingRequestOptions;
  #resolve!: (message: Message) => void;
  #reject!: (error: NatsError) => void;
  readonly #onAbort: (() => void) | undefined;

  constructor(subject: string, timeout: number, options: PendingRequestOptions) {
    this.subject = subject;
    this.#timeout = timeout;
    this.#options = options;
    this.promise = new Promise<Message>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal } = options;
    if (signal === undefined) return;
    this.#onAbort = (): void => this.fail(abortedRequest(subject, signal));
    signal.addEventListener("abort", this.#onAbort);
  }

  onReply(message: Message): void {
    this.#release();
    this.#resolve(message);
  }

  onNoResponders(): void {
    this.fail(new NoRespondersError(this.subject));
  }

  onDisconnected(error: ConnectionError): void {
    if (!this.#options.survivesDisconnect) this.fail(lostRequest(this.subject, error));
  }

  onDenied(error: PermissionError): void {
    this.fail(deniedRequest(this.subject, error));
  }

  onClosed(error: ConnectionError): void {
    this.fail(lostRequest(this.subject, error));
  }

  onExpired(): void {
    const elapsed = Math.round(performance.now() - (this.expiresAt - this.#timeout));
    const what = this.isSent ? "no response" : "not sent, as there was no link to a server";
    const message = `the request to "${this.subject}" timed out after ${this.#timeout} ms: ${what}`;
    this.fail(new TimeoutError(message, { subject: this.subject, elapsed, sent: this.isSent }));
  }

  fail(error: NatsError): void {
    this.#release();
    this.#reject(error);
  }

  #release(): void {
    this.#options.release(this);
    if (this.#onAbort !== undefined) this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }
}
