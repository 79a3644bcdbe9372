/** What waits for a link, or has waited in vain. */
export interface Leftover {
  /** Messages; of those that the transport had when the link ended, some may have left after all. */
  readonly messages: number;
  /** Bytes on the wire. */
  readonly bytes: number;
}
