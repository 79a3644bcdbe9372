import { rejection } from "../caller-stack.ts";
import type { NatsError } from "../errors.ts";
import type { Message } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import type { AbortSource } from "../shared-signal.ts";
import { deliver } from "./deliver.ts";
import { lateRequest } from "./request-errors.ts";
import type { ReplyRouter } from "./reply-router.ts";
import { TimedRequester } from "./timed-requester.ts";

/** A request for one response: the first ends it, and everything it registered is gone then (REQ-03, REQ-16). */
export class PendingRequest extends TimedRequester {
  readonly #resolve: (outcome: Message | Promise<never>) => void;

  /** `resolve` settles the promise that the application has. */
  constructor(
    subject: string,
    router: ReplyRouter,
    signal: AbortSource | undefined,
    survivesDisconnect: boolean,
    resolve: (outcome: Message | Promise<never>) => void,
  ) {
    super(subject, router, signal, survivesDisconnect);
    this.#resolve = resolve;
  }

  receive(frame: MessageFrame): void {
    deliver(frame, this);
  }

  onReply(message: Message): void {
    this.router.host.release(this);
    this.#resolve(message);
  }

  onExpired(timeout: number): void {
    const elapsed = Math.round(performance.now() - (this.expiresAt - timeout));
    this.fail(lateRequest(this.subject, timeout, elapsed, this.isSent));
  }

  fail(error: NatsError): void {
    this.router.host.release(this);
    this.#resolve(rejection(error));
  }
}
