/** Lies on the shelf behind the last message that was there when a watch began. */
export class SyncMark {
  /** The sequence up to which all was told. */
  readonly seq: number;
  readonly subject = "";
  readonly size = 0;
  readonly received = undefined;

  constructor(seq: number) {
    this.seq = seq;
  }
}
