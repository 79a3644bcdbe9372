import type { Interest } from "../routing/interest.ts";
import type { Subscription } from "../routing/subscription.ts";

/** The subscriptions of one client, by the number that it gave each. */
export class ClientSubscriptions {
  readonly #bySid = new Map<string, Subscription>();
  #interest: Interest | undefined;

  get size(): number {
    return this.#bySid.size;
  }

  values(): Iterable<Subscription> {
    return this.#bySid.values();
  }

  /** To the account that the client belongs to; those of another one before it are gone. */
  bind(interest: Interest): void {
    this.clear();
    this.#interest = interest;
  }

  has(sid: string): boolean {
    return this.#bySid.has(sid);
  }

  add(subscription: Subscription): void {
    this.#bySid.set(subscription.sid, subscription);
    this.#interest?.add(subscription);
  }

  /** Ends a subscription after `max` messages in all, or at once if it has had as many. */
  limit(sid: string, max: number): void {
    const subscription = this.#bySid.get(sid);
    if (subscription === undefined) return;
    if (max > 0 && max > subscription.delivered) subscription.max = max;
    else this.#remove(subscription);
  }

  /** Counts a message that is being delivered; false if the subscription is over. */
  count(subscription: Subscription): boolean {
    subscription.delivered++;
    if (subscription.max === 0 || subscription.delivered < subscription.max) return true;
    this.#remove(subscription);
    return subscription.delivered === subscription.max;
  }

  #remove(subscription: Subscription): void {
    this.#bySid.delete(subscription.sid);
    this.#interest?.remove(subscription);
  }

  /** Whether one of them, queue groups left out, would get a message to this subject; and its number. */
  sidFor(subject: string): string | undefined {
    if (this.#interest === undefined) return undefined;
    const { plain } = this.#interest.match(subject);
    return plain.find((one) => this.#bySid.get(one.sid) === one)?.sid;
  }

  clear(): void {
    for (const subscription of this.#bySid.values()) this.#interest?.remove(subscription);
    this.#bySid.clear();
  }
}
