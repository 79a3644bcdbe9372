import type { DrainOptions } from "../call-options.ts";
import { messagesInHand } from "../delivery/drain-report.ts";
import type { Subscriptions } from "../delivery/subscriptions.ts";
import { closedError } from "../failures.ts";
import type { Requests } from "../requests/requests.ts";
import type { WaitOptions } from "../waiter.ts";
import type { Companion } from "./companion.ts";
import { type ConnectionDrainReport, drainConnection } from "./drain.ts";
import type { Lifecycle } from "./lifecycle.ts";

const DEFAULT_TIMEOUT = 30_000;

/** What has to end before a connection does. */
export interface DrainedParts {
  readonly lifecycle: Lifecycle;
  readonly requests: Requests;
  readonly subscriptions: Subscriptions;
  readonly companions: ReadonlySet<Companion>;
}

/** The one drain of a connection: whoever asks again gets the report of the first. */
export class OnceDrained {
  readonly #parts: DrainedParts;
  #report: Promise<ConnectionDrainReport> | undefined;

  constructor(parts: DrainedParts) {
    this.#parts = parts;
  }

  /** What will come of the drain that was begun, if one was. */
  get report(): Promise<ConnectionDrainReport> | undefined {
    return this.#report;
  }

  /** The options are checked. Rejects with `CONNECTION_CLOSED`. */
  async run(options: DrainOptions): Promise<ConnectionDrainReport> {
    if (this.#report === undefined) this.#report = this.#begin(options);
    else this.#parts.subscriptions.spare(messagesInHand(options.handling));
    return await this.#report;
  }

  /** Without a link no response can come, and a drain makes no other link. */
  onDisconnected(): void {
    if (this.#report !== undefined) this.#parts.requests.stopWaiting();
  }

  /** Throws `CONNECTION_CLOSED`. */
  #begin(options: DrainOptions): Promise<ConnectionDrainReport> {
    const { lifecycle, requests, subscriptions, companions } = this.#parts;
    if (lifecycle.state === "closed") throw closedError();
    lifecycle.beginDrain();
    const host = {
      drained: [...companions, ...subscriptions.open],
      requestsOver: () => (lifecycle.server === undefined ? Promise.resolve() : requests.settled()),
      endPublishing: () => lifecycle.endPublishing(),
      barrier: (limits: WaitOptions) => lifecycle.barrier(limits),
      close: () => lifecycle.finishDrain(),
    };
    return drainConnection(host, options.timeout ?? DEFAULT_TIMEOUT, options);
  }
}
