import type { Checked, RequestManyOptions, RequestOptions } from "../call-options.ts";
import { checkRequestManyOptions, checkRequestOptions } from "../call-options.ts";
import type { AsyncSequence } from "../delivery/async-sequence.ts";
import { LateSequence } from "../delivery/late-sequence.ts";
import type { PendingLimits } from "../delivery/pending.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { ConnectionError, NatsError, PermissionError } from "../errors.ts";
import type { Message, MessageContext, Payload } from "../message.ts";
import type { Publisher } from "../outbound/publisher.ts";
import type { FormerNamesByCall } from "../transport.ts";
import type { AbortSource, SharedSignals } from "../shared-signal.ts";
import { Deadlines } from "./deadlines.ts";
import { deliver } from "./deliver.ts";
import type { InboxMaker } from "./inbox.ts";
import { OwnInboxes } from "./own-inboxes.ts";
import { PendingRequest } from "./pending-request.ts";
import { abortedRequest, droppedRequest, lostRequest } from "./request-errors.ts";
import { onlyTimeout } from "./request-options.ts";
import { ReplyRouter, type ReplyRouterHost } from "./reply-router.ts";
import { ReplyRouters } from "./reply-routers.ts";
import type { Requester } from "./requester.ts";
import { TimedRequester } from "./timed-requester.ts";
import type { ResponseCollector } from "./response-collector.ts";

/** What collects many responses: few pages need it. */
interface CollectorCode {
  readonly ResponseCollector: typeof ResponseCollector;
}

/** What requests need of the connection. */
export interface RequestsHost {
  readonly context: MessageContext;
  readonly publisher: Publisher;
  readonly table: SubscriptionTable;
  readonly inboxes: InboxMaker;
  readonly lifecycle: Pick<ReplyRouterHost, "confirm">;
  readonly signals: SharedSignals;
  /** `requestTimeout`: milliseconds. */
  readonly options: { readonly pending: PendingLimits; readonly requestTimeout: number };
  readonly formerNames?: FormerNamesByCall | undefined;
  readonly code: { readonly loaded: CollectorCode | undefined; load(): Promise<CollectorCode> };
}

type Outcome = Message | Promise<never>;

