import { CredentialSource, isRefusal } from "../auth/credential-source.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { ConnectionError, NatsError, PermissionError } from "../errors.ts";
import type { Link } from "../link/link.ts";
import { PingQueue } from "../link/ping-queue.ts";
import { LameDuck } from "../move/lame-duck.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Outbox } from "../outbound/outbox.ts";
import { Connector } from "../servers/connector.ts";
import type { AttemptBegun } from "../servers/over-and-over.ts";
import type { ServerPool } from "../servers/server-pool.ts";
import type { Counters } from "../statistics.ts";
import type { Platform } from "../transport.ts";
import { Closing } from "./closing.ts";
import { ClusterNews } from "./cluster-news.ts";
import type { CodeOnDemand } from "./code-on-demand.ts";
import { CurrentLink } from "./current-link.ts";
import type { ErrorLog } from "./error-log.ts";
import type { EventHub } from "./event-hub.ts";
import { LinkChanges } from "./link-changes.ts";
import { LinkEvents } from "./link-events.ts";
import { Moving } from "./moving.ts";
import { openPool } from "./open-pool.ts";
import { Renewal } from "./renewal.ts";
import { ServerErrors } from "./server-errors.ts";
import { StateMachine } from "./state.ts";
import { UndeliveredCount } from "./undelivered-count.ts";

/** What a connection's life needs of the connection, and tells it. */
export interface LifecycleHost {
  readonly outbox: Outbox;
  readonly table: SubscriptionTable;
  readonly counters: Counters;
  readonly events: EventHub;
  readonly errors: ErrorLog;
  readonly code: CodeOnDemand;
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

/** What a connection's life consists of, put together. */
export class LifeParts {
  readonly state: StateMachine = new StateMachine();
  readonly pool: ServerPool;
  readonly credentials: CredentialSource;
  readonly connector: Connector;
  readonly pings: PingQueue;
  readonly current: CurrentLink;
  readonly moving: Moving;
  readonly renewal: Renewal;
  readonly undelivered: UndeliveredCount;
  readonly news: ClusterNews;
  readonly changes: LinkChanges;
  readonly closing: Closing;
  readonly #options: ResolvedOptions;
  readonly #host: LifecycleHost;
  readonly #links: LinkEvents;

  /** Throws `INVALID_SERVER_URL` or `INVALID_OPTION`. */
  constructor(options: ResolvedOptions, platform: Platform, host: LifecycleHost) {
    const { outbox, errors, events, code } = host;
    const { state } = this;
    this.#options = options;
    this.#host = host;
    this.pool = openPool(options, platform);
    this.credentials = new CredentialSource(options, async (authenticators, context, asked) => {
      const { collectCredentials } = await code.load();
      return await collectCredentials(authenticators, context, asked);
    });
    this.credentials.check(this.pool.servers);
    this.connector = this.#newConnector(platform);
    // Without a link it waits among the publishes, in order (BUF-08).
    this.pings = new PingQueue(
      (command) => outbox.command(command),
      () => outbox.lastPosition,
    );
    this.current = new CurrentLink(options, this.pings);
    this.undelivered = new UndeliveredCount(outbox, this.pings);
    this.moving = this.#newMoving();
    const move = (): Promise<void> => this.moving.begin();
    const lameDuck = new LameDuck({
      hasOther: (server) => this.pool.hasOther(server),
      move,
      onNotLoaded: (error) => errors.report(error),
    });
    this.renewal = new Renewal({
      checkOpen: () => state.checkOpen(),
      link: () => this.current.link,
      moves: this.moving.loader,
      connector: this.connector,
      move,
    });
    this.news = new ClusterNews(options, {
      pool: this.pool,
      events,
      lameDuck,
      isConnecting: () => state.current === "connecting",
    });
    this.changes = this.#newChanges(lameDuck);
    this.#links = this.#newLinkEvents();
    this.closing = this.#newClosing(platform);
  }

  #newConnector({ dialers }: Platform): Connector {
    const { table, counters, errors, code } = this.#host;
    return new Connector(this.#options, {
      pool: this.pool,
      dialers,
      credentials: this.credentials,
      route: table,
      counters,
      code,
      onListed: (info, server) => this.news.discover(info, server),
      onAttempt: (begun) => this.#onAttempt(begun),
      onHandlerError: (error) => errors.report(error),
    });
  }

  #onAttempt({ attempt, server, delay, error }: AttemptBegun): void {
    const { errors, events } = this.#host;
    errors.record(error);
    // AUTH-15: that the credentials are refused is worth more than a line among the attempts.
    if (attempt > 1 && isRefusal(error)) errors.report(error);
    events.emit({ type: "reconnecting", attempt, server, delay, error });
  }

  #newMoving(): Moving {
    const { state, pings, current, connector } = this;
    const { outbox, table, code } = this.#host;
    return new Moving({
      code,
      state,
      outbox,
      table,
      pings,
      current,
      connector,
      patience: this.#options.timeout,
      changes: () => this.changes,
      listeners: () => this.#links,
      newInbox: () => this.#host.newInbox(),
      renewInbox: () => this.#host.renewInbox(),
      leaveInboxes: (link) => this.#host.leaveInboxes(link),
    });
  }

  #newChanges(lameDuck: LameDuck): LinkChanges {
    const { state, pings, current, pool, connector, news, renewal, undelivered } = this;
    const { outbox, table, counters, events, errors } = this.#host;
    return new LinkChanges({
      reconnect: this.#options.reconnect,
      state,
      outbox,
      table,
      counters,
      events,
      errors,
      pings,
      current,
      pool,
      connector,
      moves: this.moving.loader,
      lameDuck,
      news,
      renewal,
      undelivered,
      listeners: () => this.#links,
      closing: () => this.closing,
      onDisconnected: (error) => this.#host.onDisconnected(error),
      onFormerLost: (link, error) => this.#host.onFormerLost(link, error),
      onUnsendable: (unsendable) => this.#host.onUnsendable(unsendable),
    });
  }

  #newLinkEvents(): LinkEvents {
    const { pings, current, changes } = this;
    const { outbox, errors } = this.#host;
    const moves = this.moving.loader;
    const serverErrors = new ServerErrors({
      errors,
      credentials: this.credentials,
      onDenied: (error) => this.#host.onDenied(error),
      isOwnDenied: (error) => moves.loaded?.onDenied(error) === true,
      onRefused: (link, { code }) => link === current.link && this.pool.onRefused(current.server!, code),
      close: (reason) => void this.closing.close(reason),
    });
    return new LinkEvents({
      outbox,
      pings,
      current,
      moves,
      serverErrors,
      onInfo: (info, server) => changes.onInfo(info, server),
      onLost: (link, error) => changes.onLost(link, error),
    });
  }

  #newClosing({ watchWake }: Platform): Closing {
    const { state, pings, current, connector, renewal, undelivered, changes } = this;
    const { outbox, table, events, errors } = this.#host;
    return new Closing({
      state,
      outbox,
      table,
      events,
      errors,
      pings,
      current,
      connector,
      moves: this.moving.loader,
      renewal,
      links: this.#links,
      undelivered,
      stopWatching: watchWake?.(() => this.#onWake()),
      leaveLink: () => changes.leave(),
      onClosed: (error) => this.#host.onClosed(error),
    });
  }

  /** The machine slept or was offline: a link that seems to be there may be gone, and a pause may be pointless now. */
  #onWake(): void {
    this.current.probe(this.#options.timeout);
    this.connector.hurry();
  }
}
