import { CredentialSource, isRefusal } from "../auth/credential-source.ts";
import {
  AbortError,
  type ConnectionError,
  type NatsError,
  type PermissionError,
  toError,
} from "../errors.ts";
import { type BarrierEnd, endOfAll } from "../barrier.ts";
import { type ResolvedOptions, serverList } from "../options.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { Platform } from "../transport.ts";
import { Waiter, type WaitLimits } from "../waiter.ts";
import { Connector, type ServerLink } from "../servers/connector.ts";
import type { AttemptBegun } from "../servers/over-and-over.ts";
import { Renewal } from "./renewal.ts";
import { ServerErrors } from "./server-errors.ts";
import { ClusterNews } from "./cluster-news.ts";
import { LinkEvents } from "./link-events.ts";
import { CurrentLink } from "./current-link.ts";
import type { Undelivered } from "./drain.ts";
import type { ErrorLog } from "./error-log.ts";
import type { EventHub } from "./event-hub.ts";
import { closedFor, lostLinkError } from "../failures.ts";
import { MoveLoader } from "../move/move-loader.ts";
import type { NextLink } from "../move/hand-over-host.ts";
import type { LeftBehind } from "../move/retired-link.ts";
import { LameDuck } from "../move/lame-duck.ts";
import type { Link } from "../link/link.ts";
import type { Unsent } from "../outbound/in-transit.ts";
import type { Outbox } from "../outbound/outbox.ts";
import { PingQueue } from "../link/ping-queue.ts";
import type { ServerPool } from "../servers/server-pool.ts";
import { loadOnDemand } from "./load-on-demand.ts";
import { openPool } from "./open-pool.ts";
import type { Server } from "../servers/server.ts";
import { type InnerState, StateMachine } from "./state.ts";
import type { Counters } from "../statistics.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";

/** How long a close waits for what was published to leave, in milliseconds. */
const CLOSE_LIMIT = 1000;

/** What a connection's life needs of the connection, and tells it. */
export interface LifecycleHost {
  readonly outbox: Outbox;
  readonly table: SubscriptionTable;
  readonly counters: Counters;
  readonly events: EventHub;
  readonly errors: ErrorLog;
  /** The link is gone: `error` is what requests that were sent on it end with. */
  onDisconnected(error: ConnectionError): void;
  /** A link that the connection had moved away from is gone before all responses came by it. */
  onFormerLost(link: Link, error: ConnectionError): void;
  newInbox(): string;
  /** Requests from now on get another inbox. */
  renewInbox(): void;
  /** Responses to inboxes of before come by this link, which is left now. Resolves when there are no more to come. */
  leaveInboxes(link: Link): Promise<void>;
  /** The server refuses a subject: what it was for ends. Returns the subscription, if it was for one. */
  onDenied(error: PermissionError): Subscription | undefined;
  /** These messages can't be sent, by their positions: takes those that belong to a call, which fails. */
  onUnsendable(errors: Map<number, NatsError>): void;
  /** The connection is closed: `error` is what everything that waits ends with. */
  onClosed(error: ConnectionError): void;
}

/**
 * The life of a connection, and the only owner of its state: connects, keeps the link alive, restores it, closes.
 */
export class Lifecycle {
  readonly #options: ResolvedOptions;
  readonly #platform: Platform;
  readonly #host: LifecycleHost;
  readonly #state = new StateMachine();
  readonly #pool: ServerPool;
  readonly #credentials: CredentialSource;
  readonly #connector: Connector;
  readonly #pings: PingQueue;
  readonly #current: CurrentLink;
  readonly #moves: MoveLoader;
  readonly #lameDuck: LameDuck;
  readonly #renewal: Renewal;
  readonly #news: ClusterNews;
  readonly #links: LinkEvents;
  #droppedBefore = 0;
  /** Since a drain began. */
  #undelivered: Undelivered = { lost: 0, unconfirmed: 0 };
  #closing: Promise<void> | undefined;
  /** What the link may not have let out that broke while a close waited for it. */
  #lostInClose: Unsent | undefined;
  readonly #closed = new Waiter<NatsError | undefined>({}, { what: "the connection to close" });
  readonly #stopWatching: (() => void) | undefined;

