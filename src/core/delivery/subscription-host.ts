import type { BarrierEnd } from "../barrier.ts";
import type { NatsError } from "../errors.ts";
import type { Message, MessageContext } from "../message.ts";
import type { SharedSignals } from "../shared-signal.ts";
import type { BlockPool } from "./block-pool.ts";
import type { SlowEnd } from "./pending.ts";
import type { Subscription } from "./subscription.ts";

/** Why a subscription takes no more messages. */
export type SubscriptionEnd = "unsubscribed" | "max" | "drained" | "connection-closed" | "failed";

/** How a subscription ended. */
export interface SubscriptionClosed {
  readonly reason: SubscriptionEnd;
  readonly error?: NatsError;
  /** Messages that were received, but will never be handled. */
  readonly abandoned: number;
}

/** A period in which a subscription dropped messages. */
export interface SlowEpisode {
  /** How many messages it dropped. */
  readonly dropped: number;
  /** Milliseconds since the first of them was dropped. */
  readonly duration: number;
  readonly reason: SlowEnd;
}

/** What a subscription needs of its connection. */
export interface SubscriptionHost {
  readonly signals: SharedSignals;
  readonly context: MessageContext;
  readonly blocks: BlockPool;
  /** Asks the server to stop after `max` in all, or at once. */
  unsubscribe(sid: number, max?: number): void;
  /** Nothing more is to come for it. */
  remove(subscription: Subscription): void;
  /** It has nothing left to hand out either. */
  onClosed(subscription: Subscription): void;
  /** How it ends that all comes that is on its way to subscriptions that have ended by now. Never rejects. */
  barrier(): Promise<BarrierEnd>;
  /** Milliseconds that leaving an `await using` block may take. */
  readonly disposeTimeout: number;
  /** So many messages found no room; `isFirst` of an episode. */
  onDropped(subscription: Subscription, count: number, isFirst: boolean): void;
  onFilling(subscription: Subscription): void;
  onSlowEnded(subscription: Subscription, episode: SlowEpisode): void;
  onHandlerError(subscription: Subscription, message: Message, thrown: unknown): void;
  /** It has ended with this error, and there is no reader to tell. */
  onFailed(subscription: Subscription, error: NatsError): void;
}
