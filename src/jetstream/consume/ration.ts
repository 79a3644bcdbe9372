/** How a reader shares with others what a connection can carry: it asks for messages as they are granted. */
export interface Ration {
  /** The reader begins. From now on `grant` says that so many may be asked for, of those that were wished for last. */
  open(grant: (messages: number) => void): void;
  /**
   * So many messages were asked for and have not come, so many are here and not handed out, and it would ask for so many more. `received`: so many
   * have come since it began.
   */
  onChange(asked: number, held: number, wish: number, received: number): void;
  /** The server has nothing to send: what was asked for is not on its way. */
  onIdle(): void;
  /** It has ended, and nothing of it is on its way any more. */
  close(): void;
}
