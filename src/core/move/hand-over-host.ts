import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { Link } from "../link/link.ts";
import type { PingQueue } from "../link/ping-queue.ts";
import type { Outbox } from "../outbound/outbox.ts";
import type { ServerLink } from "../servers/connector.ts";
import type { Server } from "../servers/server.ts";
import type { LeftBehind } from "./retired-link.ts";

/** Makes the links that a connection moves to. */
interface MoveDialler {
  /** Makes one more link, of which `onEstablished` is told; rejects when that fails. */
  dial(avoided: Server | undefined, signal: AbortSignal): Promise<void>;
}

/** Who hears what becomes of the links. */
interface MoveListener {
  /**
   * The connection goes on with this link; `commands` are for its server, in front of everything else. For `gap`
   * milliseconds subscriptions without a queue group were at neither server.
   */
  onMoved(next: NextLink, commands: Uint8Array[], gap: number): void;
  /** A link that was left has not brought everything across. */
  onLeftBehind(link: Link, left: LeftBehind): void;
}

/** The inboxes of requests, which come over one after the other. */
export interface MovingInboxes {
  /** Requests from now on get another inbox. */
  renewInbox(): void;
  /** Responses to inboxes of before come by this link, which is left now. Resolves when there are no more to come. */
  leaveInboxes(link: Link): Promise<void>;
}

/** What a hand-over needs of the connection's life. */
export interface HandOverHost {
  readonly pings: PingQueue;
  readonly moves: MoveDialler;
  readonly changes: MoveListener;
  readonly connection: {
    readonly outbox: Outbox;
    readonly table: SubscriptionTable;
    readonly requests: MovingInboxes;
    readonly inboxes: { next(): string };
    /** `timeout`: milliseconds after which a server that gets nothing across is left without waiting for what is on its way. */
    readonly options: { readonly timeout: number };
  };
}

/** A link beside the one in use, and what it has been asked. */
export interface NextLink extends ServerLink {
  readonly pings: PingQueue;
}
