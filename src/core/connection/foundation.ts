import type { RequestOptions } from "../call-options.ts";
import type { BarrierEnd } from "../barrier.ts";
import type { InletHost } from "../delivery/inlet.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import { type NatsError, type PermissionError, toError } from "../errors.ts";
import type { Message, MessageContext, Payload } from "../message.ts";
import type { Publisher } from "../outbound/publisher.ts";
import type { Requests } from "../requests/requests.ts";
import type { SharedSignals } from "../shared-signal.ts";
import type { WaitLimits } from "../waiter.ts";
import type { Companion } from "./companion.ts";
import type { ConnectionParts } from "./connection-parts.ts";
import type { ConnectionEventType, EventListener } from "./events.ts";

/** How a connection makes requests for its application. */
export type MakeRequest = (subject: string, data?: Payload, options?: RequestOptions) => Promise<Message>;

/**
 * What the other entries of this package build on, beside what applications have. It is not public.
 */
export class Foundation implements InletHost {
  readonly publisher: Publisher;
  readonly requests: Requests;
  readonly table: SubscriptionTable;
  /** Of messages that come for no subscription of the application. */
  readonly context: MessageContext;
  /** The signals that the connection's calls were given. */
  readonly signals: SharedSignals;
  readonly #parts: ConnectionParts;
  readonly #request: MakeRequest;
  readonly #ones = new Map<new () => object, object>();

  constructor(parts: ConnectionParts, request: MakeRequest) {
    this.publisher = parts.publisher;
    this.requests = parts.requests;
    this.table = parts.table;
    this.context = parts.context;
    this.signals = parts.signals;
    this.#parts = parts;
    this.#request = request;
  }

  /** The connection's name, as its options have it. */
  get name(): string | undefined {
    return this.#parts.options.name;
  }

  /** The one of its kind that all who use the connection share; made when it is first asked for. */
  one<T extends object>(kind: new () => T): T {
    const one = (this.#ones.get(kind) as T | undefined) ?? new kind();
    this.#ones.set(kind, one);
    return one;
  }

  /**
   * What is built on the connection is drained with it, and hears of its end; returns what ends that. Throws
   * `CONNECTION_CLOSED` or `CONNECTION_DRAINING`.
   */
  join(companion: Companion): () => void {
    const { companions } = this.#parts;
    this.checkOpen();
    companions.add(companion);
    return () => void companions.delete(companion);
  }

  /** Throws `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. */
  checkOpen(subject?: string): void {
    this.#parts.lifecycle.checkOpen(subject);
  }

  /** How it ends that all comes that is on its way to subscriptions that have ended by now. */
  barrier(limits: WaitLimits): Promise<BarrierEnd> {
    return this.#parts.lifecycle.barrier(limits);
  }

  /**
   * As the connection's `request`, to a subject whose `*` and `>` are no wildcards: the JetStream API has filters in its
   * subjects.
   */
  requestLiteral(subject: string, data?: Payload, options?: RequestOptions): Promise<Message> {
    try {
      this.publisher.admit(subject);
    } catch (error) {
      return Promise.reject(toError(error));
    }
    return this.#request(subject, data, options);
  }

  /** Tells of each subject that the server refuses, until what this returns is called. */
  onDenial(listener: (error: PermissionError) => void): () => void {
    const { denialListeners } = this.#parts;
    denialListeners.add(listener);
    return () => void denialListeners.delete(listener);
  }

  /**
   * Calls `listener` for each event of a type, as the connection's `on`, but does not count as somebody who listens: what the
   * application does not hear still becomes a warning.
   */
  overhear<T extends ConnectionEventType>(type: T, listener: EventListener<T>): () => void {
    return this.#parts.events.overhear(type, listener);
  }

  /** Tells a failure that belongs to no call, as an `error` event; as a warning once the connection is closed. */
  report(error: NatsError): void {
    const { errors, events, warnings } = this.#parts;
    if (events.hasClosed) warnings?.onFailure(error);
    else errors.report(error);
  }
}
