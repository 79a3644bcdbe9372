import type { ConsumeEvent, ConsumingClosed } from "./events.ts";

/** What is handed out: a message, or a mark among messages. */
export interface Item {
  readonly subject: string;
  /** Bytes of payload. */
  readonly size: number;
  /** As it was received. */
  readonly received: object | undefined;
}

/**
 * Where messages come from: the pulls of a consumer, a push subscription, an ordered consumer. The one that hands them out (to
 * loops, a callback, handlers) says when there is room again, so that the source asks for no more than the application takes.
 */
export interface Source<M> {
  /** Whether what is given back comes again. */
  readonly redelivers: boolean;
  /** Begins; called once. */
  start(listener: SourceListener<M>): void;
  /** A message was handed out, and makes room for another one. */
  taken(message: M): void;
  /** A message was too old to be handed out: it makes room, and another one is asked for in its place. */
  dropped(message: M): void;
  /** Gives a message back that nobody handles: by a nak, if the consumer takes acks. That makes no room. */
  giveBack(message: M): void;
  /** Asks for no more; `onEnd` follows once what is on its way has come. */
  finish(): void;
  /**
   * Ends at once; `onEnd` is called before it returns, unless it was before, or it never began. Resolves, never rejects, when
   * nothing is on its way any more, with how many messages came meanwhile: they were given back.
   */
  stop(): Promise<number>;
}

/** How a {@link Source} ended. */
export interface SourceEnd extends Pick<ConsumingClosed, "reason" | "error"> {
  /** After `finish`: not all is known to have come, for the link was lost meanwhile. */
  readonly isIncomplete?: boolean;
}

/** What a {@link Source} tells; nothing after `onEnd`. */
export interface SourceListener<M> {
  /**
   * `deadline`: when, by `performance.now()`, the server may deliver it anew, so that it must not be handed out any more;
   * `Infinity` for never.
   */
  onMessage(message: M, deadline: number): void;
  onEvent(event: ConsumeEvent): void;
  onEnd(end: SourceEnd): void;
}
