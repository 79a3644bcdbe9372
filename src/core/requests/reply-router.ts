import type { ConnectionError, PermissionError } from "../errors.ts";
import { Message, type MessageContext } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { isNoRespondersStatus } from "../protocol/headers.ts";
import { encodeText } from "../protocol/text.ts";
import { hasSalt, readTokenId, TOKEN_IDS, TOKEN_LENGTH, writeSalt, writeTokenId } from "./reply-token.ts";
import type { Interest } from "../delivery/subscription-table.ts";

/** Somebody who waits for responses. */
export interface Requester {
  readonly subject: string;
  /** Whether the request has been handed to a link. */
  isSent: boolean;
  onReply(message: Message): void;
  /** The server says that nobody listens. */
  onNoResponders(): void;
  /** The link on which the request was sent is gone. */
  onDisconnected(error: ConnectionError): void;
  /** The server refuses the subject of the request, or the inbox. */
  onDenied(error: PermissionError): void;
  onClosed(error: ConnectionError): void;
}

/** What the router needs of the connection. */
export interface ReplyRouterHost {
  readonly context: MessageContext;
  nextSid(): number;
  addInterest(interest: Interest): void;
  removeInterest(interest: Interest): void;
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
  readonly #host: ReplyRouterHost;
  readonly #requesters = new Map<number, Requester>();
  /** The reply subject, whose last digits are written anew for each request. */
  readonly #reply: Uint8Array;
  readonly #tokenStart: number;
  #sid = 0;
  #lastId = Math.floor(Math.random() * TOKEN_IDS);

  /** `inbox` is the subject in front of the token. */
  constructor(inbox: string, host: ReplyRouterHost) {
    this.subject = `${inbox}.*`;
    this.#host = host;
    this.#reply = encodeText(`${inbox}.${"0".repeat(TOKEN_LENGTH)}`);
    this.#tokenStart = this.#reply.length - TOKEN_LENGTH;
    writeSalt(this.#reply, this.#tokenStart);
  }

  get sid(): number {
    return this.#sid;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#requesters.size;
  }

  /** Makes the shared subscription, at the first request that needs it. */
  listen(): void {
    if (this.#sid !== 0) return;
    this.#sid = this.#host.nextSid();
    this.#host.addInterest(this);
  }

  /** Registers a requester, before its request is published (REQ-02). */
  add(requester: Requester): number {
    do this.#lastId = (this.#lastId + 1) % TOKEN_IDS;
    while (this.#requesters.has(this.#lastId));
    this.#requesters.set(this.#lastId, requester);
    return this.#lastId;
  }

  remove(id: number): void {
    this.#requesters.delete(id);
  }

  /** The reply subject for `id`, valid until the next call. */
  replyFor(id: number): Uint8Array {
    writeTokenId(this.#reply, this.#tokenStart, id);
    return this.#reply;
  }

  receive(frame: MessageFrame): void {
    const requester = this.#find(frame);
    if (requester !== undefined) deliver(frame, requester, this.#host.context);
  }

  #find({ bytes, subjectStart, subjectEnd }: MessageFrame): Requester | undefined {
    if (this.#isOurs(bytes, subjectStart, subjectEnd))
      return this.#findByToken(bytes, subjectStart, subjectEnd);
    // REQ-08: a subject that was rewritten on its way belongs to the only request there is, if there is just one.
    return this.#requesters.size === 1 ? this.#requesters.values().next().value : undefined;
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

  onDisconnected(error: ConnectionError): void {
    for (const requester of this.#requesters.values()) {
      if (requester.isSent) requester.onDisconnected(error);
    }
  }

  /**
   * The server refuses a subject; returns whether a request failed of it. If it is that of a request, the oldest such
   * request fails, for the server refuses them one by one.
   */
  onDenied(error: PermissionError): boolean {
    const { code, subject = "" } = error;
    const bytes = encodeText(subject);
    if (this.#isOurs(bytes, 0, bytes.length)) {
      return code === "SUBSCRIBE_DENIED"
        ? this.#onInboxDenied(error)
        : this.#fail(this.#findByToken(bytes, 0, bytes.length), error);
    }
    if (code === "SUBSCRIBE_DENIED") return false;
    for (const requester of this.#requesters.values()) {
      if (requester.subject === subject) return this.#fail(requester, error);
    }
    return false;
  }

  /** No response can come: all requests fail, and the next one asks for the inbox again. */
  #onInboxDenied(error: PermissionError): boolean {
    this.#host.removeInterest(this);
    this.#sid = 0;
    const requesters = [...this.#requesters.values()];
    for (const requester of requesters) requester.onDenied(error);
    return requesters.length > 0;
  }

  /** A responder of this connection may not publish to the inbox: that concerns whose response it was, if anybody. */
  #fail(requester: Requester | undefined, error: PermissionError): boolean {
    requester?.onDenied(error);
    return requester !== undefined;
  }

  onReconnected(): void {
    for (const requester of this.#requesters.values()) requester.isSent = true;
  }

  onClosed(error: ConnectionError): void {
    for (const requester of this.#requesters.values()) requester.onClosed(error);
  }

  onRestored(): void {
    // There is no limit to count.
  }

  settle(): void {
    // Responses are handed over at once: nothing is queued here.
  }
}

/** REQ-06: an empty response with the status 503 says that nobody listens; with a payload it is a response. */
export function deliver(frame: MessageFrame, requester: Requester, context: MessageContext): void {
  const { bytes, headersStart, payloadStart, payloadEnd } = frame;
  if (payloadStart === payloadEnd && isNoRespondersStatus(bytes, headersStart, payloadStart)) {
    requester.onNoResponders();
  } else {
    requester.onReply(new Message(context, frame));
  }
}
