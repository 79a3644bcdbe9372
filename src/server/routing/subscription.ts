import type { Publication } from "../protocol/publication.ts";

/** Who publishes: a client, or the server itself. */
export interface Publisher {
  /** Whether its own messages come back to its subscriptions. */
  readonly echo: boolean;
  /** Slows the publisher down, because a subscriber to its messages is far behind. */
  stall(): void;
}

/** Who takes the messages of a subscription: a client, or the server itself. */
export interface Subscriber {
  /** False if it doesn't take the message after all: then another member of its queue group may. */
  deliver(subscription: Subscription, publication: Publication, publisher: Publisher | undefined): boolean;
}

/** The interest of one subscriber in a subject. */
export interface Subscription {
  readonly subscriber: Subscriber;
  readonly subject: string;
  readonly queue: string | undefined;
  /** The subscriber's own number for it. */
  readonly sid: string;
  /** Messages delivered. */
  delivered: number;
  /** After how many messages it ends; 0 for no limit. */
  max: number;
}
