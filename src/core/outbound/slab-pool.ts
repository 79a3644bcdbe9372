/** Operations are written straight into slabs of this size. */
export const SLAB_SIZE: number = 64 * 1024;

/** How many slabs that have been sent are kept for the next burst. */
const MAX_SPARE = 16;

/** Slabs beside the one that is being filled: those that are still read from, and those that are free. */
export class SlabPool {
  #busy: Uint8Array<ArrayBuffer>[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** A slab in place of `full`, of which the queue or the transport still holds parts. */
  exchange(full: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    this.#busy.push(full);
    return this.#spare.pop() ?? new Uint8Array(SLAB_SIZE);
  }

  /**
   * What was given in exchange has been sent up to `waiting`, the memory of what comes first of the rest. If nothing was,
   * a slab goes that was kept in vain: bursts end.
   */
  onSent(waiting: ArrayBufferLike | undefined): void {
    if (this.#busy.length === 0) {
      this.#spare.pop();
      return;
    }
    const first = this.#busy.findIndex(({ buffer }) => buffer === waiting);
    const sent = this.#busy.splice(0, first < 0 ? this.#busy.length : first);
    this.#spare.push(...sent.slice(0, MAX_SPARE - this.#spare.length));
  }

  /** The transport is gone: what it had of these is not known to be free. */
  forgetBusy(): void {
    this.#busy = [];
  }
}
