import type { PermissionError } from "../errors.ts";
import type { MessageContext } from "../message.ts";
import { NameIndex } from "../name-index.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { encodeText } from "../protocol/text.ts";
import { deniedRequest } from "./request-errors.ts";
import { hasSalt, readTokenId, TOKEN_LENGTH, writeSalt, writeTokenId } from "./reply-token.ts";
import type { Requester } from "./requester.ts";
import { RequesterTable } from "./requester-table.ts";
import type { Interest, SubscriptionTable } from "../delivery/subscription-table.ts";

/** What routers and requesters need of those they belong to. */
export interface ReplyRouterHost {
  readonly context: MessageContext;
  readonly table: SubscriptionTable;
  /** Whether the request has been given to a transport. */
  isSent(requester: Requester): boolean;
  /** The server has processed all up to this position: a response has come for what was published there. */
  confirm(position: number): void;
  /** The requester has ended, and its request is not to be sent any more. */
  release(requester: Requester): void;
}

/**
 * All requests of a connection share one wildcard subscription (REQ-01): a response finds its requester by the
 * number in the last token of its subject, without a string being made.
 */
export class ReplyRouter implements Interest {
  readonly subject: string;
  readonly queue = undefined;
  readonly remaining = undefined;
  readonly takesReplies = true;
  readonly host: ReplyRouterHost;
  readonly #requesters = new RequesterTable();
  /** By subject, the youngest first. */
  readonly #bySubject: NameIndex<Requester>;
  /** The reply subject, whose last digits are written anew for each request. */
  readonly #reply: Uint8Array;
  readonly #tokenStart: number;
  #sid = 0;

  /** `inbox` is the subject in front of the token. */
  constructor(inbox: string, host: ReplyRouterHost) {
    this.subject = `${inbox}.*`;
    this.host = host;
    this.#reply = encodeText(`${inbox}.${"0".repeat(TOKEN_LENGTH)}`);
    this.#tokenStart = this.#reply.length - TOKEN_LENGTH;
    writeSalt(this.#reply, this.#tokenStart);
    const requesters = this.#requesters;
    this.#bySubject = new NameIndex({
      all: () => requesters.all().toReversed(),
      nameOf: ({ subject }) => subject,
      newest: () => requesters.lastId,
    });
  }

  get sid(): number {
    return this.#sid;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#requesters.size;
  }

  /** All who wait, the oldest first. */
  get requesters(): Requester[] {
    return this.#requesters.all();
  }

  /** Makes the shared subscription, at the first request that needs it. */
  listen(): void {
    if (this.#sid !== 0) return;
    this.#sid = this.host.table.nextSid();
    this.host.table.add(this);
  }

  /** Registers a requester, before its request is published (REQ-02). */
  add(requester: Requester): void {
    this.#requesters.add(requester);
  }

  remove(requester: Requester): void {
    this.#requesters.remove(requester);
  }

  /** The reply subject for `id`, valid until the next call. */
  replyFor(id: number): Uint8Array {
    writeTokenId(this.#reply, this.#tokenStart, id);
    return this.#reply;
  }

  receive(frame: MessageFrame): void {
    const { bytes, subjectStart, subjectEnd } = frame;
    if (!this.#isOurs(bytes, subjectStart, subjectEnd)) {
      // REQ-08: a subject that was rewritten on its way belongs to the only request there is, if there is just one.
      if (this.#requesters.size === 1) this.requesters[0]!.receive(frame);
      return;
    }
    const requester = this.#findByToken(bytes, subjectStart, subjectEnd);
    if (requester === undefined) return;
    this.host.confirm(requester.position);
    requester.receive(frame);
  }

  /** REQ-09: a token that nobody waits for any more, or that we never made, is nobody's. */
  #findByToken(bytes: Uint8Array, start: number, end: number): Requester | undefined {
    const token = start + this.#tokenStart;
    if (!hasSalt(bytes, token, this.#reply, this.#tokenStart)) return undefined;
    return end - token === TOKEN_LENGTH ? this.#requesters.get(readTokenId(bytes, token)) : undefined;
  }

  /** Whether the subject is our inbox with one more token. */
  #isOurs(bytes: Uint8Array, start: number, end: number): boolean {
    const reply = this.#reply;
    if (end - start < this.#tokenStart) return false;
    for (let i = 0; i < this.#tokenStart; i++) if (bytes[start + i] !== reply[i]) return false;
    return true;
  }

  /**
   * The server refuses a subject; returns whether a request failed of it. If it is that of a request, the oldest such
   * request fails, for the server refuses them one by one.
   */
  onDenied(error: PermissionError): boolean {
    const { code, subject = "" } = error;
    const bytes = encodeText(subject);
    if (this.#isOurs(bytes, 0, bytes.length)) {
      if (code === "SUBSCRIBE_DENIED") return this.#onInboxDenied(error);
      // A responder of this connection may not publish to the inbox: that concerns whose response it was, if anybody.
      return deny(this.#findByToken(bytes, 0, bytes.length), error);
    }
    if (code === "SUBSCRIBE_DENIED") return false;
    return deny(this.#oldestTo(subject), error);
  }

  #oldestTo(subject: string): Requester | undefined {
    for (
      let list = this.#bySubject.listOf(subject);
      list.length > 0;
      list = this.#bySubject.listOf(subject)
    ) {
      const oldest = list.pop()!;
      if (this.#requesters.get(oldest.id) === oldest) return oldest;
    }
    return undefined;
  }

  /** No response can come: all requests fail, and the next one asks for the inbox again. */
  #onInboxDenied(error: PermissionError): boolean {
    this.host.table.remove(this);
    this.#sid = 0;
    const { requesters } = this;
    for (const requester of requesters) deny(requester, error);
    return requesters.length > 0;
  }

  onClosed(): void {
    // Requests are told by those they belong to.
  }

  onRestored(): void {
    // There is no limit to count.
  }

  unpin(): void {
    // Responses are handed over at once: nothing is queued here.
  }
}

/** Returns whether there was somebody to be told. */
export function deny(requester: Requester | undefined, error: PermissionError): boolean {
  requester?.fail(deniedRequest(requester.subject, error));
  return requester !== undefined;
}
