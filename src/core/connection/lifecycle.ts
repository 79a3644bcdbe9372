import { CredentialSource, isRefusal } from "../auth/credential-source.ts";
import { AbortError, ConnectionError, type NatsError, PermissionError } from "../errors.ts";
import { type ResolvedOptions, serverList } from "../options.ts";
import { PONG } from "../protocol/encoder.ts";
import { parseServerError } from "../protocol/server-error.ts";
import { parseServerInfo, type ServerInfo } from "../protocol/server-info.ts";
import type { Subscription } from "../subscription.ts";
import type { Platform } from "../transport.ts";
import { Waiter, type WaitOptions } from "../waiter.ts";
import { Connector } from "./connector.ts";
import type { EventHub } from "./events.ts";
import { closedFor, lostLinkError } from "./failures.ts";
import { HandOver, type ReadyLink } from "./hand-over.ts";
import { KeepAlive } from "./keep-alive.ts";
import { LameDuck } from "./lame-duck.ts";
import { Link, type LinkListener } from "./link.ts";
import type { Outbox } from "./outbox.ts";
import { PingQueue } from "./ping-queue.ts";
import type { ServerPool } from "./server-pool.ts";
import { checkPlatform, openPool } from "./platform-check.ts";
import { type Server, serverUrl } from "./server.ts";
import { type InnerState, StateMachine } from "./state.ts";
import type { Counters } from "./statistics.ts";
import type { SubscriptionTable } from "./subscription-table.ts";

/** How long a close waits for what was published to leave, in milliseconds. */
const CLOSE_LIMIT = 1000;

/** What else belongs to a connection and is told of its life. */
export interface LifecycleParts {
  readonly outbox: Outbox;
  readonly table: SubscriptionTable;
  readonly counters: Counters;
  readonly events: EventHub;
  /** The link is gone: `error` is what requests that were sent on it end with. */
  onDisconnected(error: ConnectionError): void;
  /** A link that the connection had moved away from is gone before all responses came by it. */
  onFormerLost(error: ConnectionError): void;
  /** What waited for a link is on its way. */
  onReconnected(): void;
  newInbox(): string;
  /** Requests from now on get another inbox. Resolves when those of before have settled. */
  renewInbox(): Promise<void>;
  /** The server refuses a subject: what it was for ends. Returns the subscription, if it was for one. */
  onDenied(error: PermissionError): Subscription | undefined;
  /** The connection is closed: `error` is what everything that waits ends with. */
  onClosed(error: ConnectionError): void;
}

/**
 * The life of a connection, and the only owner of its state: connects, keeps the link alive, restores it, closes.
 * What is asked of a link that is gone never reaches the next: a link that was left tells nothing any more.
 */
export class Lifecycle implements LinkListener {
  readonly #options: ResolvedOptions;
  readonly #parts: LifecycleParts;
  readonly #state = new StateMachine();
  readonly #pool: ServerPool;
  readonly #credentials: CredentialSource;
  readonly #connector: Connector;
  readonly #pings: PingQueue;
  readonly #handOver: HandOver;
  readonly #lameDuck: LameDuck;
  /** Ends connecting and reconnecting when the connection is closed. */
  readonly #abort = new AbortController();
  #link: Link | undefined;
  #establishedAt = 0;
  #keepAlive: KeepAlive | undefined;
  #info: ServerInfo | undefined;
  #lastError: NatsError | undefined;
  #droppedBefore = 0;
  /** Those who wait for a link. */
  #linkWaiters: Waiter<void>[] = [];
  #closing: Promise<void> | undefined;
  readonly #closed: Waiter<NatsError | undefined>;
  readonly #stopWatching: (() => void) | undefined;

