/** Lets a reader share with others what a connection can carry: it asks only for messages that it was granted. */
export interface Ration {
  /** The reader begins. From now on `grant` allows it to ask for so many of the messages that it wished for last. */
  open(grant: (messages: number) => void): void;
  /**
   * The reader's counts have changed. `asked`: messages that it has asked for and that have not come. `held`: messages that are
   * here and not handed out. `wish`: messages that it would ask for now. `received`: messages that have come since it began.
   */
  onChange(asked: number, held: number, wish: number, received: number): void;
  /** The server has nothing to send: the messages that were asked for are not on their way. */
  onIdle(): void;
  /** The reader has ended, and none of its messages is on its way any more. */
  close(): void;
}
