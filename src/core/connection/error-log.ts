import type { NatsError } from "../errors.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { EventHub } from "./event-hub.ts";

/** What fails without belonging to a call: the last of it is kept, and told. */
export class ErrorLog {
  readonly #events: EventHub;
  #last: NatsError | undefined;

  constructor(events: EventHub) {
    this.#events = events;
  }

  get last(): NatsError | undefined {
    return this.#last;
  }

  /** Keeps a failure that is told in another way. */
  record(error: NatsError): void {
    this.#last = error;
  }

  /** Keeps a failure and tells it; `subscription` is the one that it ended. */
  report(error: NatsError, subscription?: Subscription): void {
    this.record(error);
    this.#events.emit({ type: "error", error, ...(subscription === undefined ? {} : { subscription }) });
  }

  clear(): void {
    this.#last = undefined;
  }
}
