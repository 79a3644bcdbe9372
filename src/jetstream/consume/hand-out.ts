import type { NatsError } from "../../core/errors.ts";

/** How messages get from the shelf to the application: by loops, to a callback, to handlers. */
export interface HandOut<M> {
  /** The messages that the application has in hand: it was given these, and is not done with them. */
  readonly inHand: readonly M[];
  /** The message with which the application was called, while that call has not returned. */
  readonly onStack: M | undefined;
  /** Whether somebody comes for messages. */
  readonly isBegun: boolean;
  /** A loop comes for the next message when it is done with the one in hand. While it waits for a drain it does not come. */
  readonly comesBack?: true;
  /** Whether the application is thrown the error that it ends with. */
  readonly throwsEnd: boolean;
  /** A message was put on the shelf. */
  onStocked(): void;
  /** No drain waits for these messages in hand: their handlers may wait for the drain themselves. */
  onSpared(spared: ReadonlySet<M>): void;
  /** Nothing more comes. What is on the shelf is handed out, then comes the end: `error`, if there is one. */
  finish(error: NatsError | undefined): void;
  /** It ends at once. Returns what it had taken off the shelf and not begun to hand out. */
  abandon(error: NatsError | undefined): readonly M[];
}

/** What a {@link HandOut} needs of whoever runs it. */
export interface HandOutHost<M> {
  /** The oldest message on the shelf. */
  take(): M | undefined;
  /** Up to `limit` of them. */
  takeBatch(limit: number): M[];
  /** For the message that was taken last: when the server may deliver it again; and how long a sign of life puts that off. */
  readonly takenDeadline: number;
  readonly takenWait: number;
  /** How many are on the shelf; some of them may be too old to be handed out. */
  readonly stock: number;
  /** The application is done with it, and it is in hand no more. */
  complete(message: M): void;
  /** It was taken `age` milliseconds ago, and is too old by now to be handed out. */
  drop(message: M, age: number): void;
  /** The loop was left. */
  leave(): void;
  onHandlerError(message: M, thrown: unknown): void;
}
