/** What a connection has counted since it was made; reconnecting resets nothing. */
export interface Statistics {
  /** Messages received, also those that were dropped or came for a subscription that had just ended. */
  readonly inMessages: number;
  /** Bytes of payload and headers received. */
  readonly inBytes: number;
  /** Messages for which a subscription had no room. */
  readonly inDropped: number;
  /**
   * Messages published, counted when they were accepted, also while disconnected. A request that has failed before it was
   * sent is not sent at all, and counts no more.
   */
  readonly outMessages: number;
  /** Bytes of payload and headers published. */
  readonly outBytes: number;
  /** Messages dropped by publishing while disconnected with `whileDisconnected: "drop"`. */
  readonly outDropped: number;
  /** How often the link was restored. */
  readonly reconnects: number;
}

export type Counters = { -readonly [K in keyof Statistics]: Statistics[K] };

export function newCounters(): Counters {
  return {
    inMessages: 0,
    inBytes: 0,
    inDropped: 0,
    outMessages: 0,
    outBytes: 0,
    outDropped: 0,
    reconnects: 0,
  };
}
