import type { PermissionError } from "../errors.ts";
import type { MessageContext } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { deliver, type Requester } from "./reply-router.ts";
import type { Interest } from "../delivery/subscription-table.ts";

/** The subscription of a request that has an inbox to itself (REQ-20). */
export class OwnInbox implements Interest {
  readonly sid: number;
  readonly subject: string;
  readonly queue = undefined;
  readonly remaining = undefined;
  readonly takesReplies = true;
  readonly #requester: Requester;
  readonly #context: MessageContext;

  constructor(sid: number, subject: string, requester: Requester, context: MessageContext) {
    this.sid = sid;
    this.subject = subject;
    this.#requester = requester;
    this.#context = context;
  }

  receive(frame: MessageFrame): void {
    deliver(frame, this.#requester, this.#context);
  }

  onDenied(error: PermissionError): void {
    this.#requester.onDenied(error);
  }

  onRestored(): void {
    // There is no limit to count.
  }

  settle(): void {
    // The response is handed over at once.
  }

  onClosed(): void {
    // The request is registered with the router too, which tells it.
  }
}
