import type { HeldMessage } from "./held-message.ts";
import type { WaitingRoom } from "./waiting-room.ts";

/** Any message can be handled at any time: they wait on the shelf. */
export class ShelfRoom implements WaitingRoom {
  readonly waiting: readonly HeldMessage[] = [];
  readonly #shelf: { readonly stock: number };
  readonly #takeNext: () => HeldMessage | undefined;

  /** `takeNext` gives the next message off the shelf; undefined if there is none. */
  constructor(shelf: { readonly stock: number }, takeNext: () => HeldMessage | undefined) {
    this.#shelf = shelf;
    this.#takeNext = takeNext;
  }

  /** Some of them may turn out to be too old. */
  get free(): number {
    return this.#shelf.stock;
  }

  take(max: number): HeldMessage[] {
    const taken: HeldMessage[] = [];
    while (taken.length < max) {
      const next = this.#takeNext();
      if (next === undefined) break;
      taken.push(next);
    }
    return taken;
  }

  done(): void {
    // It holds up no other.
  }

  remove(): boolean {
    return false;
  }

  clear(): readonly HeldMessage[] {
    return [];
  }
}
