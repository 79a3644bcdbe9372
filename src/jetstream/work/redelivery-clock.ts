/** What a consumer's configuration says about redelivery. */
export interface RedeliveryRules {
  /** Milliseconds. @default 30000 */
  readonly ackWait?: number;
  readonly backoff?: readonly number[];
  /** @default Infinity */
  readonly maxDeliver?: number;
}

const ACK_WAIT = 30_000;

/**
 * When a server delivers a message again.
 *
 * A server has one clock for each message, which ends after `backoff[deliveries - 1]`, or the last of them, or `ackWait`. A nak
 * with a delay does not set the clock. It moves the clock's start, so that `backoff[0]` after the start is `delay` from now. If
 * the wait of this delivery is longer than `backoff[0]`, the clock ends that much later than was asked.
 */
export class RedeliveryClock {
  /** The consumer's own waits; undefined if it has none. */
  readonly backoff: readonly number[] | undefined;
  readonly #waits: readonly number[];
  readonly #maxDeliver: number;

  constructor({ ackWait = ACK_WAIT, backoff, maxDeliver = Infinity }: RedeliveryRules) {
    this.backoff = backoff === undefined || backoff.length === 0 ? undefined : backoff;
    this.#waits = this.backoff ?? [ackWait];
    this.#maxDeliver = maxDeliver;
  }

  // JS-MSG-10
  /** Milliseconds until a message comes again that is not settled, after so many deliveries. */
  waitAfter(deliveries: number): number {
    return this.#waits[Math.min(deliveries, this.#waits.length) - 1]!;
  }

  // JS-MSG-02
  /** The delay that a nak must name for the message to come again after `wanted` milliseconds; it may be below 0. */
  nakDelay(wanted: number, deliveries: number): number {
    return wanted - (this.waitAfter(deliveries) - this.#waits[0]!);
  }

  /** Whether the server delivers the message no further time. */
  isLast(deliveries: number): boolean {
    return deliveries >= this.#maxDeliver;
  }
}
