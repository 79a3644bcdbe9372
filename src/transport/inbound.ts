import type { TransportListener } from "../core/transport.ts";

/** A message that is kept keeps its chunk: no more than this. */
const LARGEST_CHUNK = 64 * 1024;

/** What was read, kept until somebody listens. */
export class Inbound {
  #early: Uint8Array[] = [];
  #listener: TransportListener | undefined;
  #hasHeard = false;
  #isOver = false;

  /** Whether any byte ever came. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  push(chunk: Uint8Array): void {
    this.#hasHeard = true;
    if (this.#listener !== undefined) this.#listener.onData(chunk);
    else if (!this.#isOver) this.#early.push(chunk);
  }

  /**
   * As {@link push}, of memory that is used again: what is kept of it is copied. Returns how many bytes went straight into the
   * memory of a message.
   */
  pushLent(lent: Uint8Array): number {
    let copied = 0;
    for (let at = 0; at < lent.length && !this.#isOver; at += LARGEST_CHUNK) {
      const piece = lent.length <= LARGEST_CHUNK ? lent : lent.subarray(at, at + LARGEST_CHUNK);
      const taken = this.#listener?.copyFrom?.(piece) ?? 0;
      if (taken < piece.length) this.push(piece.slice(taken));
      else this.#hasHeard = true;
      copied += taken;
    }
    return copied;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) this.#listener?.onData(chunk);
  }

  /** Nobody will listen any more. Until the transport is gone its peer may send very much, of which nothing is kept. */
  stop(): void {
    this.#isOver = true;
    this.#listener = undefined;
    this.#early = [];
  }
}
