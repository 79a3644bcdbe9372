import { AbortError, type ConnectionError, type NatsError } from "../errors.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import { closedFor } from "../failures.ts";
import type { PingQueue } from "../link/ping-queue.ts";
import type { Unsent } from "../outbound/in-transit.ts";
import type { Outbox } from "../outbound/outbox.ts";
import type { Connector } from "../servers/connector.ts";
import { Waiter } from "../waiter.ts";
import type { LinkInUse } from "./link-in-use.ts";
import type { ErrorLog } from "./error-log.ts";
import type { EventHub } from "./event-hub.ts";
import type { LinkEvents } from "./link-events.ts";
import type { Moves } from "./moves.ts";
import type { Renewal } from "./renewal.ts";
import type { StateMachine } from "./state.ts";
import type { UndeliveredCount } from "./undelivered-count.ts";

/** How long a close waits for what was published to leave, in milliseconds. */
const LIMIT = 1000;

/** What a close ends. */
export interface ClosingHost {
  readonly state: StateMachine;
  readonly pings: PingQueue;
  readonly inUse: LinkInUse;
  readonly connector: Connector;
  readonly moves: Moves;
  readonly renewal: Renewal;
  readonly links: LinkEvents;
  readonly undelivered: UndeliveredCount;
  /** The runtime need not tell any more that the machine was asleep. */
  readonly stopWatching: (() => void) | undefined;
  readonly changes: { leave(): void };
  readonly connection: {
    readonly outbox: Outbox;
    readonly table: SubscriptionTable;
    readonly events: EventHub;
    readonly errors: ErrorLog;
    onClosed(error: ConnectionError): void;
  };
}

/** The end of a connection, for good, and once. */
export class Closing {
  readonly #host: ClosingHost;
  readonly #closed = new Waiter<NatsError | undefined>({}, { what: "the connection to close" });
  #closing: Promise<void> | undefined;
  /** What may not have left, if the link broke while the close waited for it. */
  #lost: Unsent | undefined;

  constructor(host: ClosingHost) {
    this.#host = host;
  }

  /** Resolves once the connection is closed, with the reason unless it was asked to. */
  get closed(): Promise<NatsError | undefined> {
    return this.#closed.promise;
  }

  /** Resolves when the transport is gone. `reason` is absent if the application asked for it. */
  close(reason?: NatsError): Promise<void> {
    return (this.#closing ??= this.#close(reason));
  }

  /** The first connect has failed: there is nothing to end. */
  giveUp(): void {
    this.#host.stopWatching?.();
    this.#host.state.move("closed");
  }

  /** The link that the close waits for is lost. */
  onLinkLost(): void {
    this.#lost = this.#host.connection.outbox.detach();
  }

  async #close(reason: NatsError | undefined): Promise<void> {
    const { state, undelivered } = this.#host;
    const { outbox, table, events, errors } = this.#host.connection;
    if (state.current === "closed") return;
    state.move("closed");
    outbox.publishLimits.endWith("closed");
    this.#host.stopWatching?.();
    if (reason !== undefined) errors.record(reason);
    const { link } = this.#host.inUse;
    const error = closedFor(reason);
    const besideAreGone = this.#endOthers(error);
    table.close(error);
    const deadline = performance.now() + LIMIT;
    if (link !== undefined) await outbox.emptied(LIMIT);
    const waiting = outbox.close(error);
    const unsentBytes = link === undefined ? 0 : await link.close(Math.max(0, deadline - performance.now()));
    const unsent = this.#lost ?? { messages: outbox.takeUnsent(unsentBytes), bytes: unsentBytes };
    await besideAreGone;
    undelivered.onDiscarded(waiting.messages);
    if (link !== undefined) undelivered.onLinkEnded(unsent.messages);
    const lost = { messages: waiting.messages + unsent.messages, bytes: waiting.bytes + unsent.bytes };
    events.emit({ type: "closed", error: reason, lost });
    this.#closed.resolve(reason);
  }

  /** Ends all but what was published; resolves when the links beside the one in use are gone. */
  #endOthers(error: ConnectionError): Promise<unknown> | undefined {
    const { changes, connection, connector, inUse, links, moves, pings, renewal } = this.#host;
    connector.stop(new AbortError("the connection was closed"));
    links.onEnding(inUse.link);
    changes.leave();
    const besideAreGone = moves.loaded?.stop(error);
    pings.fail(error);
    renewal.onClosed(error);
    connection.onClosed(error);
    return besideAreGone;
  }
}
