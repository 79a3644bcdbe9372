import type { Connection } from "../../core/connection/connection.ts";
import type { DrainReport } from "../../core/delivery/drain-report.ts";
import type { Subscription } from "../../core/delivery/subscription.ts";
import type { SubscriptionClosed } from "../../core/delivery/subscription-host.ts";
import type { DrainOptions } from "../../core/call-options.ts";
import type { NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { removed } from "../failures.ts";
import type { StopOptions } from "../stop-options.ts";
import type { EndpointCounters } from "./counters.ts";
import { Endpoint } from "./endpoint.ts";
import type { ResolvedEndpoint } from "./endpoint-options.ts";
import { Intake, type IntakeHost } from "./intake.ts";

/** What an endpoint needs of its service. */
export interface EndpointHost extends IntakeHost {
  readonly connection: Connection;
  /** The endpoint is being removed: it takes no more requests, and is in no list. */
  onLeaving(endpoint: OpenEndpoint): void;
  /** All its requests are answered or given up. `error` is why it ended, unless the application asked for it. */
  onGone(endpoint: OpenEndpoint, error: NatsError | undefined): void;
}

/** The report of an endpoint that has ended before. */
const NOTHING: DrainReport = { handled: 0, abandoned: 0, timedOut: false, complete: true };

/** An endpoint and its subscription, until the last request is answered. */
export class OpenEndpoint {
  readonly endpoint: Endpoint;
  readonly #intake: Intake;
  readonly #subscription: Subscription;
  readonly #host: EndpointHost;
  #removal: Promise<DrainReport> | undefined;
  /** Why it takes no more requests. */
  #reason: NatsError | undefined;

  /** Throws what `subscribe` throws. */
  constructor(options: ResolvedEndpoint, host: EndpointHost) {
    const { subject, queue, concurrency, pending } = options;
    this.#host = host;
    this.endpoint = new Endpoint(options, (limits) => this.#remove(limits));
    const intake = new Intake(this.endpoint, options, host);
    this.#intake = intake;
    this.#subscription = host.connection.subscribe(subject, {
      callback: (message) => intake.handle(message),
      concurrency,
      // The subscription also counts the requests that are being handled.
      pending: {
        messages: pending.messages + concurrency,
        bytes: pending.bytes,
        onFull: "drop-new",
      },
      ...(queue === undefined ? {} : { queue }),
    });
    this.#subscription.overflow = intake;
    void this.#subscription.closed.then((closed) => this.#onClosed(closed));
  }

  get counters(): EndpointCounters {
    return this.#intake.counters;
  }

  /** No drain waits for the handler on the stack, nor for these messages. */
  spare(handling: readonly Message[]): void {
    this.#subscription.spare(handling);
  }

  /**
   * Takes no more requests, and waits until those that have come are answered. If the limits end the wait, the signals of requests
   * that are being handled abort with `reason`.
   */
  async drain(limits: DrainOptions, reason: NatsError): Promise<DrainReport> {
    // A closed connection has ended it.
    if (this.#host.isClosed()) return NOTHING;
    this.#reason ??= reason;
    return await this.#subscription.drain(limits);
  }

  #remove(options: StopOptions): Promise<DrainReport> {
    const limits = drainOptions(options);
    if (this.#removal === undefined) return (this.#removal = this.#leave(limits));
    // A second drain: its limits hold too, and it does not wait for the request that it names.
    void this.drain(limits, removed(this.endpoint.subject));
    return this.#removal;
  }

  async #leave(limits: DrainOptions): Promise<DrainReport> {
    this.#host.onLeaving(this);
    return await this.drain(limits, removed(this.endpoint.subject));
  }

  #onClosed({ reason, error }: SubscriptionClosed): void {
    // The subscription closes when the last handler is done, or when handlers are given up.
    this.#intake.interrupt(error ?? this.#reason ?? removed(this.endpoint.subject));
    this.#host.onGone(this, reason === "failed" ? error : undefined);
  }
}

/** The options as a subscription takes them. */
export function drainOptions({ handling, ...limits }: StopOptions): DrainOptions {
  return handling === undefined ? limits : { ...limits, handling: handling.message };
}
