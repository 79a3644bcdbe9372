import type { Transport, TransportListener } from "../../../src/core/transport.ts";
import { concat, latin1 } from "./bytes.ts";

/**
 * A link to nowhere that records what it is given. It holds its user to the contract: nothing is written while it is
 * busy, and what it keeps meanwhile is not changed under its hands.
 */
export class MemoryTransport implements Transport {
  readonly remoteAddress = "memory";
  readonly isSecure = false;
  /** The chunks as they were handed over, by call. */
  readonly writes: (readonly Uint8Array[])[] = [];
  /** From now on what is written stays here, until `drain`. */
  isBusy = false;
  isGone = false;
  readonly #received: Uint8Array[] = [];
  #kept: { readonly chunk: Uint8Array; readonly content: Uint8Array }[] = [];
  #listener: TransportListener | undefined;

  get unsentBytes(): number {
    return this.#kept.reduce((sum, { content }) => sum + content.length, 0);
  }

  /** Everything so far, one character a byte. */
  get received(): string {
    return latin1(this.bytes);
  }

  get bytes(): Uint8Array {
    return concat(this.#received);
  }

  /** How much memory lies behind all that was handed over. */
  get heldMemory(): number {
    const buffers = new Set(this.writes.flat().map(({ buffer }) => buffer));
    return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
  }

  write(chunk: Uint8Array): boolean {
    return this.writeAll([chunk]);
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    if (this.isGone) throw new Error("written to after the end");
    if (this.#kept.length > 0) throw new Error("written to while it was busy");
    if (chunks.length === 0) throw new Error("nothing was written");
    this.writes.push(chunks);
    for (const chunk of chunks) {
      const content = chunk.slice();
      this.#received.push(content);
      if (this.isBusy) this.#kept.push({ chunk, content });
    }
    return !this.isBusy;
  }

  /** What was kept leaves; `stayBusy` if the next write is kept too. */
  drain(stayBusy = false): void {
    for (const { chunk, content } of this.#kept) {
      if (latin1(chunk) !== latin1(content)) throw new Error("memory was reused before it had left");
    }
    this.#kept = [];
    this.isBusy = stayBusy;
    this.#listener?.onDrain();
  }

  end(): Promise<number> {
    this.isGone = true;
    return Promise.resolve(this.unsentBytes);
  }

  destroy(): void {
    this.isGone = true;
  }
}
