import type { AsyncSequence } from "../delivery/async-sequence.ts";
import {
  checkDrain,
  checkPublishOptions,
  checkWait,
  type DrainOptions,
  type PublishOptions,
  type RequestManyOptions,
  type RequestOptions,
  resolveSubscribeOptions,
  type SubscribeOptions,
  wrongWait,
} from "../call-options.ts";
import { withStackOfCaller } from "../caller-stack.ts";
import { aFunction, invalidOption, shown } from "../checks.ts";
import { ConnectionError, type NatsError, type PermissionError, toError } from "../errors.ts";
import { INSPECT, type Inspect, inspected } from "../inspect.ts";
import { InboxMaker } from "../requests/inbox.ts";
import { isMessage, type Message, type MessageContext, type Payload } from "../message.ts";
import { type ConnectOptions, type ResolvedOptions, resolveOptions } from "../options.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import { checkSubscribeSubject } from "../protocol/subject.ts";
import { readText } from "../protocol/text.ts";
import { messagesInHand } from "../delivery/drain-report.ts";
import type { Inlet, InletListener } from "../delivery/inlet.ts";
import { Inlets } from "../delivery/inlets.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { FormerNamesByCall, Platform } from "../transport.ts";
import type { WaitOptions } from "../waiter.ts";
import type { Companion } from "./companion.ts";
import { type ConnectionDrainReport, drainConnection } from "./drain.ts";
import { ErrorLog } from "./error-log.ts";
import { EventHub } from "./event-hub.ts";
import {
  checkEventType,
  type ConnectionEvent,
  type ConnectionEventType,
  type EventListener,
  type EventOf,
} from "./events.ts";
import { nextEvent } from "./next-event.ts";
import { Warnings } from "./warnings.ts";
import { type Audience, NOBODY } from "../watcher.ts";
import { WatchedCalls } from "./watched-calls.ts";
import { closedError, drainingError } from "../failures.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Outbox } from "../outbound/outbox.ts";
import { Publisher } from "../outbound/publisher.ts";
import { Requests } from "../requests/requests.ts";
import { SharedSignals } from "../shared-signal.ts";
import type { ConnectionState } from "./state.ts";
import { type Counters, newCounters, type Statistics } from "../statistics.ts";
import { SubscriptionTable } from "../delivery/subscription-table.ts";
import { Subscriptions } from "../delivery/subscriptions.ts";

/** What other entries of this package build on, beside what applications have. */
export interface ConnectionParts {
  readonly publisher: Publisher;
  readonly requests: Requests;
  readonly signals: SharedSignals;
}

const DEFAULT_FLUSH_TIMEOUT = 10_000;
const DEFAULT_DRAIN_TIMEOUT = 30_000;

/** A connection to NATS, as `connect` makes it. Its methods are safe to call in any state. */
export class Connection implements AsyncDisposable {
  readonly #options: ResolvedOptions;
  readonly #formerNames: FormerNamesByCall | undefined;
  readonly #counters: Counters = newCounters();
  readonly #watched: WatchedCalls | undefined;
  readonly #publishes: Audience;
  readonly #requestsMade: Audience;
  readonly #warnings: Warnings | undefined;
  readonly #events: EventHub;
  readonly #errors: ErrorLog;
  readonly #outbox: Outbox;
  readonly #table: SubscriptionTable;
  readonly #lifecycle: Lifecycle;
  readonly #publisher: Publisher;
  readonly #inboxes: InboxMaker;
  readonly #signals = new SharedSignals();
  readonly #requests: Requests;
  readonly #subscriptions: Subscriptions;
  readonly #inlets: Inlets;
  readonly #companions = new Set<Companion>();
  readonly #denialListeners = new Set<(error: PermissionError) => void>();
  #drain: Promise<ConnectionDrainReport> | undefined;