  /** Throws `INVALID_SERVER_URL` or `INVALID_OPTION`. */
  constructor(options: ResolvedOptions, platform: Platform, parts: LifecycleParts) {
    this.#options = options;
    this.#parts = parts;
    this.#pool = openPool(options, platform);
    this.#credentials = new CredentialSource(options);
    this.#credentials.check(this.#pool.servers);
    checkPlatform(options, platform, this.#pool);
    this.#connector = new Connector(options, {
      pool: this.#pool,
      dialers: platform.dialers,
      credentials: this.#credentials,
      newLink: (transport, server) => new Link(transport, server, parts.table, parts.counters, this),
      onListed: (info, server) => this.#discover(info, server),
      onHandlerError: (error) => this.report(error),
    });
    this.#pings = new PingQueue((command) => parts.outbox.command(command));
    this.#handOver = new HandOver({
      outbox: parts.outbox,
      table: parts.table,
      pings: this.#pings,
      dial: (avoided, signal) => this.#connector.another(avoided, signal),
      onTaken: (ready, commands) => this.#onMoved(ready, commands),
      newInbox: () => parts.newInbox(),
      renewInbox: () => parts.renewInbox(),
    });
    this.#lameDuck = new LameDuck(
      (server) => this.#pool.hasOther(server),
      () => this.#move(),
    );
    this.#closed = new Waiter({}, { what: "the connection to close" });
    this.#stopWatching = platform.watchWake?.(() => this.#onWake());
  }

  get state(): InnerState {
    return this.#state.current;
  }

  get info(): ServerInfo | undefined {
    return this.#info;
  }

  /** The URL of the server that is connected, without user info. */
  get server(): string | undefined {
    return this.#link?.url;
  }

  get servers(): readonly string[] {
    return this.#pool.urls;
  }

  get lastError(): NatsError | undefined {
    return this.#lastError;
  }

  /** Resolves once the connection is closed, with the reason unless it was asked to. */
  get closed(): Promise<NatsError | undefined> {
    return this.#closed.promise;
  }

  /** `address:port` of the connected server. */
  get remoteAddress(): string | undefined {
    return this.#link?.transport.remoteAddress;
  }

  get discoveredServers(): readonly string[] {
    return this.#pool.discoveredUrls;
  }

  /** Takes these servers in place of all. Throws `INVALID_SERVER_URL` or `INVALID_OPTION`. */
  setServers(urls: string | readonly string[]): void {
    const servers = this.#pool.parse(serverList("servers", urls));
    this.#credentials.check(servers);
    this.#pool.replace(servers);
  }

  /**
   * The first connect. Rejects when it fails, with nothing left open; with `firstConnect: "background"` only if trying
   * again is of no use.
   */
  async connect(): Promise<void> {
    const { signal, reconnect } = this.#options;
    const onAbort = (): void => this.#abort.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort);
    const forget = (): void => signal?.removeEventListener("abort", onAbort);
    try {
      const failure = await this.#firstPass();
      if (failure !== undefined && reconnect?.firstConnect === "background") {
        // CONN-12: to the application this is an outage like any other.
        this.#state.move("reconnecting");
        void this.#restore(failure).then(forget);
        return;
      }
      if (failure !== undefined) await this.#tryAgain(failure);
      forget();
    } catch (thrown) {
      forget();
      this.#stopWatching?.();
      this.#state.move("closed");
      throw thrown;
    }
  }

  /** The failure, if it is worth to try again. */
  async #firstPass(): Promise<NatsError | undefined> {
    try {
      await this.#connector.first(this.#abort.signal);
      return undefined;
    } catch (thrown) {
      const persists =
        this.#options.reconnect !== undefined && this.#options.reconnect.firstConnect !== false;
      if (!persists || !this.#connector.isWorthRetrying(thrown as NatsError)) throw thrown;
      return thrown as NatsError;
    }
  }

  /** Tries over and over; rejects when that is over without a link. */
  #tryAgain(cause: NatsError): Promise<void> {
    const isFirst = this.#state.current === "connecting";
    return this.#connector.again(
      cause,
      this.#options.reconnect!,
      this.#abort.signal,
      (server, attempt, delay, error) => {
        if (isFirst) {
          if (!this.#connector.isWorthRetrying(error)) throw error;
          return;
        }
        this.#lastError = error;
        // AUTH-15: that the credentials are refused is worth more than a line among the attempts.
        if (attempt > 1 && isRefusal(error)) this.report(error);
        const url = serverUrl(server.address);
        this.#parts.events.emit({ type: "reconnecting", attempt, server: url, delay, error });
      },
    );
  }

  async #restore(cause: NatsError): Promise<void> {
    try {
      await this.#tryAgain(cause);
    } catch (thrown) {
      // A drain or a close that came between ends it in its own way.
      if (this.#state.current === "reconnecting") await this.close(thrown as NatsError);
    }
  }

  onEstablished(link: Link, info: ServerInfo): void {
    if (this.#link !== undefined) this.#handOver.onEstablished({ link, info });
    else this.#onRestored({ link, info });
  }

  #onRestored(ready: ReadyLink): void {
    const { counters, events, table } = this.#parts;
    const isFirst = this.#state.current === "connecting";
    const replayed = this.#take(ready, table.restore(this.#handOver.takeEarly()));
    this.#state.move("connected");
    if (isFirst) return;
    counters.reconnects++;
    this.#lastError = undefined;
    this.#parts.onReconnected();
    const dropped = counters.outDropped - this.#droppedBefore;
    events.emit({ type: "reconnected", server: ready.link.url, replayed, dropped });
  }

  /** The connection goes on with another link, without having been without one. */
  #onMoved(ready: ReadyLink, commands: Uint8Array[]): void {
    const from = this.#link!.url;
    this.#leaveLink();
    this.#take(ready, commands);
    this.#parts.counters.reconnects++;
    this.#parts.events.emit({ type: "moved", from, server: ready.link.url });
  }

  /** Goes on with this link; returns how many messages had waited for one. */
  #take({ link, info }: ReadyLink, commands: Uint8Array[]): number {
    this.#link = link;
    this.#establishedAt = performance.now();
    this.#pool.onConnected(link.server);
    this.#info = info;
    this.#discover(info, link.server);
    this.#keepAlive = new KeepAlive(this.#options, {
      hasHeard: () => link.takeHeard(),
      isStalled: () => link.takeStalled(),
      ping: () => this.#pings.keepAlive(),
      onStale: () =>
        link.fail(new ConnectionError("STALE_CONNECTION", `${link.url} went silent`, { server: link.url })),
    });
    // CONC-02: subscriptions, then what waited, then new traffic, without a turn in between.
    const replayed = this.#parts.outbox.attach(link.transport, commands);
    for (const waiter of this.#linkWaiters) waiter.resolve();
    this.#linkWaiters = [];
    return replayed.messages;
  }

  /** INFO-09: what is learned during the first connect is told to nobody. */
  #discover(info: ServerInfo, from: Server): void {
    if (!this.#options.discoverServers) return;
    // Over WebSocket too: nats-server 2.15 lists the addresses of the transport that the client came by.
    const servers = this.#pool.discover(info.connectUrls, from);
    if (servers.length === 0 || this.#state.current === "connecting") return;
    this.#parts.events.emit({ type: "discovered", servers });
  }

  onInfo(link: Link, json: string): void {
    let info: ServerInfo;
    try {
      info = parseServerInfo(json, this.#info);
    } catch {
      // INFO-05: one that can't be read changes nothing.
      return;
    }
    this.#discover(info, link.server);
    if (link !== this.#link) return;
    this.#info = info;
    if (!info.lameDuck) return;
    this.#parts.events.emit({ type: "lameDuck", server: link.url });
    this.#pool.onLameDuck(link.server, performance.now());
    if (this.#options.lameDuck === "move") this.#lameDuck.begin(link.server);
  }

  onPing(link: Link): void {
    if (link === this.#link) this.#parts.outbox.command(PONG);
    else link.transport.writeAll([PONG]);
  }

  onPong(link: Link): void {
    if (link === this.#link) this.#pings.onPong();
  }

  onDrain(link: Link): void {
    if (!this.#handOver.has(link)) this.#parts.outbox.onDrain();
  }

  onServerError(link: Link, text: string): void {
    const { effect, error } = parseServerError(text, link.url);
    if (effect === "disconnect") {
      link.fail(error);
    } else if (error instanceof PermissionError) {
      this.#onDenied(error);
    } else {
      this.report(error);
      if (effect === "authentication") this.#onRefused(link, error);
    }
  }

  #onDenied(error: PermissionError): void {
    this.record(error);
    const subscription = this.#parts.onDenied(error);
    this.#parts.events.emit({
      type: "error",
      error,
      ...(subscription === undefined ? {} : { subscription }),
    });
  }

  /** AUTH-21: the server closes the link; the same refusal twice without a connect between ends the connection. */
  #onRefused(link: Link, error: NatsError): void {
    link.blame(error);
    const isRepeated = this.#pool.onRefused(link.server, error.code);
    if (isRepeated && this.#credentials.isFixed) void this.close(error);
  }

  /** Records a failure that belongs to no call. */
  record(error: NatsError): void {
    this.#lastError = error;
  }

  /** Records a failure that belongs to no call, and tells it. */
  report(error: NatsError): void {
    this.record(error);
    this.#parts.events.emit({ type: "error", error });
  }

  onLost(link: Link, error: NatsError): void {
    const beside = this.#handOver.onLost(link);
    if (beside === "former") this.#parts.onFormerLost(lostLinkError(link.url, error));
    // It broke while a close was waiting for the last bytes to leave.
    if (beside === undefined && link !== this.#link) this.#parts.outbox.detach();
    if (link !== this.#link) return;
    const state = this.#state.current;
    const next = this.#handOver.takeNext();
    this.#leaveLink();
    this.#lastError = error;
    this.#droppedBefore = this.#parts.counters.outDropped;
    this.#parts.outbox.detach();
    const lost = lostLinkError(link.url, error);
    this.#pings.fail(lost);
    this.#parts.events.emit({ type: "disconnected", server: link.url, error });
    this.#parts.onDisconnected(lost);
    // A drain goes on with what is here; it ends by closing.
    if (state !== "connected") {
      next?.link.destroy();
      return;
    }
    this.#onOutage(error, next);
  }

  #onOutage(error: NatsError, next: ReadyLink | undefined): void {
    const { reconnect } = this.#options;
    if (reconnect === undefined && next === undefined) {
      void this.close(error);
      return;
    }
    this.#state.move("reconnecting");
    if (reconnect !== undefined) {
      this.#pool.onLost(performance.now() - this.#establishedAt, performance.now(), reconnect);
    }
    if (next === undefined) void this.#restore(error);
    else this.#onRestored(next);
  }

  /** To another server, or to the same one if there is no other. Rejects when that fails; the link then stays. */
  async #move(): Promise<void> {
    const link = this.#link;
    if (link !== undefined && this.#state.current === "connected")
      await this.#handOver.begin(link, link.server);
  }

  /** Makes a new link in place of the one there is, or tries at once if there is none. */
  async reconnect(options: WaitOptions): Promise<void> {
    if (this.#state.current === "connected") {
      await this.#move();
      return;
    }
    const waiter = new Waiter<void>(options, { what: "a link to a server" });
    this.#linkWaiters.push(waiter);
    this.#connector.hurry();
    await waiter.promise;
  }

  /** The machine slept or was offline: a link that seems to be there may be gone, and a pause may be pointless now. */
  #onWake(): void {
    this.#keepAlive?.probe(this.#options.timeout);
    this.#connector.hurry();
  }

  #leaveLink(): void {
    this.#lameDuck.stop();
    this.#keepAlive?.stop();
    this.#keepAlive = undefined;
    this.#link = undefined;
  }

  flush(options: WaitOptions): Promise<void> {
    const flushed = this.#pings.flush(options);
    this.#parts.outbox.flush();
    return flushed;
  }

  /** connected or reconnecting → draining: a lost link is not restored any more. */
  beginDrain(): void {
    this.#abort.abort(new AbortError("the connection is draining"));
    this.#state.move("draining");
  }

  /** draining → flushing: publishing is over. */
  endPublishing(): void {
    if (this.#state.current === "draining") this.#state.move("flushing");
  }

  /** Closes for good, once; resolves when the transport is gone. `reason` is absent if the application asked for it. */
  close(reason?: NatsError): Promise<void> {
    return (this.#closing ??= this.#close(reason));
  }

  async #close(reason: NatsError | undefined): Promise<void> {
    if (this.#state.current === "closed") return;
    const { outbox, table, events } = this.#parts;
    this.#state.move("closed");
    this.#stopWatching?.();
    this.#abort.abort(new AbortError("the connection was closed"));
    if (reason !== undefined) this.#lastError = reason;
    const link = this.#link;
    this.#leaveLink();
    this.#handOver.stop();
    const error = closedFor(reason);
    this.#pings.fail(error);
    for (const waiter of this.#linkWaiters) waiter.reject(error);
    this.#parts.onClosed(error);
    table.close(error);
    const deadline = performance.now() + CLOSE_LIMIT;
    if (link !== undefined) await outbox.emptied(CLOSE_LIMIT);
    const { messages, bytes } = outbox.close(error);
    const unsent = link === undefined ? 0 : await link.close(Math.max(0, deadline - performance.now()));
    events.emit({ type: "closed", error: reason, lost: { messages, bytes: bytes + unsent } });
    this.#closed.resolve(reason);
  }
}
