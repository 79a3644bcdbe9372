/** Bytes are worth keeping for the messages in them while these make up at least one part in this many. */
const WORTH_KEEPING = 2;

/** Received bytes in which queued messages lie. */
export class HeldBytes {
  readonly bytes: Uint8Array;
  /** How many of them belong to messages that are queued, when that has been measured. */
  used = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Whether most of what stays in memory because of them belongs to nobody here. */
  get isSparse(): boolean {
    return this.used * WORTH_KEEPING < this.bytes.buffer.byteLength;
  }
}
