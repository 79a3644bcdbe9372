import type { NatsError } from "../errors.ts";
import type { Message } from "../message.ts";
import type { PendingCount } from "./pending.ts";
import type { Subscription } from "./subscription.ts";
import type { SlowEpisode } from "./subscription-host.ts";

/** What a connection tells of its subscriptions, by `type`. */
export type SubscriptionEvent =
  /** A handler threw or rejected; delivery goes on. */
  | {
      readonly type: "handlerError";
      readonly subscription: Subscription;
      readonly message: Message;
      readonly error: NatsError;
    }
  /** So much waits in a subscription as its `pending.warnAt` says; nothing is dropped yet. */
  | { readonly type: "pendingWarning"; readonly subscription: Subscription; readonly pending: PendingCount }
  /** A subscription has begun to drop messages, `dropped` in all so far; once an episode. */
  | { readonly type: "slowConsumer"; readonly subscription: Subscription; readonly dropped: number }
  /**
   * The episode is over: `dropped` messages in it, in `duration` milliseconds. `recovered`: half of the limits is free
   * again. `ended`: nothing more comes for the subscription.
   */
  | ({ readonly type: "slowConsumerEnded"; readonly subscription: Subscription } & SlowEpisode);
