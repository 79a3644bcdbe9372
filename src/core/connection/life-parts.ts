import { CredentialSource, isRefusal } from "../auth/credential-source.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { ConnectionError } from "../errors.ts";
import { PingQueue } from "../link/ping-queue.ts";
import type { MovingInboxes } from "../move/hand-over-host.ts";
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
import { LinkInUse } from "./link-in-use.ts";
import type { ErrorLog } from "./error-log.ts";
import type { EventHub } from "./event-hub.ts";
import { LinkChanges, type RequestsListener } from "./link-changes.ts";
import { LinkEvents } from "./link-events.ts";
import { Moves } from "./moves.ts";
import { openPool } from "./open-pool.ts";
import type { RefusedLinesHost } from "./refused-lines.ts";
import { Renewal } from "./renewal.ts";
import { type DenialListener, ServerErrors } from "./server-errors.ts";
import { StateMachine } from "./state.ts";
import { UndeliveredCount } from "./undelivered-count.ts";

/** What a connection's life needs of the connection, and tells it. */
export interface LifecycleHost extends DenialListener {
  readonly options: ResolvedOptions;
  readonly outbox: Outbox;
  readonly table: SubscriptionTable;
  readonly counters: Counters;
  readonly events: EventHub;
  readonly errors: ErrorLog;
  readonly code: CodeOnDemand;
  readonly subscriptions: RefusedLinesHost["subscriptions"];
  readonly inboxes: { next(): string };
  readonly requests: MovingInboxes & RequestsListener;
  /** The link is gone: `error` is what requests that were sent on it end with. */
  onDisconnected(error: ConnectionError): void;
  /** The connection is closed: `error` is what everything that waits ends with. */
  onClosed(error: ConnectionError): void;
}

/** What a connection's life consists of, put together. Each part sees of the others what its host's type says. */
export class LifeParts {
  readonly platform: Platform;
  readonly connection: LifecycleHost;
  readonly state: StateMachine = new StateMachine();
  readonly pool: ServerPool;
  readonly credentials: CredentialSource;
  readonly connector: Connector;
  readonly pings: PingQueue;
  readonly inUse: LinkInUse;
  readonly undelivered: UndeliveredCount;
  readonly moves: Moves = new Moves(this);
  readonly lameDuck: LameDuck = new LameDuck(this);
  readonly renewal: Renewal = new Renewal(this);
  readonly news: ClusterNews = new ClusterNews(this);
  readonly changes: LinkChanges = new LinkChanges(this);
  readonly serverErrors: ServerErrors = new ServerErrors(this);
  readonly links: LinkEvents = new LinkEvents(this);
  readonly closing: Closing = new Closing(this);
  readonly stopWatching: (() => void) | undefined;

  /** Throws `INVALID_SERVER_URL` or `INVALID_OPTION`. */
  constructor(platform: Platform, connection: LifecycleHost) {
    const { options, outbox, code } = connection;
    this.platform = platform;
    this.connection = connection;
    this.pool = openPool(options, platform);
    this.credentials = new CredentialSource(options, async (authenticators, context, asked) => {
      const { collectCredentials } = await code.load();
      return await collectCredentials(authenticators, context, asked);
    });
    this.credentials.check(this.pool.servers);
    this.connector = new Connector(this);
    // Without a link it waits among the publishes, in order (BUF-08).
    this.pings = new PingQueue(
      (command) => outbox.command(command),
      () => outbox.lastPosition,
    );
    this.inUse = new LinkInUse(options, this.pings);
    this.undelivered = new UndeliveredCount(outbox, this.pings);
    this.stopWatching = platform.watchWake?.(() => this.#onWake());
  }

  /** An attempt to restore the link begins. */
  onAttempt({ attempt, server, delay, error }: AttemptBegun): void {
    const { errors, events } = this.connection;
    errors.record(error);
    // AUTH-15: refused credentials are an error of their own. `reconnecting` alone would hide them among the attempts.
    if (attempt > 1 && isRefusal(error)) errors.report(error);
    events.emit({ type: "reconnecting", attempt, server, delay, error });
  }

  /** The machine slept or was offline: a link that seems to be there may be gone, and a pause may be pointless now. */
  #onWake(): void {
    this.inUse.probe(this.connection.options.timeout);
    this.connector.hurry();
  }
}