  private constructor(options: ResolvedOptions, platform: Platform) {
    this.#options = options;
    this.#formerNames = platform.formerNames;
    const { warn, watcher } = platform;
    this.#publishes = watcher?.publishes ?? NOBODY;
    this.#requestsMade = watcher?.requests ?? NOBODY;
    this.#warnings = options.warnings && warn !== undefined ? new Warnings(options.name, warn) : undefined;
    this.#events = new EventHub(this.#warnings, watcher && ((event) => watcher.event(this, event)));
    this.#errors = new ErrorLog(this.#events);
    this.#outbox = new Outbox(options, this.#counters);
    // While there is no link subscriptions are only noted: the next one is told of all of them (SUB-07).
    this.#table = new SubscriptionTable((command) => {
      if (this.#lifecycle.server !== undefined) this.#outbox.command(command);
    });
    this.#lifecycle = new Lifecycle(options, platform, {
      outbox: this.#outbox,
      table: this.#table,
      counters: this.#counters,
      events: this.#events,
      errors: this.#errors,
      onDisconnected: (error) => {
        this.#requests.onDisconnected(error);
        if (this.#drain !== undefined) this.#requests.stopWaiting();
      },
      onFormerLost: (link, error) => this.#requests.onFormerLost(link, error),
      onUnsendable: (errors) => this.#requests.onUnsendable(errors),
      newInbox: () => this.newInbox(),
      renewInbox: () => this.#requests.renewInbox(),
      leaveInboxes: (link) => this.#requests.leaveInboxes(link),
      onDenied: (error) => this.#onDenied(error),
      onClosed: (error) => {
        this.#requests.onClosed(error);
        this.#subscriptions.onClosed(error);
        for (const companion of Array.from(this.#companions)) companion.onClosed(error);
      },
    });
    this.#publisher = new Publisher(this.#outbox);
    const context = this.#newMessageContext();
    this.#inboxes = new InboxMaker(options.inboxPrefix);
    this.#requests = this.#newRequests(context);
    this.#watched = watcher && new WatchedCalls(watcher, this, this.#publisher, this.#requests);
    this.#subscriptions = this.#newSubscriptions(context);
    this.#inlets = new Inlets({
      table: this.#table,
      context,
      barrier: (limits) => this.#lifecycle.barrier(limits),
    });
  }

  #newSubscriptions(context: MessageContext): Subscriptions {
    return new Subscriptions({
      counters: this.#counters,
      context,
      signals: this.#signals,
      table: this.#table,
      emit: (event) => this.#events.emit(event),
      record: (error) => this.#errors.record(error),
      report: (error, subscription) => this.#errors.report(error, subscription),
      barrier: () => this.#lifecycle.barrier(),
      disposeTimeout: this.#options.disposeTimeout,
    });
  }

  #newRequests(context: MessageContext): Requests {
    return new Requests({
      context,
      table: this.#table,
      inboxes: this.#inboxes,
      publisher: this.#publisher,
      signals: this.#signals,
      pendingLimits: this.#options.pending,
      requestTimeout: this.#options.requestTimeout,
      formerNames: this.#formerNames,
    });
  }

  /** The subscription that the server refuses, if it was for one. */
  #onDenied(error: PermissionError): Subscription | undefined {
    this.#inlets.onDenied(error);
    for (const listener of Array.from(this.#denialListeners)) listener(error);
    if (this.#requests.onDenied(error) || error.code === "PUBLISH_DENIED") return undefined;
    return this.#subscriptions.onDenied(error);
  }

  #newMessageContext(): MessageContext {
    return {
      subscription: undefined,
      respond: (bytes, start, end, payload, options) => {
        const isPlain = options === undefined && !this.#publishes.hasSubscribers;
        if (isPlain) this.#publisher.respond(bytes, start, end, payload);
        else this.publish(readText(bytes, start, end), payload, options);
      },
      reportError: (error) => this.#errors.report(error),
    };
  }

  /** @internal */
  static async open(given: ConnectOptions, platform: Platform): Promise<Connection> {
    const options = resolveOptions(given, platform.formerNames);
    const connect = (): Promise<Connection> => Connection.#connect(options, platform);
    const { watcher } = platform;
    return await (watcher === undefined ? connect() : watcher.connect({ name: options.name }, connect));
  }

  static async #connect(options: ResolvedOptions, platform: Platform): Promise<Connection> {
    const connection = new Connection(options, platform);
    connection.#events.hold();
    try {
      await connection.#lifecycle.connect();
    } catch (thrown) {
      throw withStackOfCaller(thrown as NatsError);
    }
    // CONN-03, a turn later: what follows `await connect()` has added its listeners by then.
    setTimeout(() => connection.#events.release());
    return connection;
  }

  /** @internal */
  get parts(): ConnectionParts {
    return { publisher: this.#publisher, requests: this.#requests, signals: this.#signals };
  }

  get state(): ConnectionState {
    const state = this.#lifecycle.state;
    return state === "flushing" ? "draining" : state;
  }

  /** What the connected server said of itself last; that of the last one while disconnected. */
  get info(): ServerInfo | undefined {
    return this.#lifecycle.info;
  }

  /** The URL of the connected server, without credentials; undefined while there is none. */
  get server(): string | undefined {
    return this.#lifecycle.server;
  }

  /** The URLs of all known servers, without credentials, in the order in which they are tried. */
  get servers(): readonly string[] {
    return this.#lifecycle.servers;
  }

  /** URLs of the servers that were learned from a server and not from the options. */
  get discoveredServers(): readonly string[] {
    return this.#lifecycle.discoveredServers;
  }

  /** `address:port` of the connected server; undefined while there is none. */
  get remoteAddress(): string | undefined {
    return this.#lifecycle.remoteAddress;
  }

  /** Subscriptions that are not closed. The inbox of requests is none of them. */
  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  /** What failed last without belonging to a call, or why the link was lost; a successful reconnect clears it. */
  get lastError(): NatsError | undefined {
    return this.#errors.last;
  }

  /** Bytes that were published and have not left the process. */
  get pendingBytes(): number {
    return this.#outbox.pendingBytes;
  }

  /** A snapshot of the counters. */
  stats(): Statistics {
    return { ...this.#counters };
  }

  /**
   * Publishes text (sent as UTF-8), bytes, or nothing. Returns as soon as the message is buffered: it is sent with
   * all that is published in the same turn. What it was given has been copied by then: an array may be used again.
   *
   * Throws `INVALID_SUBJECT`, `INVALID_PAYLOAD`, `INVALID_OPTION`, `HEADERS_NOT_SUPPORTED`, `MAX_PAYLOAD_EXCEEDED`,
   * `OUTBOUND_LIMIT_EXCEEDED` (see `ready`), `DISCONNECTED` (with `whileDisconnected: "throw"`),
   * `CONNECTION_DRAINING` or `CONNECTION_CLOSED`; then nothing was written.
   *
   * @example
   * ```ts
   * import { connect, headers } from "natspeed";
   *
   * const nc = await connect();
   * nc.publish("greet.joe", "hello");
   * nc.publish("greet.sue", new Uint8Array([104, 105]), { headers: headers({ "X-Trace": "1" }) });
   * await nc.close();
   * ```
   */
  publish(subject: string, data?: Payload, options?: PublishOptions): void {
    const checked =
      options === undefined ? undefined : checkPublishOptions(options, this.#formerNames?.publish);
    if (this.#publishes.hasSubscribers) this.#watched!.publish(subject, data, checked);
    else this.#publisher.publish(subject, data, checked);
  }

  /**
   * Publishes a received message again: headers, also such as can't be read, and payload as they came, byte for byte, and its
   * reply subject, so that a response goes to whoever asked. To the same subject unless another is given; the message may
   * have come by another connection.
   *
   * Throws what {@link publish} throws, and `INVALID_OPTION` for what is no message.
   */
  forward(message: Message, subject?: string): void {
    if (!isMessage(message)) throw invalidOption("message", `it must be a message, not ${shown(message)}`);
    const to = subject ?? message.subject;
    if (this.#publishes.hasSubscribers) this.#watched!.forward(message, to);
    else this.#publisher.forward(to, message.data, message.headerBlock, message.reply);
  }

  /**
   * Resolves when there is room in the outbound buffer: at once unless more than `highWaterMark` bytes wait. A loop that
   * publishes much awaits it before each message; it then lets timers, signals and received messages have their turn as
   * well, every few milliseconds. Rejects with `TIMEOUT`, `ABORTED` or `CONNECTION_CLOSED`.
   */
  ready(options?: WaitOptions): Promise<void> {
    if (options !== undefined) {
      const wrong = wrongWait(options);
      if (wrong !== undefined) return Promise.reject(wrong);
    }
    if (this.#lifecycle.state === "closed") return Promise.reject(closedError());
    return this.#outbox.ready(options === undefined ? {} : this.#signals.limits(options));
  }

  /**
   * Subscribes to a subject, which may have wildcards: `*` for one token, `>` for all that follow. With a
   * `callback` it takes the messages; otherwise they are queued to be read from the subscription.
   *
   * Throws `INVALID_SUBJECT`, `INVALID_QUEUE`, `INVALID_OPTION`, `CONNECTION_DRAINING` or `CONNECTION_CLOSED`. A
   * subject that the server forbids is told later, by an `error` event with the code `SUBSCRIBE_DENIED`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * const sub = nc.subscribe("greet.*", { max: 1 });
   * nc.publish("greet.joe", "hello");
   * for await (const m of sub) console.log(m.subject, m.string());
   * await nc.close();
   * ```
   */
  subscribe(subject: string, options: SubscribeOptions = {}): Subscription {
    checkSubscribeSubject(subject);
    const resolved = resolveSubscribeOptions(options, this.#options.pending, this.#formerNames?.subscribe);
    this.#checkOpen(subject);
    const { callback } = resolved;
    if (this.#watched === undefined || callback === undefined) {
      return this.#subscriptions.add(subject, resolved);
    }
    const watched = { ...resolved, callback: this.#watched.handler(callback) };
    return this.#subscriptions.add(subject, watched);
  }

  /**
   * Publishes a request and resolves with the first response.
   *
   * Rejects with `NO_RESPONDERS` (at once, nobody subscribes), `TIMEOUT`, `ABORTED`, `DISCONNECTED` (the link was
   * lost; `sent` tells whether the request may have been processed), `CONNECTION_CLOSED`, and with whatever
   * `publish` throws.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * nc.subscribe("time", { callback: (m) => m.respond(new Date().toISOString()) });
   * const reply = await nc.request("time", undefined, { timeout: 1000 });
   * console.log(reply.string());
   * await nc.close();
   * ```
   */
  request(subject: string, data?: Payload, options?: RequestOptions): Promise<Message> {
    try {
      return this.#requestsMade.hasSubscribers
        ? this.#watched!.request(subject, data, options)
        : this.#requests.request(subject, data, options);
    } catch (error) {
      return Promise.reject(toError(error));
    }
  }

  /**
   * As {@link request}, to a subject whose `*` and `>` are no wildcards: the JetStream API has filters in its subjects.
   *
   * @internal
   */
  requestLiteral(subject: string, data?: Payload, options?: RequestOptions): Promise<Message> {
    try {
      this.#publisher.admit(subject);
    } catch (error) {
      return Promise.reject(toError(error));
    }
    return this.request(subject, data, options);
  }

  /**
   * Publishes a request, when the loop begins, and hands out its responses until the options say that it is enough;
   * leaving the loop ends it too. Wrong arguments throw at once; the loop throws what `request` rejects with, but a
   * reached `maxWait` just ends it.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * for (const name of ["a", "b"]) nc.subscribe("ping", { callback: (m) => m.respond(name) });
   * for await (const m of nc.requestMany("ping", undefined, { maxWait: 500, maxMessages: 2 })) {
   *   console.log(m.string());
   * }
   * await nc.close();
   * ```
   */
  requestMany(subject: string, data?: Payload, options: RequestManyOptions = {}): AsyncSequence<Message> {
    return this.#requests.requestMany(subject, data, options);
  }

  /** A new subject to receive responses on, under the connection's `inboxPrefix`. */
  newInbox(): string {
    return this.#inboxes.next();
  }

  /** Tells a failure that belongs to no call, as an `error` event. @internal */
  report(error: NatsError): void {
    this.#errors.report(error);
  }

  /**
   * Resolves when the server has processed all that was published and subscribed before. The timeout is
   * 10 s unless said otherwise. Rejects with `TIMEOUT`, `ABORTED`, `DISCONNECTED` or `CONNECTION_CLOSED`.
   */
  async flush(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    if (this.#lifecycle.state === "closed") throw closedError();
    await this.#lifecycle.flush({ timeout: DEFAULT_FLUSH_TIMEOUT, ...this.#signals.limits(options) });
  }

  /** The milliseconds that a flush takes. Rejects as {@link flush} does, with `DISCONNECTED` at once without a link. */
  async rtt(options: WaitOptions = {}): Promise<number> {
    checkWait(options);
    if (this.state !== "closed" && this.server === undefined) {
      throw new ConnectionError("DISCONNECTED", "there is no link to a server", { sent: false });
    }
    const startedAt = performance.now();
    await this.flush(options);
    return performance.now() - startedAt;
  }

  /**
   * Takes these servers in place of all that are known, from the next attempt to connect on; the link stays, see
   * {@link reconnect}. Throws `INVALID_SERVER_URL`, `INVALID_OPTION` or `CONNECTION_CLOSED`.
   */
  setServers(servers: string | readonly string[]): void {
    if (this.#lifecycle.state === "closed") throw closedError();
    this.#lifecycle.setServers(servers);
  }

  /**
   * Goes over to another server, the first of the list that can be had, or makes a new link to the only one, without an
   * outage: so that new credentials, permissions or servers come into use; a move that is under way comes first. While reconnecting it begins the next
   * attempt at once, and waits for its success.
   *
   * Rejects with what the attempts failed with, and then the link there is stays; with `TIMEOUT` or `ABORTED`, which
   * give the attempt up, `CONNECTION_DRAINING` or `CONNECTION_CLOSED`.
   */
  async reconnect(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    await this.#lifecycle.reconnect(this.#signals.limits(options));
  }

  /**
   * Resolves when all messages that have come so far for subscriptions with a callback are handled, those that other
   * subscriptions handle slowly included; messages that come later are not waited for. A subscription
   * that ends is not waited for any more. Rejects with `CONNECTION_CLOSED`.
   */
  barrier(): Promise<void> {
    if (this.state === "closed") return Promise.reject(closedError());
    return this.#subscriptions.barrier();
  }

  /**
   * Calls `listener` for each event of a type; returns what removes it. A listener hears events in order and one at a
   * time: a promise that it returns is awaited before it hears the next, which holds up no other listener. More than
   * 1,024 events don't wait for it: a `missed` event counts those that it did not hear. `closed` is the last.
   *
   * A listener that throws is told of by an `error` event with the code `LISTENER_FAILED`. Throws `INVALID_OPTION` for a
   * type that there is not.
   */
  on<T extends ConnectionEventType>(type: T, listener: EventListener<T>): () => void {
    this.#checkListener(type, listener);
    return this.#events.on(type, listener);
  }

  /**
   * Resolves with the next event of a type, however long it takes unless `timeout` (milliseconds) or `signal` say
   * otherwise. Rejects with `TIMEOUT`, `ABORTED`, `CONNECTION_CLOSED` once no such event can come, or `INVALID_OPTION`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * const moved = nc.once("moved", { timeout: 5000 });
   * await nc.reconnect();
   * console.log((await moved).server);
   * await nc.close();
   * ```
   */
  async once<T extends ConnectionEventType>(type: T, options: WaitOptions = {}): Promise<EventOf<T>> {
    checkEventType(type, this.#formerNames?.events);
    if (typeof options === "function")
      throw invalidOption("options", "once() takes no listener: it gives a promise");
    checkWait(options);
    return await nextEvent(this.#events, type, options);
  }

  /** Removes a listener from a type. Throws `INVALID_OPTION` for a type that there is not. */
  off<T extends ConnectionEventType>(type: T, listener: EventListener<T>): void {
    this.#checkListener(type, listener);
    this.#events.off(type, listener);
  }

  /**
   * All events from now on; the loop ends after `closed`. Up to 1,024 wait for a slow reader: then the oldest go, and a
   * `missed` event counts them. What is not looped over is ended with `return()`, or by `await using`.
   */
  events(): AsyncSequence<ConnectionEvent> {
    return this.#events.read();
  }

  #checkListener(type: ConnectionEventType, listener: unknown): void {
    checkEventType(type, this.#formerNames?.events);
    aFunction("listener", listener);
  }

  /**
   * Ends the connection without loss: no new subscriptions, what is on its way is received and handled, with
   * publishing still possible; then what was published is flushed, and the connection closes. A link that is away, or
   * lost meanwhile, is not restored.
   *
   * After `timeout` milliseconds (30 s unless said otherwise) what is left is given up. The report tells what was, in
   * both directions. A handler whose call has not returned yet is not waited for; name the message with `handling` after
   * the first `await`, and in a loop.
   *
   * Rejects with `CONNECTION_CLOSED` on a closed connection, or `INVALID_OPTION`; a second call gets the report of the
   * first.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * nc.subscribe("work", { callback: (m) => m.respond("done") });
   * const { handled, abandoned, lost, complete } = await nc.drain({ timeout: 5000 });
   * console.log({ handled, abandoned, lost, complete });
   * ```
   */
  async drain(options: DrainOptions = {}): Promise<ConnectionDrainReport> {
    const checked = checkDrain(options);
    if (this.#drain !== undefined) {
      this.#subscriptions.spare(messagesInHand(checked.handling));
      return await this.#drain;
    }
    if (this.#lifecycle.state === "closed") throw closedError();
    this.#lifecycle.beginDrain();
    const host = {
      drained: [...this.#companions, ...this.#subscriptions.open],
      // Without a link no response can come, and there will be no other.
      requestsOver: () => (this.server === undefined ? Promise.resolve() : this.#requests.settled()),
      endPublishing: () => this.#lifecycle.endPublishing(),
      barrier: (limits: WaitOptions) => this.#lifecycle.barrier(limits),
      close: () => this.#lifecycle.finishDrain(),
    };
    this.#drain = drainConnection(host, checked.timeout ?? DEFAULT_DRAIN_TIMEOUT, checked);
    return await this.#drain;
  }

  /**
   * Closes at once: what was published is still sent (for up to a second), what was received and not handled is
   * given up, and everything that waits ends with `CONNECTION_CLOSED`. May be called any number of times.
   */
  close(): Promise<void> {
    return this.#lifecycle.close();
  }

  /** Resolves once the connection is closed: with the reason, or undefined if the application asked for it. */
  closed(): Promise<NatsError | undefined> {
    if (this.#warnings !== undefined) this.#warnings.isEndAwaited = true;
    return this.#lifecycle.closed;
  }

  /**
   * Drains, for up to `disposeTimeout` milliseconds, or waits for the drain or the close that is under way. Never
   * rejects.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#drain === undefined && this.#lifecycle.state !== "closed") {
      await this.drain({ timeout: this.#options.disposeTimeout });
    }
    await this.#drain;
    await this.close();
  }

  /** Subscribes for as long as this link lasts; see {@link Inlet}. Throws as {@link subscribe} does. @internal */
  openInlet(subject: string, listener: InletListener): Inlet {
    this.#checkOpen(subject);
    return this.#inlets.open(subject, listener);
  }

  /** Tells of each subject that the server refuses, until what this returns is called. @internal */
  onDenial(listener: (error: PermissionError) => void): () => void {
    this.#denialListeners.add(listener);
    return () => void this.#denialListeners.delete(listener);
  }

  /**
   * What is built on this connection is drained with it, and hears of its end; returns what ends that. Throws
   * `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. @internal
   */
  join(companion: Companion): () => void {
    this.#checkOpen();
    this.#companions.add(companion);
    return () => void this.#companions.delete(companion);
  }

  /** The signals that its calls were given. @internal */
  get signals(): SharedSignals {
    return this.#signals;
  }

  /** Throws `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. */
  #checkOpen(subject?: string): void {
    const state = this.#lifecycle.state;
    if (state === "closed") throw closedError(subject === undefined ? undefined : { subject });
    if (state === "draining" || state === "flushing") throw drainingError(subject);
  }

  /** What `console.log` shows of it. @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { name } = this.#options;
    const facts = {
      name: name === "" ? undefined : name,
      state: this.state,
      server: this.server,
      lastError: this.lastError?.message,
      subscriptions: this.subscriptionCount,
      pendingBytes: this.pendingBytes,
      stats: this.stats(),
    };
    return inspected("Connection", facts, depth, options, inspect);
  }
}
