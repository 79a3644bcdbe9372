import { makePublication, type PublicationExtras } from "../protocol/make-publication.ts";
import type { Publication } from "../protocol/publication.ts";
import { Interest } from "./interest.ts";
import type { Random } from "./random.ts";
import type { Publisher, Subscriber, Subscription } from "./subscription.ts";

/** Limits that an account's JWT sets; -1 or absent for none. */
export interface AccountLimits {
  readonly connections?: number;
  readonly subscriptions?: number;
  readonly payload?: number;
}

/** Answers requests to a subject, inside the server. It may read the publication only until it returns. */
export type Service = (request: Publication, publisher: Publisher | undefined) => void;

/** Looks at a message on its way; true if it is to go no further. */
export type Screen = (
  publication: Publication,
  publisher: Publisher | undefined,
  account: Account,
) => boolean;

/** A space of subjects of its own: messages never pass from one account to another. */
export class Account {
  readonly name: string;
  readonly limits: AccountLimits;
  readonly interest: Interest = new Interest();
  /** Connections that belong to it. */
  connections = 0;
  /** Undefined unless a fault keeps messages back. */
  screen: Screen | undefined;
  readonly #random: Random;

  constructor(name: string, random: Random, limits: AccountLimits = {}) {
    this.name = name;
    this.#random = random;
    this.limits = limits;
  }

  /**
   * Lets the server itself answer on a subject, which may have wildcards; returns what ends that. It is the place for
   * what is built on subjects, as `$SYS` and `$JS.API`.
   */
  serve(subject: string, service: Service): () => void {
    const subscriber: Subscriber = {
      deliver: (_subscription, publication, publisher) => {
        service(publication, publisher);
        return true;
      },
    };
    const subscription: Subscription = {
      subscriber,
      subject,
      queue: undefined,
      sid: "",
      delivered: 0,
      max: 0,
    };
    this.interest.add(subscription);
    return () => this.interest.remove(subscription);
  }

  /**
   * Publishes a message of the server's own, with headers and a status if they are given; false if nobody took it.
   * `subject` and `reply` are strings of one character per byte.
   */
  publish(subject: string, payload: Uint8Array, extras?: PublicationExtras): boolean {
    return this.route(makePublication(subject, payload, extras), undefined);
  }

  /** Delivers a message to all who want it; false if nobody took it. */
  route(publication: Publication, publisher: Publisher | undefined): boolean {
    // Whoever publishes must not notice.
    if (this.screen?.(publication, publisher, this) === true) return true;
    const { plain, groups } = this.interest.matchPublication(publication);
    let isTaken = false;
    for (let i = 0; i < plain.length; i++) {
      const subscription = plain[i]!;
      if (subscription.subscriber.deliver(subscription, publication, publisher)) isTaken = true;
    }
    for (let i = 0; i < groups.length; i++) {
      if (this.#routeToGroup(groups[i]!, publication, publisher)) isTaken = true;
    }
    return isTaken;
  }

  /** To a member by chance, or to the next one that takes it. */
  #routeToGroup(
    members: readonly Subscription[],
    publication: Publication,
    publisher: Publisher | undefined,
  ): boolean {
    const first = members.length === 1 ? 0 : Math.floor(this.#random() * members.length);
    for (let i = 0; i < members.length; i++) {
      const member = members[(first + i) % members.length]!;
      if (member.subscriber.deliver(member, publication, publisher)) return true;
    }
    return false;
  }
}
