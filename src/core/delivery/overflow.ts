import type { Message } from "../message.ts";

/** Takes what a subscription's callback will never see, in place of its being dropped. It must not throw. */
export interface Overflow {
  /** There is no room for this message; `isFirst` of an episode. */
  onRefused(message: Message, isFirst: boolean): void;
  /** The episode is over, in which so many messages were refused. */
  onRecovered(refused: number): void;
  /** This message waited, and the subscription has ended, though not the connection. */
  onAbandoned(message: Message): void;
}
