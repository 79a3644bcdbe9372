import type { ResolvedSubscribeOptions } from "../call-options.ts";
import {
  type ConnectionError,
  type NatsError,
  type PermissionError,
  SubscriptionError,
  toError,
} from "../errors.ts";
import type { Message, MessageContext } from "../message.ts";
import { NameIndex } from "../name-index.ts";
import { Subscription } from "./subscription.ts";
import type { SubscriptionHost } from "./subscription-host.ts";
import type { BarrierEnd } from "../barrier.ts";
import type { SharedSignals } from "../shared-signal.ts";
import { BlockPool } from "./block-pool.ts";
import type { Counters } from "../statistics.ts";
import { Waiter, type WaitLimits } from "../waiter.ts";
import type { SubscriptionEvent } from "./subscription-event.ts";
import type { SubscriptionTable } from "./subscription-table.ts";

interface Named {
  readonly subject?: string;
  readonly queue?: string | undefined;
}

/** What subscriptions need of the connection. */
export interface SubscriptionsHost {
  readonly context: MessageContext;
  readonly signals: SharedSignals;
  readonly table: SubscriptionTable;
  readonly counters: Counters;
  readonly events: { emit(event: SubscriptionEvent): void };
  readonly errors: SubscriptionErrors;
  /** How it ends that all comes that is on its way to subscriptions that have ended by now; without a link nothing is. */
  readonly lifecycle: { barrier(): Promise<BarrierEnd> };
  readonly options: { readonly disposeTimeout: number };
}

/** Who keeps the failures of subscriptions. */
interface SubscriptionErrors {
  /** Keeps a failure that is told in another way. */
  record(error: NatsError): void;
  /** Keeps a failure and tells it; `subscription` is the one that it ended. */
  report(error: NatsError, subscription: Subscription): void;
}

/** The application's subscriptions, until each has handed out its last message. */
export class Subscriptions {
  readonly #host: SubscriptionsHost;
  readonly #open = new Set<Subscription>();
  readonly #byName: NameIndex<Subscription>;
  readonly #subscriptionHost: SubscriptionHost;

  constructor(host: SubscriptionsHost) {
    this.#host = host;
    this.#byName = new NameIndex<Subscription>({
      all: () => this.#open,
      nameOf,
      newest: () => host.table.lastSid,
    });
    this.#subscriptionHost = this.#makeHost();
  }

  /** Those that are not closed. */
  get open(): readonly Subscription[] {
    return [...this.#open];
  }

  get size(): number {
    return this.#open.size;
  }

  /** Subject and options are checked. */
  add(subject: string, options: ResolvedSubscribeOptions): Subscription {
    const { table } = this.#host;
    const subscription = new Subscription(table.nextSid(), subject, options, this.#subscriptionHost);
    this.#open.add(subscription);
    table.add(subscription);
    if (options.max !== undefined) table.stop(subscription.sid, options.max);
    if (options.signal?.aborted === true) subscription.unsubscribe();
    return subscription;
  }

  /** No drain waits for the handlers on the stack, nor for these messages. */
  spare(handling: readonly Message[]): void {
    for (const subscription of this.#open) subscription.spare(handling);
  }

  /**
   * Resolves when each has handled what has come for it so far; readers handle in their own time. Rejects with `TIMEOUT` or
   * `ABORTED`.
   */
  barrier(limits: WaitLimits): Promise<void> {
    const passed = new Waiter<void>(limits, { what: "handlers" });
    void Promise.all(this.open.map((subscription) => subscription.barrier())).then(() => passed.resolve());
    return passed.promise;
  }

  /** The server refuses these subscriptions: they end, for nothing will come for them. Returns the first. */
  onDenied(error: PermissionError): Subscription | undefined {
    const name = nameOf(error);
    for (let list = this.#byName.listOf(name); list.length > 0; list = this.#byName.listOf(name)) {
      const denied = list.splice(0).filter(({ state }) => state === "active");
      for (const subscription of denied) subscription.onDenied(error);
      if (denied.length > 0) return denied[0];
    }
    return undefined;
  }

  /** No server shall be told of it again: it ends. Returns it, unless the number is of something else. */
  fail(sid: number, error: NatsError): Subscription | undefined {
    const subscription = this.open.find((one) => one.sid === sid);
    subscription?.onDenied(error);
    return subscription;
  }

  onClosed(error: ConnectionError): void {
    for (const subscription of this.#open) subscription.onClosed(error);
  }

  #makeHost(): SubscriptionHost {
    const { context, counters, errors, events, lifecycle, options, signals, table } = this.#host;
    return {
      signals,
      context,
      blocks: new BlockPool(),
      unsubscribe: (sid, max) => table.stop(sid, max),
      remove: (subscription) => table.remove(subscription),
      onClosed: (subscription) => void this.#open.delete(subscription),
      barrier: () => lifecycle.barrier(),
      disposeTimeout: options.disposeTimeout,
      onDropped: (subscription, count, isFirst) => {
        counters.inDropped += count;
        if (isFirst) this.#onSlowConsumer(subscription);
      },
      onFilling: (subscription) =>
        events.emit({ type: "pendingWarning", subscription, pending: subscription.pending }),
      onSlowEnded: (subscription, episode) =>
        events.emit({ type: "slowConsumerEnded", subscription, ...episode }),
      onFailed: (subscription, error) => errors.report(error, subscription),
      onHandlerError: (subscription, message, thrown) => this.#onHandlerError(subscription, message, thrown),
    };
  }

  #onSlowConsumer(subscription: Subscription): void {
    const { subject, dropped } = subscription;
    const text = `the subscription to "${subject}" drops messages: it can't keep up`;
    this.#host.errors.record(new SubscriptionError("SLOW_CONSUMER", text, { subject }));
    this.#host.events.emit({ type: "slowConsumer", subscription, dropped });
  }

  #onHandlerError(subscription: Subscription, message: Message, thrown: unknown): void {
    const cause = toError(thrown);
    const text = `a handler of "${subscription.subject}" failed: ${cause.message}`;
    const error = new SubscriptionError("HANDLER_FAILED", text, { subject: message.subject, cause });
    this.#host.events.emit({ type: "handlerError", subscription, message, error });
  }
}

/** What a server names when it refuses a subscription. */
function nameOf({ subject, queue }: Named): string {
  return queue === undefined ? `${subject}` : `${subject} ${queue}`;
}
