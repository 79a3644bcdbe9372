import type { PermissionError } from "../errors.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { deny } from "./reply-router.ts";
import type { Requester } from "./requester.ts";
import type { Interest } from "../delivery/subscription-table.ts";

/** The subscription of a request that has an inbox to itself (REQ-20). */
export class OwnInbox implements Interest {
  readonly sid: number;
  readonly subject: string;
  readonly queue = undefined;
  readonly remaining = undefined;
  readonly takesReplies = true;
  readonly #requester: Requester;

  constructor(sid: number, subject: string, requester: Requester) {
    this.sid = sid;
    this.subject = subject;
    this.#requester = requester;
  }

  receive(frame: MessageFrame): void {
    this.#requester.router.host.confirm(this.#requester.position);
    this.#requester.receive(frame);
  }

  onDenied(error: PermissionError): void {
    deny(this.#requester, error);
  }

  onRestored(): void {
    // There is no limit to count.
  }

  unpin(): void {
    // The response is handed over at once.
  }

  onClosed(): void {
    // Requests are told by those they belong to.
  }
}
