import type { NatsError } from "../errors.ts";
import type { Link, LinkListener } from "../link/link.ts";
import type { PingQueue } from "../link/ping-queue.ts";
import type { Outbox } from "../outbound/outbox.ts";
import { PONG } from "../protocol/commands.ts";
import { parseServerInfo, type ServerInfo } from "../protocol/server-info.ts";
import type { Server } from "../servers/server.ts";
import type { LinkInUse } from "./link-in-use.ts";
import type { Moves } from "./moves.ts";
import type { ServerErrors } from "./server-errors.ts";

/** What changes with what links tell. */
interface LinkChangesListener {
  /** The server in use says something new of itself. */
  onInfo(info: ServerInfo, server: Server): void;
  onLost(link: Link, error: NatsError): void;
}

/** What the events of links need of the connection's life. */
export interface LinkEventsHost {
  readonly pings: PingQueue;
  readonly inUse: LinkInUse;
  readonly moves: Moves;
  readonly serverErrors: ServerErrors;
  readonly changes: LinkChangesListener;
  readonly connection: { readonly outbox: Outbox };
}

/**
 * What the links of a connection tell, each to whom it concerns: the one in use, one that a move is about to take or has
 * left, one that is being ended. What is asked of a link that is gone never reaches the next.
 */
export class LinkEvents implements LinkListener {
  readonly #host: LinkEventsHost;
  #ending: Link | undefined;

  constructor(host: LinkEventsHost) {
    this.#host = host;
  }

  /** The link is no longer in use, and what was published is still to leave by it. */
  onEnding(link: Link | undefined): void {
    this.#ending = link;
  }

  onInfo(link: Link, json: string): void {
    const { inUse, moves } = this.#host;
    let info: ServerInfo;
    try {
      info = parseServerInfo(json, moves.loaded?.infoOf(link) ?? inUse.info);
    } catch {
      // INFO-05: one that can't be read changes nothing.
      return;
    }
    // The next server's list is read when its link comes into use. A former server's is of no use any more.
    if (link !== inUse.link) return moves.loaded?.onInfo(link, info);
    inUse.onInfo(info);
    this.#host.changes.onInfo(info, inUse.server!);
  }

  onPing(link: Link): void {
    if (link === this.#host.inUse.link) this.#host.connection.outbox.command(PONG);
    else link.transport.writeAll([PONG]);
  }

  onPong(link: Link): void {
    if (link === this.#host.inUse.link) this.#host.pings.onPong();
    else this.#host.moves.loaded?.onPong(link);
  }

  onDrain(link: Link): void {
    if (this.usesOutbox(link)) this.#host.connection.outbox.onDrain();
    else this.#host.moves.loaded?.onDrain(link);
  }

  /** Whether what is published goes by this link: it is in use, or a close waits for the last bytes to leave by it. */
  usesOutbox(link: Link): boolean {
    return link === this.#host.inUse.link || link === this.#ending;
  }

  onServerError(link: Link, text: string): void {
    this.#host.serverErrors.onError(link, text);
  }

  onLost(link: Link, error: NatsError): void {
    this.#host.changes.onLost(link, error);
  }
}
