import { type ConnectionView, viewOf } from "./connection-view.ts";
import type { CloseReason } from "./protocol/violation.ts";
import type { ClientFacts } from "./session/client-facts.ts";

/** Connections that are remembered when they are gone. */
const MAX_CONNECTIONS = 1000;

/** Their subscriptions that are remembered, of all together: those of the latest. */
const MAX_SUBSCRIPTIONS = 10_000;

/** What is known of a client that is gone. */
export interface ClosedConnection {
  /** Without its subscriptions, if they were too many to keep. */
  readonly connection: ConnectionView;
  readonly subscriptionCount: number;
  readonly reason: CloseReason;
  readonly at: Date;
}

/** Remembers the latest of those who are gone, for the monitor. */
export class ClosedConnections {
  #all: ClosedConnection[] = [];
  #subscriptions = 0;
  /** From here on their subscriptions are kept. */
  #firstWhole = 0;

  values(): readonly ClosedConnection[] {
    return this.#all;
  }

  add(client: ClientFacts, reason: CloseReason): void {
    if (this.#all.length >= MAX_CONNECTIONS) this.#forgetOldest();
    const subscriptionCount = client.subscriptions.size;
    const isKept = subscriptionCount <= MAX_SUBSCRIPTIONS;
    const connection = viewOf(client, isKept);
    this.#all.push({ connection, subscriptionCount, reason, at: new Date() });
    if (isKept) this.#subscriptions += subscriptionCount;
    while (this.#subscriptions > MAX_SUBSCRIPTIONS) this.#strip(this.#firstWhole++);
  }

  #forgetOldest(): void {
    if (this.#firstWhole === 0) this.#strip(0);
    else this.#firstWhole--;
    this.#all.shift();
  }

  #strip(at: number): void {
    const { connection, ...rest } = this.#all[at]!;
    this.#subscriptions -= connection.subscriptions.length;
    this.#all[at] = { connection: { ...connection, subscriptions: [] }, ...rest };
  }
}