  /** Throws `INVALID_SERVER_URL` or `INVALID_OPTION`. */
  constructor(options: ResolvedOptions, platform: Platform, host: LifecycleHost) {
    this.#options = options;
    this.#host = host;
    this.#platform = platform;
    this.#pool = openPool(options, platform);
    this.#credentials = new CredentialSource(options, async (authenticators, context, asked) => {
      const { collectCredentials } = await loadOnDemand();
      return await collectCredentials(authenticators, context, asked);
    });
    this.#credentials.check(this.#pool.servers);
    this.#connector = this.#newConnector(platform);
    // Without a link it waits among the publishes, in order (BUF-08).
    this.#pings = new PingQueue(
      (command) => host.outbox.command(command),
      () => host.counters.outMessages,
    );
    this.#current = new CurrentLink(options, this.#pings);
    this.#moves = this.#newMoves();
    this.#lameDuck = new LameDuck({
      hasOther: (server) => this.#pool.hasOther(server),
      move: () => this.#move(),
      onNotLoaded: (error) => host.errors.report(error),
    });
    this.#renewal = new Renewal({
      checkOpen: () => this.#state.checkOpen(),
      link: () => this.#current.link,
      moves: this.#moves,
      connector: this.#connector,
      move: () => this.#move(),
    });
    this.#news = new ClusterNews(options, {
      pool: this.#pool,
      events: host.events,
      lameDuck: this.#lameDuck,
      isConnecting: () => this.#state.current === "connecting",
    });
    this.#links = new LinkEvents({
      outbox: host.outbox,
      pings: this.#pings,
      current: this.#current,
      moves: this.#moves,
      serverErrors: this.#newServerErrors(),
      onInfo: (info, server) => this.#onInfo(info, server),
      onLost: (link, error) => this.#onLost(link, error),
    });
    this.#stopWatching = platform.watchWake?.(() => this.#onWake());
  }

  #newMoves(): MoveLoader {
    const { outbox, table } = this.#host;
    const host = {
      outbox,
      table,
      pings: this.#pings,
      patience: this.#options.timeout,
      dial: (avoided: Server | undefined, signal: AbortSignal) => this.#dialBeside(avoided, signal),
      onTaken: (ready: NextLink, commands: Uint8Array[], gap: number) => this.#onMoved(ready, commands, gap),
      onLeftBehind: (link: Link, left: LeftBehind) => this.#onLeftBehind(link, left),
      newInbox: () => this.#host.newInbox(),
      renewInbox: () => this.#host.renewInbox(),
      leaveInboxes: (link: Link) => this.#host.leaveInboxes(link),
    };
    return new MoveLoader(host, loadOnDemand);
  }

  #newConnector({ dialers }: Platform): Connector {
    const { table, counters, errors } = this.#host;
    return new Connector(this.#options, {
      pool: this.#pool,
      dialers,
      credentials: this.#credentials,
      route: table,
      counters,
      explain: async (error, opening) => await (await loadOnDemand()).explainFailure(error, opening),
      signNonce: async (shown, nonce) => await (await loadOnDemand()).signNonce(shown, nonce),
      onListed: (info, server) => this.#news.discover(info, server),
      onAttempt: (begun) => this.#onAttempt(begun),
      onHandlerError: (error) => errors.report(error),
    });
  }

  get state(): InnerState {
    return this.#state.current;
  }

  /** Throws `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. */
  checkOpen(subject?: string): void {
    this.#state.checkOpen(subject);
  }

  get info(): ServerInfo | undefined {
    return this.#current.info;
  }

  /** The URL of the server that is connected, without user info. */
  get server(): string | undefined {
    return this.#current.link?.url;
  }

  get servers(): readonly string[] {
    return this.#pool.urls;
  }

  /** Resolves once the connection is closed, with the reason unless it was asked to. */
  get closed(): Promise<NatsError | undefined> {
    return this.#closed.promise;
  }

  /** `address:port` of the connected server. */
  get remoteAddress(): string | undefined {
    return this.#current.link?.transport.remoteAddress;
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
    const { signal } = this.#options;
    const onAbort = (): void => this.#connector.stop(signal?.reason);
    const forget = (): void => signal?.removeEventListener("abort", onAbort);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort);
    try {
      await this.#checkPlatform();
      const outcome = await this.#connector.connect();
      if (!(outcome instanceof Error)) {
        forget();
        this.#onRestored(outcome);
        return;
      }
      // CONN-12: to the application this is an outage like any other.
      this.#state.move("reconnecting");
      void this.#restore(outcome).then(forget);
    } catch (thrown) {
      forget();
      this.#stopWatching?.();
      this.#state.move("closed");
      throw thrown;
    }
  }

  /** Rejects with `INVALID_OPTION`. Most connections have nothing that their runtime could be unable to do. */
  async #checkPlatform(): Promise<void> {
    const { tls, websocket, localAddress } = this.#options;
    if (tls === undefined && websocket === undefined && localAddress === undefined) return;
    const { checkPlatform } = await loadOnDemand();
    checkPlatform(this.#options, this.#platform, this.#pool);
  }

  async #restore(cause: NatsError): Promise<void> {
    let ready: ServerLink;
    try {
      ready = await this.#connector.restore(cause);
    } catch (thrown) {
      // A drain or a close that came between ends it in its own way.
      if (this.#state.current === "reconnecting") await this.close(thrown as NatsError);
      return;
    }
    if (this.#state.current === "reconnecting") this.#onRestored(ready);
    else ready.link.destroy();
  }

  #onAttempt({ attempt, server, delay, error }: AttemptBegun): void {
    const { errors, events } = this.#host;
    errors.record(error);
    // AUTH-15: that the credentials are refused is worth more than a line among the attempts.
    if (attempt > 1 && isRefusal(error)) errors.report(error);
    events.emit({ type: "reconnecting", attempt, server, delay, error });
  }

  async #dialBeside(avoided: Server | undefined, signal: AbortSignal): Promise<void> {
    const ready = await this.#connector.another(avoided, signal);
    if (signal.aborted) {
      ready.link.destroy();
      throw toError(signal.reason);
    }
    this.#moves.loaded!.onEstablished(ready);
    ready.link.listen(this.#links);
  }

  #onRestored(ready: ServerLink | NextLink): void {
    const { counters, errors, events, table } = this.#host;
    const isFirst = this.#state.current === "connecting";
    const { replayed, refused } = this.#take(ready, table.restore());
    this.#state.move("connected");
    if ("pings" in ready) this.#pings.takeOver(ready.pings);
    else ready.link.listen(this.#links);
    if (isFirst) return;
    counters.reconnects++;
    errors.clear();
    const dropped = counters.outDropped - this.#droppedBefore;
    events.emit({ type: "reconnected", server: ready.link.url, replayed, dropped, refused });
  }

  /** The connection goes on with another link, without having been without one. */
  #onMoved(ready: NextLink, commands: Uint8Array[], gap: number): void {
    const from = this.#current.link!.url;
    this.#leaveLink();
    const { refused } = this.#take(ready, commands);
    this.#pings.resend();
    this.#pings.takeOver(ready.pings);
    this.#host.counters.reconnects++;
    this.#host.events.emit({ type: "moved", from, server: ready.link.url, gap, refused });
  }

  #onLeftBehind({ url }: Link, left: LeftBehind): void {
    const { lost, unconfirmed } = this.#undelivered;
    if (this.#isDraining || this.#state.current === "closed") {
      this.#undelivered = { lost, unconfirmed: unconfirmed + left.unconfirmed };
    }
    this.#host.events.emit({ type: "leftBehind", server: url, ...left });
  }

  /** Goes on with this link; returns how many messages had waited for one, and how many of them it does not take. */
  #take(ready: ServerLink, commands: Uint8Array[]): { replayed: number; refused: number } {
    const { link, info, server } = ready;
    this.#current.take(ready);
    const refused = this.#limitPublishing(info);
    this.#pool.onConnected(server);
    this.#news.discover(info, server);
    // CONC-02: subscriptions, then what waited, then new traffic, without a turn in between.
    const replayed = this.#host.outbox.attach(link.transport, commands);
    this.#pings.startAt(this.#host.counters.outMessages - replayed.messages);
    this.#renewal.onLink();
    this.#moves.prepare();
    if (info.lameDuck) this.#news.onLameDuck(server);
    return { replayed: replayed.messages, refused };
  }

  /** Tells of each message that waits and that the server does not take; returns how many there are. */
  #limitPublishing(info: ServerInfo): number {
    const unsendable = this.#host.outbox.onInfo(info);
    const count = unsendable.size;
    if (count === 0) return 0;
    this.#host.onUnsendable(unsendable);
    for (const error of unsendable.values()) this.#host.errors.report(error);
    return count;
  }

  #onInfo(info: ServerInfo, server: Server): void {
    this.#limitPublishing(info);
    this.#news.onInfo(info, server);
  }

  #newServerErrors(): ServerErrors {
    return new ServerErrors({
      errors: this.#host.errors,
      credentials: this.#credentials,
      onDenied: (error) => this.#host.onDenied(error),
      isOwnDenied: (error) => this.#moves.loaded?.onDenied(error) === true,
      onRefused: (link, { code }) =>
        link === this.#current.link && this.#pool.onRefused(this.#current.server!, code),
      close: (reason) => void this.close(reason),
    });
  }

  #onLost(link: Link, error: NatsError): void {
    const beside = this.#moves.loaded?.onLost(link, error);
    if (beside === "former") this.#host.onFormerLost(link, lostLinkError(link.url, error));
    if (link === this.#current.link) this.#onCurrentLost(link, error);
    else if (this.#links.usesOutbox(link)) this.#lostInClose = this.#host.outbox.detach();
  }

  #onCurrentLost(link: Link, error: NatsError): void {
    const { age } = this.#current;
    this.#leaveLink();
    this.#host.errors.record(error);
    this.#droppedBefore = this.#host.counters.outDropped;
    const unsent = this.#host.outbox.detach();
    if (this.#isDraining) this.#countUndelivered(unsent.messages);
    const lost = lostLinkError(link.url, error);
    this.#pings.fail(lost);
    this.#host.events.emit({ type: "disconnected", server: link.url, error, unsent });
    this.#host.onDisconnected(lost);
    const next = this.#moves.loaded?.takeNext();
    if (this.#state.current === "connected") {
      this.#onOutage(error, age, next);
    } else {
      // A drain goes on with what is here; it ends by closing.
      next?.link.destroy();
      next?.pings.fail(lost);
    }
  }

  /** `livedFor` milliseconds the link was in use; `next` is the one that a move was about to take. */
  #onOutage(error: NatsError, livedFor: number, next: NextLink | undefined): void {
    const { reconnect } = this.#options;
    if (reconnect === undefined && next === undefined) {
      void this.close(error);
      return;
    }
    this.#state.move("reconnecting");
    if (reconnect !== undefined) this.#pool.onLost(livedFor, performance.now(), reconnect);
    if (next === undefined) void this.#restore(error);
    else this.#onRestored(next);
  }

  /** To another server, or to the same one if there is no other. Rejects when that fails; the link then stays. */
  async #move(): Promise<void> {
    const handOver = this.#moves.loaded ?? (await this.#moves.load());
    const { link, server } = this.#current;
    if (link !== undefined && this.#state.current === "connected") await handOver.begin(link, server);
  }

  /** Makes a new link in place of the one there is, or tries at once if there is none. */
  reconnect(options: WaitLimits): Promise<void> {
    return this.#renewal.renew(options);
  }

  /** The machine slept or was offline: a link that seems to be there may be gone, and a pause may be pointless now. */
  #onWake(): void {
    this.#current.probe(this.#options.timeout);
    this.#connector.hurry();
  }

  #leaveLink(): void {
    this.#lameDuck.stop();
    this.#current.leave();
  }

  flush(options: WaitLimits): Promise<void> {
    const flushed = this.#pings.flush(options);
    this.#host.outbox.flush();
    return flushed;
  }

  /** How it ends that all comes that is on its way to subscriptions that have ended by now; without a link nothing is. */
  async barrier(options: WaitLimits = {}): Promise<BarrierEnd> {
    if (this.#current.link === undefined) return "reached";
    const ends = [this.#pings.barrier(options), ...(this.#moves.loaded?.barriers(options) ?? [])];
    this.#host.outbox.flush();
    return endOfAll(await Promise.all(ends));
  }

  get #isDraining(): boolean {
    const { current } = this.#state;
    return current === "draining" || current === "flushing";
  }

  /** A link has ended: `unsent` of the messages that it was given have not left it. */
  #countUndelivered(unsent: number): void {
    const unconfirmed = Math.max(0, this.#host.outbox.handedOver - this.#pings.confirmed - unsent);
    const before = this.#undelivered;
    this.#undelivered = { lost: before.lost + unsent, unconfirmed: before.unconfirmed + unconfirmed };
  }

  /** connected or reconnecting → draining: a lost link is not restored any more. */
  beginDrain(): void {
    this.#connector.stop(new AbortError("the connection is draining"));
    this.#state.move("draining");
  }

  /** draining → flushing: publishing is over. */
  endPublishing(): void {
    if (this.#state.current !== "draining") return;
    this.#state.move("flushing");
    this.#host.outbox.publishLimits.endWith("draining");
  }

  /** Closes; resolves with what was published in vain since a drain began. */
  async finishDrain(): Promise<Undelivered> {
    await this.close();
    return this.#undelivered;
  }

  /** Closes for good, once; resolves when the transport is gone. `reason` is absent if the application asked for it. */
  close(reason?: NatsError): Promise<void> {
    return (this.#closing ??= this.#close(reason));
  }

  async #close(reason: NatsError | undefined): Promise<void> {
    if (this.#state.current === "closed") return;
    const { outbox, table, events, errors } = this.#host;
    this.#state.move("closed");
    outbox.publishLimits.endWith("closed");
    this.#stopWatching?.();
    this.#connector.stop(new AbortError("the connection was closed"));
    if (reason !== undefined) errors.record(reason);
    const { link } = this.#current;
    this.#links.onEnding(link);
    this.#leaveLink();
    const error = closedFor(reason);
    const besideAreGone = this.#moves.loaded?.stop(error);
    this.#pings.fail(error);
    this.#renewal.onClosed(error);
    this.#host.onClosed(error);
    table.close(error);
    const deadline = performance.now() + CLOSE_LIMIT;
    if (link !== undefined) await outbox.emptied(CLOSE_LIMIT);
    const waiting = outbox.close(error);
    const unsentBytes = link === undefined ? 0 : await link.close(Math.max(0, deadline - performance.now()));
    const unsent = this.#lostInClose ?? { messages: outbox.takeUnsent(unsentBytes), bytes: unsentBytes };
    await besideAreGone;
    this.#undelivered = { ...this.#undelivered, lost: this.#undelivered.lost + waiting.messages };
    if (link !== undefined) this.#countUndelivered(unsent.messages);
    const lost = { messages: waiting.messages + unsent.messages, bytes: waiting.bytes + unsent.bytes };
    events.emit({ type: "closed", error: reason, lost });
    this.#closed.resolve(reason);
  }
}
