/** The report of a subscription's drain. Each message that came was either handled or abandoned. */
export interface DrainReport {
  /** Messages whose handling ended during the drain, and those that were passed as `handling`. */
  readonly handled: number;
  /** Messages that came but were not handled to the end: nobody read them, there was no room, or the time was up. */
  readonly abandoned: number;
  /** Whether the `timeout` or the `signal` ended the drain early, so that what was left was given up. */
  readonly timedOut: boolean;
  /**
   * Whether everything has come that the server had sent. False if the time was up before that, or if the link was lost
   * during the drain: then an unknown number of messages may have been on their way.
   */
  readonly complete: boolean;
}

/** What the caller of a drain is handling, as a list: a message, an event, or several. */
export function messagesInHand<M extends object>(handling: M | readonly M[] | undefined): readonly M[] {
  if (handling === undefined) return [];
  return Array.isArray(handling) ? (handling as readonly M[]) : [handling as M];
}
