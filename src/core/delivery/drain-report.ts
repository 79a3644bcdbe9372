/** What came of the drain of a subscription. Every message that came is handled or abandoned. */
export interface DrainReport {
  /** Messages whose handling ended between the call and now, and those of `handling`. */
  readonly handled: number;
  /** Messages that came and that nobody has handled to the end: nobody read them, there was no room, or the time was up. */
  readonly abandoned: number;
  /** The `timeout` was over, or the `signal` aborted, before all was done: what was left was given up. */
  readonly timedOut: boolean;
  /**
   * All has come that the server had sent by then. False if the time was up before, or the link was lost during the
   * drain: then some may have been on their way, and nobody knows how many.
   */
  readonly complete: boolean;
}

/** What the caller of a drain is handling, as a list: a message, an event, or several. */
export function messagesInHand<M extends object>(handling: M | readonly M[] | undefined): readonly M[] {
  if (handling === undefined) return [];
  return Array.isArray(handling) ? (handling as readonly M[]) : [handling as M];
}