/** Requests, and who waits for their responses. */
export class Requests {
  readonly #host: RequestsHost;
  readonly #routers: ReplyRouters;
  /** The current one of them, which each request asks for. */
  #router: ReplyRouter;
  readonly #own: OwnInboxes;
  readonly #deadlines = new Deadlines();
  #idleWaiters: (() => void)[] = [];
  /** Settles the promise that was made last. One function takes it out of each: a closure for each would cost memory. */
  #resolve!: (outcome: Outcome) => void;
  readonly #takeResolve = (resolve: (outcome: Outcome) => void): void => {
    this.#resolve = resolve;
  };

  constructor(host: RequestsHost) {
    this.#host = host;
    const { context, publisher, table, inboxes, lifecycle } = host;
    const routerHost: ReplyRouterHost = {
      context,
      table,
      isSent: ({ position }) => position > 0 && publisher.isHandedOver(position),
      confirm: (position) => lifecycle.confirm(position),
      release: (requester) => this.#release(requester),
    };
    this.#routers = new ReplyRouters(table, () => new ReplyRouter(inboxes.next(), routerHost));
    this.#router = this.#routers.current;
    this.#own = new OwnInboxes(table, inboxes);
  }

  /** Where responses to requests from now on come to. */
  get router(): ReplyRouter {
    return this.#router;
  }

  /** Throws for wrong arguments, and for what can't be published now; then nothing was written, nor subscribed to. */
  request(subject: string, payload: Payload, options: RequestOptions | undefined): Promise<Message> {
    // Most say nothing but this: it is looked at without a copy.
    const timeout = options === undefined ? this.#host.options.requestTimeout : onlyTimeout(options);
    if (timeout !== undefined) {
      this.#host.publisher.check(subject, payload, undefined);
      return this.#send(subject, undefined, payload, timeout, undefined, false);
    }
    return this.#requestWith(subject, payload, this.check(options!));
  }

  /** Throws `INVALID_OPTION`. */
  check(options: RequestOptions): Checked<RequestOptions> {
    return checkRequestOptions(options, this.#host.formerNames?.request);
  }

  #requestWith(subject: string, payload: Payload, options: Checked<RequestOptions>): Promise<Message> {
    const { publisher, signals } = this.#host;
    const { headers, timeout = this.#host.options.requestTimeout, onDisconnect, ownInbox } = options;
    const block = publisher.encodeHeaders(subject, headers);
    publisher.check(subject, payload, block);
    const signal = options.signal === undefined ? undefined : signals.of(options.signal);
    if (signal?.aborted === true) throw abortedRequest(subject, signal.reason, false);
    const survives = onDisconnect === "wait";
    return this.#send(subject, block, payload, timeout, signal, survives, ownInbox);
  }

  /** Sends a request that was checked. */
  #send(
    subject: string,
    block: Uint8Array | undefined,
    payload: Payload,
    timeout: number,
    signal: AbortSource | undefined,
    survivesDisconnect: boolean,
    ownInbox?: boolean,
  ): Promise<Message> {
    const promise = new Promise<Message>(this.#takeResolve as (resolve: (message: Message) => void) => void);
    const request = new PendingRequest(subject, this.#router, signal, survivesDisconnect, this.#resolve);
    signal?.addEventListener("abort", request);
    this.send(request, block, payload, timeout, ownInbox);
    return promise;
  }

  /**
   * Sends the request of a requester, which {@link Publisher.check} has passed in this turn. The requester is told what comes
   * of it, maybe within this call. When it is over it may send another.
   */
  send(
    requester: TimedRequester,
    block: Uint8Array | undefined,
    payload: Payload,
    timeout: number,
    ownInbox?: boolean,
  ): void {
    const router = this.#router;
    requester.router = router;
    requester.position = 0;
    // REQ-02: a response may come at once, so the requester is registered before.
    if (ownInbox !== true) router.listen();
    router.add(requester);
    this.#deadlines.add(requester, timeout);
    const reply = ownInbox === true ? this.#own.open(requester) : router.replyFor(requester.id);
    try {
      this.#publish(requester, reply, block, payload);
    } catch (thrown) {
      // REQ-11: nothing is left behind.
      requester.fail(thrown as NatsError);
    }
  }

  /** Gives a requester whose time is up as much again. */
  extend(requester: TimedRequester, timeout: number): void {
    this.#deadlines.add(requester, timeout);
  }

  #publish(
    requester: Requester,
    reply: string | Uint8Array,
    block: Uint8Array | undefined,
    payload: Payload,
  ): void {
    const { subject } = requester;
    const position = this.#host.publisher.send(subject, reply, block, payload);
    if (position === 0) throw droppedRequest(subject);
    requester.position = position;
  }

  /** The request is sent when the first response is asked for. Throws as {@link request}. */
  requestMany(subject: string, payload: Payload, given: RequestManyOptions): AsyncSequence<Message> {
    const { code, options: defaults, publisher, signals } = this.#host;
    const { signal, headers, ...limits } = checkRequestManyOptions(
      given,
      this.#host.formerNames?.requestMany,
    );
    const block = publisher.encodeHeaders(subject, headers);
    publisher.check(subject, payload, block);
    const shared = signal === undefined ? undefined : signals.of(signal);
    const options = { maxWait: defaults.requestTimeout, ...limits };
    // It is sent later, and the application may use its array again.
    const content = typeof payload === "object" ? new Uint8Array(payload) : payload;
    const send = (collector: ResponseCollector): void => {
      // Between the call and the loop the connection may have closed, or come to another server.
      publisher.check(subject, content, block);
      collector.router = this.#router;
      this.#router.listen();
      this.#router.add(collector);
      this.#publish(collector, this.#router.replyFor(collector.id), block, content);
    };
    const host = { limits: defaults.pending, send, deliver };
    const collect = (loaded: CollectorCode): ResponseCollector =>
      new loaded.ResponseCollector(subject, this.#router, shared, options, host);
    return new LateSequence(() =>
      code.loaded === undefined ? code.load().then(collect) : collect(code.loaded),
    );
  }

  #release(requester: Requester): void {
    requester.router.remove(requester);
    requester.signal?.removeEventListener("abort", requester);
    if (requester instanceof TimedRequester) this.#deadlines.remove(requester);
    this.#host.publisher.withdraw(requester.position);
    if (this.#own.size > 0) this.#own.close(requester);
    if (this.#idleWaiters.length > 0 || this.#routers.hasFormer) this.#onReleased();
  }

  /** Resolves when no request waits for a response. */
  settled(): Promise<void> {
    if (this.#routers.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #onReleased(): void {
    this.#routers.forgetIdle();
    if (this.#idleWaiters.length > 0 && this.#routers.pending === 0) this.stopWaiting();
  }

  /** Requests from now on get another inbox, for those of before are sent by the link in use, and these by the next. */
  renewInbox(): void {
    this.#routers.renew();
    this.#router = this.#routers.current;
    this.#onReleased();
  }

  /** Responses to the inboxes of before come by this link, which is left now. Resolves when there are no more to come. */
  leaveInboxes(link: object): Promise<void> {
    return this.#routers.leave(link);
  }

  /** Whoever waits until requests are settled waits no longer. */
  stopWaiting(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** The link in use is gone, and with it responses that were to come by it. */
  onDisconnected(error: ConnectionError): void {
    loseLink(this.#routers.here, error);
  }

  /** A retired link is gone, and with it responses that were to come by it. */
  onRetiredLost(link: object, error: ConnectionError): void {
    const routers = this.#routers.formerOf(link);
    loseLink(routers, error);
    // Those that go on waiting may still be answered by way of the link in use.
    const waiting = routers.flatMap(({ requesters }) => requesters);
    const inboxes = new Set(waiting.map((requester) => this.#own.of(requester) ?? requester.router));
    for (const inbox of inboxes) this.#host.table.tell(inbox);
  }

  /** The server refuses a subject: the request that it was for fails, the oldest first. */
  onDenied(error: PermissionError): boolean {
    return this.#own.onDenied(error) || this.#routers.all.some((router) => router.onDenied(error));
  }

  /** These messages can't be sent, by their positions: takes those that are requests, which fail. */
  onUnsendable(errors: Map<number, NatsError>): void {
    for (const requester of this.#routers.requesters) {
      const error = errors.get(requester.position);
      if (error === undefined) continue;
      errors.delete(requester.position);
      requester.fail(error);
    }
  }

  onClosed(error: ConnectionError): void {
    for (const requester of this.#routers.requesters) lose(requester, error);
    this.#deadlines.stop();
  }
}

function loseLink(routers: readonly ReplyRouter[], error: ConnectionError): void {
  for (const requester of routers.flatMap(({ requesters }) => requesters)) {
    if (!requester.survivesDisconnect) lose(requester, error);
  }
}

function lose(requester: Requester, error: ConnectionError): void {
  requester.fail(lostRequest(requester.subject, error, requester.isSent));
}
