/** Operations are written straight into slabs of this size. */
export const SLAB_SIZE: number = 64 * 1024;

/** How many slabs that have been sent are kept for the next burst. */
const MAX_SPARE = 16;

/** Slabs beside the one that is being filled: those that are still read from, and those that are free. */
export class SlabPool {
  #busy: Uint8Array<ArrayBuffer>[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** A slab of `size` bytes at least, in place of `full`, of which the queue or the transport still holds parts. */
  exchange(full: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
    if (full.length === SLAB_SIZE && this.#busy.length < MAX_SPARE) this.#busy.push(full);
    if (size > SLAB_SIZE) return new Uint8Array(size);
    return this.#spare.pop() ?? new Uint8Array(SLAB_SIZE);
  }

  /** All that was given in exchange has been sent. Of what was not needed for it one slab goes: bursts end. */
  onSent(): void {
    if (this.#busy.length === 0) {
      this.#spare.pop();
      return;
    }
    this.#spare.push(...this.#busy.slice(0, MAX_SPARE - this.#spare.length));
    this.#busy = [];
  }

  /** The transport is gone: what it had of these is not known to be free. */
  forgetBusy(): void {
    this.#busy = [];
  }
}
