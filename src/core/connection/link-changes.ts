import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { ConnectionError, NatsError } from "../errors.ts";
import { lostLinkError } from "../failures.ts";
import type { Link } from "../link/link.ts";
import type { PingQueue } from "../link/ping-queue.ts";
import type { NextLink } from "../move/hand-over-host.ts";
import type { LameDuck } from "../move/lame-duck.ts";
import type { LeftBehind } from "../move/retired-link.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Outbox } from "../outbound/outbox.ts";
import type { Unsendable } from "../outbound/unsendable.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { Connector, ServerLink } from "../servers/connector.ts";
import type { ServerPool } from "../servers/server-pool.ts";
import type { Server } from "../servers/server.ts";
import type { Counters } from "../statistics.ts";
import type { Closing } from "./closing.ts";
import type { ClusterNews } from "./cluster-news.ts";
import type { LinkInUse } from "./link-in-use.ts";
import type { ErrorLog } from "./error-log.ts";
import type { EventHub } from "./event-hub.ts";
import type { LinkEvents } from "./link-events.ts";
import type { Moves } from "./moves.ts";
import type { Renewal } from "./renewal.ts";
import type { StateMachine } from "./state.ts";
import type { UndeliveredCount } from "./undelivered-count.ts";

/** What requests hear of links. */
export interface RequestsListener {
  /** A retired link is gone before all responses came by it. */
  onRetiredLost(link: Link, error: ConnectionError): void;
  /** These messages can't be sent, by their positions: takes those that belong to a call, which fails. */
  onUnsendable(errors: Map<number, NatsError>): void;
}

/** What a change of links concerns. */
export interface LinkChangesHost {
  readonly state: StateMachine;
  readonly pings: PingQueue;
  readonly inUse: LinkInUse;
  readonly pool: ServerPool;
  readonly connector: Connector;
  readonly moves: Moves;
  readonly lameDuck: LameDuck;
  readonly news: ClusterNews;
  readonly renewal: Renewal;
  readonly undelivered: UndeliveredCount;
  readonly links: LinkEvents;
  readonly closing: Closing;
  readonly connection: {
    readonly options: ResolvedOptions;
    readonly outbox: Outbox;
    readonly table: SubscriptionTable;
    readonly counters: Counters;
    readonly events: EventHub;
    readonly errors: ErrorLog;
    readonly requests: RequestsListener;
    /** The link is gone: `error` is what requests that were sent on it end with. */
    onDisconnected(error: ConnectionError): void;
  };
}

/** What becomes of a connection as one link takes the place of another, or of none. */
export class LinkChanges {
  readonly #host: LinkChangesHost;
  #droppedBefore = 0;

  constructor(host: LinkChangesHost) {
    this.#host = host;
  }

  /** There is a link again, or the first one. */
  onReady(ready: ServerLink | NextLink): void {
    const { links, pings, state } = this.#host;
    const { counters, errors, events, table } = this.#host.connection;
    const isFirst = state.current === "connecting";
    const { replayed, refused } = this.#take(ready, table.restore());
    state.move("connected");
    if ("pings" in ready) pings.takeOver(ready.pings);
    else ready.link.listen(links);
    if (isFirst) return;
    counters.reconnects++;
    errors.clear();
    const dropped = counters.outDropped - this.#droppedBefore;
    events.emit({ type: "reconnected", server: ready.link.url, replayed, dropped, refused });
  }

  /** The connection goes on with another link, without having been without one. */
  onMoved(ready: NextLink, commands: Uint8Array[], gap: number): void {
    const { inUse, pings } = this.#host;
    const { counters, events } = this.#host.connection;
    const from = inUse.link!.url;
    this.leave();
    const { refused } = this.#take(ready, commands);
    pings.resend();
    pings.takeOver(ready.pings);
    counters.reconnects++;
    events.emit({ type: "moved", from, server: ready.link.url, gap, refused });
  }

  onLeftBehind({ url }: Link, left: LeftBehind): void {
    const { connection, state, undelivered } = this.#host;
    if (state.isDraining || state.current === "closed") undelivered.onLeftBehind(left.unconfirmed);
    connection.events.emit({ type: "leftBehind", server: url, ...left });
  }

