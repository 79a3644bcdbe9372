import type { NatsError } from "../errors.ts";
import type { Message } from "../message.ts";
import type { PendingCount } from "./pending.ts";
import type { Subscription } from "./subscription.ts";
import type { SlowEpisode } from "./subscription-host.ts";

/** The events of a connection's subscriptions, by `type`. */
export type SubscriptionEvent =
  /** A handler threw or rejected; delivery goes on. */
  | {
      readonly type: "handlerError";
      readonly subscription: Subscription;
      readonly message: Message;
      readonly error: NatsError;
    }
  /** A subscription has reached its `pending.warnAt`; nothing is dropped yet. */
  | { readonly type: "pendingWarning"; readonly subscription: Subscription; readonly pending: PendingCount }
  /** A subscription has begun to drop messages: `dropped` so far. One event for each episode. */
  | { readonly type: "slowConsumer"; readonly subscription: Subscription; readonly dropped: number }
  /**
   * The episode is over: `dropped` messages were dropped in `duration` milliseconds. The reason is `recovered` when half of
   * the limits is free again, or `ended` when nothing more comes for the subscription.
   */
  | ({ readonly type: "slowConsumerEnded"; readonly subscription: Subscription } & SlowEpisode);
