import type { PingQueue } from "../link/ping-queue.ts";
import type { Outbox } from "../outbound/outbox.ts";
import type { Undelivered } from "./drain.ts";

/** Counts what was published in vain since a drain began. */
export class UndeliveredCount {
  readonly #outbox: Outbox;
  readonly #pings: PingQueue;
  #lost = 0;
  #unconfirmed = 0;

  constructor(outbox: Outbox, pings: PingQueue) {
    this.#outbox = outbox;
    this.#pings = pings;
  }

  get total(): Undelivered {
    return { lost: this.#lost, unconfirmed: this.#unconfirmed };
  }

  /** A link has ended: `unsent` of the messages that it was given have not left it. */
  onLinkEnded(unsent: number): void {
    this.#lost += unsent;
    this.#unconfirmed += this.unconfirmed(unsent);
  }

  /** A link that was left has not confirmed so many. */
  onLeftBehind(unconfirmed: number): void {
    this.#unconfirmed += unconfirmed;
  }

  /** So many waited for a link that won't come. */
  onDiscarded(messages: number): void {
    this.#lost += messages;
  }

  /** The most that can be lost of what has left by the link in use, of which `unsent` messages have not left. */
  unconfirmed(unsent: number): number {
    return Math.max(0, this.#pings.unconfirmed(this.#outbox.given) - unsent);
  }
}
