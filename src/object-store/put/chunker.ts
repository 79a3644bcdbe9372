/** Cuts bytes that come in pieces of any size into chunks of one size. Only what is no whole chunk is copied, and once. */
export class Chunker {
  readonly #size: number;
  #rest: Uint8Array | undefined;
  #length = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** The chunks that a piece completes. Each is valid until the next one is asked for. */
  *add(piece: Uint8Array): Generator<Uint8Array, void> {
    let at = 0;
    if (this.#length > 0) {
      at = this.#keep(piece);
      if (this.#length < this.#size) return;
      yield this.#rest!;
      this.#length = 0;
    }
    for (; at + this.#size <= piece.length; at += this.#size) yield piece.subarray(at, at + this.#size);
    this.#keep(piece.subarray(at));
  }

  /** What is left at the end, less than a chunk; undefined if nothing is. */
  rest(): Uint8Array | undefined {
    return this.#length === 0 ? undefined : this.#rest!.subarray(0, this.#length);
  }

  /** Returns how many bytes of the piece have found room. */
  #keep(piece: Uint8Array): number {
    const part = piece.subarray(0, this.#size - this.#length);
    if (part.length === 0) return 0;
    this.#rest ??= new Uint8Array(this.#size);
    this.#rest.set(part, this.#length);
    this.#length += part.length;
    return part.length;
  }
}
