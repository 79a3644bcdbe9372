import type { SubscriptionClosed } from "./subscription-host.ts";

/** Those who wait until a drain of a subscription is over, or until it has closed. Few subscriptions need one. */
export class SubscriptionWaits {
  #drains: (() => void)[] = [];
  readonly #closed: ((closed: SubscriptionClosed) => void)[] = [];

  /** Whether a drain waits. */
  get hasDrains(): boolean {
    return this.#drains.length > 0;
  }

  /** Calls `end` when the drains are over. */
  addDrain(end: () => void): void {
    this.#drains.push(end);
  }

  endDrains(): void {
    const drains = this.#drains;
    this.#drains = [];
    for (const end of drains) end();
  }

  untilClosed(): Promise<SubscriptionClosed> {
    return new Promise((resolve) => this.#closed.push(resolve));
  }

  onClosed(closed: SubscriptionClosed): void {
    for (const resolve of this.#closed.splice(0)) resolve(closed);
    this.endDrains();
  }
}
