import { toError } from "../errors.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { Link } from "../link/link.ts";
import type { PingQueue } from "../link/ping-queue.ts";
import { MoveLoader } from "../move/move-loader.ts";
import type { Outbox } from "../outbound/outbox.ts";
import type { Connector } from "../servers/connector.ts";
import type { Server } from "../servers/server.ts";
import type { CodeOnDemand } from "./code-on-demand.ts";
import type { CurrentLink } from "./current-link.ts";
import type { LinkChanges } from "./link-changes.ts";
import type { LinkEvents } from "./link-events.ts";
import type { StateMachine } from "./state.ts";

/** What moves need of the connection's life. */
export interface MovingHost {
  readonly code: CodeOnDemand;
  readonly state: StateMachine;
  readonly outbox: Outbox;
  readonly table: SubscriptionTable;
  readonly pings: PingQueue;
  readonly current: CurrentLink;
  readonly connector: Connector;
  /** Milliseconds after which a server that gets nothing across is not waited for. */
  readonly patience: number;
  changes(): LinkChanges;
  /** What links tell from now on is for these. */
  listeners(): LinkEvents;
  newInbox(): string;
  /** Requests from now on get another inbox. */
  renewInbox(): void;
  /** Responses to inboxes of before come by this link, which is left now. Resolves when there are no more to come. */
  leaveInboxes(link: Link): Promise<void>;
}

/** The moves of a connection from one server to another, and the code for them. */
export class Moving {
  readonly loader: MoveLoader;
  readonly #host: MovingHost;

  constructor(host: MovingHost) {
    this.#host = host;
    const { code, outbox, table, pings, patience } = host;
    this.loader = new MoveLoader(
      {
        outbox,
        table,
        pings,
        patience,
        dial: (avoided, signal) => this.#dial(avoided, signal),
        onTaken: (next, commands, gap) => host.changes().onMoved(next, commands, gap),
        onLeftBehind: (link, left) => host.changes().onLeftBehind(link, left),
        newInbox: () => host.newInbox(),
        renewInbox: () => host.renewInbox(),
        leaveInboxes: (link) => host.leaveInboxes(link),
      },
      () => code.load(),
    );
  }

  /** To another server, or to the same one if there is no other. Rejects when that fails; the link then stays. */
  async begin(): Promise<void> {
    const handOver = this.loader.loaded ?? (await this.loader.load());
    const { current, state } = this.#host;
    const { link, server } = current;
    if (link !== undefined && state.current === "connected") await handOver.begin(link, server);
  }

  /** Makes a link beside the one in use. */
  async #dial(avoided: Server | undefined, signal: AbortSignal): Promise<void> {
    const ready = await this.#host.connector.another(avoided, signal);
    if (signal.aborted) {
      ready.link.destroy();
      throw toError(signal.reason);
    }
    this.loader.loaded!.onEstablished(ready);
    ready.link.listen(this.#host.listeners());
  }
}
