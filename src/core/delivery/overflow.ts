import type { Message } from "../message.ts";
import type { Delivery } from "./delivery.ts";
import type { Pending } from "./pending.ts";

/** Takes the messages that a subscription's callback will never see. Without it they are dropped. It must not throw. */
export interface Overflow {
  /** There is no room for this message; `isFirst` of an episode. */
  onRefused(message: Message, isFirst: boolean): void;
  /** The episode is over, in which so many messages were refused. */
  onRecovered(refused: number): void;
  /** This message waited, and the subscription has ended, though not the connection. */
  onAbandoned(message: Message): void;
}

/** Gives `overflow` all messages that wait for the callback. Returns how many that were. */
export function abandonWaiting(overflow: Overflow, delivery: Delivery, pending: Pending): number {
  let count = 0;
  for (let next = delivery.dropOldest(); next !== undefined; next = delivery.dropOldest()) {
    pending.forget({ messages: 1, bytes: next.size });
    overflow.onAbandoned(next);
    count++;
  }
  return count;
}
