import type { ConnectionError, PermissionError } from "../errors.ts";
import type { PendingLimits } from "../delivery/pending.ts";
import type { InboxMaker } from "./inbox.ts";
import type { Message, MessageContext, Payload } from "../message.ts";
import type { RequestManyOptions, RequestOptions } from "../call-options.ts";
import { Deadlines } from "./deadlines.ts";
import { OwnInbox } from "./own-inbox.ts";
import { abortedRequest, droppedRequest } from "./request-errors.ts";
import { PendingRequest } from "./pending-request.ts";
import { ReplyRouter } from "./reply-router.ts";
import { ResponseCollector } from "./response-collector.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";

/** A request that was found valid. */
export interface OutgoingRequest {
  readonly subject: string;
  readonly payload: Payload;
  /** Of the payload, in bytes. */
  readonly size: number;
  /** The encoded headers. */
  readonly block: Uint8Array | undefined;
}

/** What requests need of the connection. */
export interface RequestsHost {
  readonly context: MessageContext;
  readonly table: SubscriptionTable;
  readonly inboxes: InboxMaker;
  readonly pendingLimits: PendingLimits;
  /** Publishes; false if the request was dropped by `whileDisconnected: "drop"`. Throws what a publish throws. */
  send(request: OutgoingRequest, reply: string | Uint8Array): boolean;
  isConnected(): boolean;
}

/** Requests and who waits for their responses. */
export class Requests {
  readonly #host: RequestsHost;
  #router: ReplyRouter;
  /** Inboxes of before a move, while responses may still come to them. */
  readonly #former = new Map<ReplyRouter, () => void>();
  readonly #deadlines = new Deadlines();
  #idleWaiters: (() => void)[] = [];

  constructor(host: RequestsHost) {
    this.#host = host;
    this.#router = this.#newRouter();
  }

  #newRouter(): ReplyRouter {
    const { context, table, inboxes } = this.#host;
    return new ReplyRouter(inboxes.next(), {
      context,
      nextSid: () => table.nextSid(),
      addInterest: (interest) => table.add(interest),
      removeInterest: (interest) => table.remove(interest),
    });
  }

  request(outgoing: OutgoingRequest, options: RequestOptions, timeout: number): Promise<Message> {
    const { signal, ownInbox } = options;
    if (signal?.aborted === true) return Promise.reject(abortedRequest(outgoing.subject, signal));
    return ownInbox === true
      ? this.#requestByOwnInbox(outgoing, options, timeout)
      : this.#requestBySharedInbox(outgoing, options, timeout);
  }

  #requestBySharedInbox(
    outgoing: OutgoingRequest,
    options: RequestOptions,
    timeout: number,
  ): Promise<Message> {
    this.#router.listen();
    const request = this.#register(outgoing.subject, options, timeout, this.#forget);
    this.#send(request, outgoing, this.#router.replyFor(request.id));
    return request.promise;
  }

  #requestByOwnInbox(outgoing: OutgoingRequest, options: RequestOptions, timeout: number): Promise<Message> {
    const { table, inboxes, context } = this.#host;
    const reply = inboxes.next();
    const request = this.#register(outgoing.subject, options, timeout, (settled) => {
      this.#forget(settled);
      table.remove(inbox);
      table.stop(inbox.sid);
    });
    const inbox = new OwnInbox(table.nextSid(), reply, request, context);
    table.add(inbox);
    this.#send(request, outgoing, reply);
    return request.promise;
  }

  #register(
    subject: string,
    { signal, onDisconnect }: RequestOptions,
    timeout: number,
    release: (request: PendingRequest) => void,
  ): PendingRequest {
    const survivesDisconnect = onDisconnect === "wait";
    const request = new PendingRequest(subject, timeout, { signal, survivesDisconnect, release });
    request.router = this.#router;
    request.id = this.#router.add(request);
    this.#deadlines.add(request, timeout);
    return request;
  }

  readonly #forget = (request: PendingRequest): void => {
    request.router!.remove(request.id);
    this.#deadlines.remove(request);
    if (this.#idleWaiters.length > 0 || this.#former.size > 0) this.#onSettled();
  };

  /** Publishes a registered request; a failure settles it, so that nothing is left behind (REQ-11). */
  #send(request: PendingRequest, outgoing: OutgoingRequest, reply: string | Uint8Array): void {
    try {
      if (!this.#host.send(outgoing, reply)) throw droppedRequest(outgoing.subject);
      request.isSent = this.#host.isConnected();
    } catch (thrown) {
      request.fail(thrown as ConnectionError);
    }
  }

  requestMany(
    outgoing: OutgoingRequest,
    options: RequestManyOptions & { readonly maxWait: number },
  ): ResponseCollector {
    return new ResponseCollector(outgoing.subject, options, this.#host.pendingLimits, {
      send: (collector) => {
        this.#router.listen();
        collector.router = this.#router;
        collector.id = this.#router.add(collector);
        if (!this.#host.send(outgoing, this.#router.replyFor(collector.id)))
          throw droppedRequest(outgoing.subject);
        collector.isSent = this.#host.isConnected();
      },
      release: (collector) => {
        collector.router?.remove(collector.id);
        if (this.#idleWaiters.length > 0 || this.#former.size > 0) this.#onSettled();
      },
    });
  }

  /** Resolves when no request waits for a response. */
  settled(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  get #pending(): number {
    let pending = this.#router.size;
    for (const router of this.#former.keys()) pending += router.size;
    return pending;
  }

  #onSettled(): void {
    for (const [router, onEmpty] of this.#former) {
      if (router.size > 0) continue;
      this.#forgetRouter(router);
      onEmpty();
    }
    if (this.#pending === 0) this.stopWaiting();
  }

  #forgetRouter(router: ReplyRouter): void {
    this.#former.delete(router);
    this.#host.table.remove(router);
    // The server in use knows it if it began during the move, or if the link that was left is gone.
    if (router.sid !== 0) this.#host.table.stop(router.sid);
  }

  /** Requests from now on get another inbox. Resolves when those of before have settled. */
  renewInbox(): Promise<void> {
    const former = this.#router;
    this.#router = this.#newRouter();
    return new Promise((resolve) => {
      this.#former.set(former, resolve);
      this.#onSettled();
    });
  }

  /** Whoever waits until requests are settled waits no longer. */
  stopWaiting(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** The link is gone on which requests of the inbox in use were sent. */
  onDisconnected(error: ConnectionError): void {
    this.#router.onDisconnected(error);
  }

  /** A link that the connection had moved away from is gone, and with it responses that were to come by it. */
  onFormerLost(error: ConnectionError): void {
    for (const router of this.#former.keys()) router.onDisconnected(error);
  }

  /** The server refuses a subject: the request that it was for fails, the oldest first. */
  onDenied(error: PermissionError): boolean {
    for (const inbox of this.#host.table) {
      if (!(inbox instanceof OwnInbox) || inbox.subject !== error.subject) continue;
      inbox.onDenied(error);
      return true;
    }
    return [...this.#former.keys(), this.#router].some((router) => router.onDenied(error));
  }

  onReconnected(): void {
    this.#router.onReconnected();
  }

  onClosed(error: ConnectionError): void {
    for (const router of [...this.#former.keys(), this.#router]) router.onClosed(error);
    this.#deadlines.stop();
  }
}
