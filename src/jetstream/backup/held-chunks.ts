import type { Message } from "../../core/message.ts";

/** Milliseconds after which a chunk is acked though the reader takes none: the server gives up after 5 s without an ack. */
const ACK_EVERY = 2000;

/** While so many bytes wait nothing more is asked for, and the server may give up. */
const HELD_BYTES = 64 * 1024 * 1024;

/** Chunks that wait for the reader, with the acks that the server waits for. */
export class HeldChunks {
  #chunks: Message[] = [];
  #bytes = 0;
  /** How many of the first ones were acked while they waited. */
  #acked = 0;
  #received = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Returns whether it is the next one. */
  add(chunk: Message): boolean {
    this.#received += 1;
    if (!isNumbered(chunk, this.#received)) return false;
    this.#chunks.push(chunk);
    this.#bytes += chunk.size;
    if (this.#timer === undefined) this.#wait();
    return true;
  }

  /** The oldest one, which is acked if it has not been. */
  take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.#bytes -= chunk.size;
    if (this.#acked > 0) this.#acked -= 1;
    else this.#ack(chunk);
    return chunk.data;
  }

  /** The server waits for no more acks. */
  stopAcking(): void {
    clearTimeout(this.#timer);
    this.#acked = this.#chunks.length;
  }

  drop(): void {
    this.stopAcking();
    this.#chunks = [];
  }

  #ack(chunk: Message): void {
    // The last chunk, which is smaller, wants none.
    if (chunk.reply !== undefined) chunk.respond();
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onSilence(), ACK_EVERY);
  }

  #onSilence(): void {
    const chunk = this.#chunks[this.#acked];
    if (chunk === undefined || this.#bytes > HELD_BYTES) {
      this.#timer = undefined;
      return;
    }
    this.#acked += 1;
    this.#ack(chunk);
  }
}

// $JS.SNAPSHOT.ACK.<stream>.<id>.<length>.<index>
/** Whether a chunk has this number; true also where the subject for its ack does not tell. */
function isNumbered({ reply, size }: Message, index: number): boolean {
  const [length, number] = reply?.split(".").slice(-2) ?? [];
  return Number(length) !== size || Number(number) === index;
}
