import { readBytes } from "./bytes.ts";

/**
 * A message on its way through the server: where its parts lie in the bytes that it came in. A parser uses one object
 * for all of its messages, so whoever wants to keep one copies it.
 */
export class Publication {
  bytes: Uint8Array = NOTHING;
  subjectStart = 0;
  subjectEnd = 0;
  replyStart = 0;
  /** Equal to the start: there is no reply subject. */
  replyEnd = 0;
  /** Bytes of the header block at the beginning of the body; -1 without one. */
  headerSize = -1;
  /** The sizes as they were written: nats-server passes `007` on as it is. */
  sizeStart = 0;
  sizeEnd = 0;
  headerSizeStart = 0;
  headerSizeEnd = 0;
  /** The header block and the payload. */
  bodyStart = 0;
  bodyEnd = 0;
  #subject: string | undefined;
  #reply: string | undefined;

  /** To be called when the positions have changed. */
  renew(): void {
    this.#subject = undefined;
    this.#reply = undefined;
  }

  /** The bytes were copied: what lay at `origin` is now at the beginning. */
  moveTo(bytes: Uint8Array, origin: number): void {
    this.bytes = bytes;
    this.subjectStart -= origin;
    this.subjectEnd -= origin;
    this.replyStart -= origin;
    this.replyEnd -= origin;
    this.sizeStart -= origin;
    this.sizeEnd -= origin;
    this.headerSizeStart -= origin;
    this.headerSizeEnd -= origin;
    this.bodyStart -= origin;
    this.bodyEnd -= origin;
  }

  get subject(): string {
    return (this.#subject ??= readBytes(this.bytes, this.subjectStart, this.subjectEnd));
  }

  /** Empty if there is none. */
  get reply(): string {
    return (this.#reply ??= readBytes(this.bytes, this.replyStart, this.replyEnd));
  }

  get hasReply(): boolean {
    return this.replyEnd > this.replyStart;
  }

  get size(): number {
    return this.bodyEnd - this.bodyStart;
  }

  /** The payload, without the header block; a view. */
  get payload(): Uint8Array {
    return this.bytes.subarray(this.bodyStart + Math.max(0, this.headerSize), this.bodyEnd);
  }
}

const NOTHING = new Uint8Array(0);
