/** How a reader shares with others what a connection can carry: it asks for messages as they are granted. */
export interface Ration {
  /** The reader begins. From now on `grant` says that so many may be asked for, of those that were wished for last. */
  open(grant: (messages: number) => void): void;
  /**
   * So many messages are on their way, so many are here and not handed out, and it would ask for so many more. `received`: so many
   * have come since it began.
   */
  onChange(onTheWay: number, held: number, wish: number, received: number): void;
  /** It has ended, and nothing of it is on its way any more. */
  close(): void;
}
