import type { Message } from "../message.ts";

/** What came of the drain of a subscription. Every message that came is handled or abandoned. */
export interface DrainReport {
  /** Messages whose handling ended between the call and now, and those of `handling`. */
  readonly handled: number;
  /** Messages that came and that nobody has handled to the end: nobody read them, there was no room, or the time was up. */
  readonly abandoned: number;
  /** The `timeout` was over, or the `signal` aborted. */
  readonly timedOut: boolean;
  /**
   * All has come that the server had sent by then. False if the time was up before, or the link was lost during the
   * drain: then some may have been on their way, and nobody knows how many.
   */
  readonly complete: boolean;
}

export function messagesInHand(handling: Message | readonly Message[] | undefined): readonly Message[] {
  if (handling === undefined) return [];
  return Array.isArray(handling) ? (handling as readonly Message[]) : [handling as Message];
}