  /** The server in use says something new of itself. */
  onInfo(info: ServerInfo, server: Server): void {
    this.#tellUnsendable(this.#host.connection.outbox.onInfo(info));
    this.#host.news.onInfo(info, server);
  }

  onLost(link: Link, error: NatsError): void {
    const { inUse, moves } = this.#host;
    const isRetired = moves.loaded?.onLost(link, error) === true;
    if (isRetired) this.#host.connection.requests.onRetiredLost(link, lostLinkError(link.url, error));
    if (link === inUse.link) this.#onLossInUse(link, error);
    else if (this.#host.links.usesOutbox(link)) this.#host.closing.onLinkLost();
  }

  /** There is no link, and the next one is looked for; resolves when that is over. */
  async restore(cause: NatsError): Promise<void> {
    const { connector, state } = this.#host;
    let ready: ServerLink;
    state.move("reconnecting");
    try {
      ready = await connector.restore(cause);
    } catch (thrown) {
      // A drain or a close that came between ends it in its own way.
      if (state.current === "reconnecting") await this.#host.closing.close(thrown as NatsError);
      return;
    }
    if (state.current === "reconnecting") this.onReady(ready);
    else ready.link.destroy();
  }

  /** From now on there is no link in use. */
  leave(): void {
    this.#host.lameDuck.stop();
    this.#host.inUse.leave();
  }

  /** Goes on with this link; returns how many messages had waited for one, and how many of them it does not take. */
  #take(ready: ServerLink, commands: Uint8Array[]): { replayed: number; refused: number } {
    const { link, info, server } = ready;
    const { inUse, moves, news, pings, pool, renewal } = this.#host;
    const { outbox, table } = this.#host.connection;
    inUse.take(ready);
    const refused = this.#tellUnsendable(outbox.onLink(info));
    table.noteLines();
    pool.onConnected(server);
    news.discover(info, server);
    // CONC-02: subscriptions, then what waited, then new traffic, without a turn in between.
    pings.startAt(outbox.given.handedOver);
    const replayed = outbox.attach(link.transport, commands);
    renewal.onLink();
    moves.prepare();
    if (info.lameDuck) news.onLameDuck(server);
    return { replayed: replayed.messages, refused };
  }

  /** Tells of each message that waits and that the server does not take; returns how many there are. */
  #tellUnsendable(unsendable: Unsendable): number {
    const { errors, requests } = this.#host.connection;
    const count = unsendable.size;
    if (count === 0) return 0;
    requests.onUnsendable(unsendable);
    for (const error of unsendable.values()) errors.report(error);
    return count;
  }

  #onLossInUse(link: Link, error: NatsError): void {
    const { connection, inUse, moves, pings, state, undelivered } = this.#host;
    const { counters, errors, events, outbox } = connection;
    const { age } = inUse;
    this.leave();
    errors.record(error);
    this.#droppedBefore = counters.outDropped;
    const unsent = outbox.detach();
    if (state.isDraining) undelivered.onLinkEnded(unsent.messages);
    const lost = lostLinkError(link.url, error);
    pings.fail(lost);
    const unconfirmed = undelivered.unconfirmed(unsent.messages);
    events.emit({ type: "disconnected", server: link.url, error, unsent, unconfirmed });
    connection.onDisconnected(lost);
    const next = moves.loaded?.takeNext();
    if (state.current === "connected") {
      this.#onOutage(error, age, next);
    } else {
      // A drain goes on with what is here; it ends by closing.
      next?.link.destroy();
      next?.pings.fail(lost);
    }
  }

  /** `livedFor` milliseconds the link was in use; `next` is the one that a move was about to take. */
  #onOutage(error: NatsError, livedFor: number, next: NextLink | undefined): void {
    const { connection, pool, state } = this.#host;
    const { reconnect } = connection.options;
    if (reconnect === undefined && next === undefined) {
      void this.#host.closing.close(error);
      return;
    }
    if (reconnect !== undefined) pool.onLost(livedFor, performance.now(), reconnect);
    if (next === undefined) {
      void this.restore(error);
    } else {
      state.move("reconnecting");
      this.onReady(next);
    }
  }
}
