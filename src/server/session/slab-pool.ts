export const SLAB_SIZE: number = 64 * 1024;

/** Slabs kept for reuse. */
const MAX_SPARE = 64;

/** Memory that clients write into only while they have something to send, so that idle ones hold none. */
export class SlabPool {
  readonly #spare: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(SLAB_SIZE);
  }

  give(slabs: readonly Uint8Array[]): void {
    for (const slab of slabs) if (this.#spare.length < MAX_SPARE) this.#spare.push(slab);
  }
}
