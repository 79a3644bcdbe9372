import type { BarrierEnd } from "../barrier.ts";
import type { PermissionError } from "../errors.ts";
import type { MessageContext } from "../message.ts";
import type { WaitLimits } from "../waiter.ts";
import { Inlet, type InletHost, type InletListener } from "./inlet.ts";
import type { SubscriptionTable } from "./subscription-table.ts";

/** What {@link Inlets} need of the connection. */
export interface InletsHost {
  readonly table: SubscriptionTable;
  readonly context: MessageContext;
  barrier(limits: WaitLimits): Promise<BarrierEnd>;
}

/** The inlets of a connection. */
export class Inlets {
  readonly #open = new Set<Inlet>();
  readonly #host: InletHost;

  constructor(host: InletsHost) {
    this.#host = {
      table: host.table,
      context: host.context,
      barrier: (limits) => host.barrier(limits),
      onClosed: (inlet) => void this.#open.delete(inlet),
    };
  }

  get size(): number {
    return this.#open.size;
  }

  open(subject: string, listener: InletListener): Inlet {
    const inlet = new Inlet(subject, listener, this.#host);
    this.#open.add(inlet);
    this.#host.table.add(inlet);
    return inlet;
  }

  /** The server refuses a subject: what it sends may have been asked for there, so that each judges for itself. */
  onDenied(error: PermissionError): void {
    for (const inlet of Array.from(this.#open)) {
      if (error.code === "PUBLISH_DENIED" || inlet.subject === error.subject) inlet.onDenied(error);
    }
  }
}
