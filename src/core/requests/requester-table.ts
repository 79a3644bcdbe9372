import type { Requester } from "./requester.ts";
import { TOKEN_IDS } from "./reply-token.ts";

const SMALLEST = 64;

/**
 * Who waits for responses, by id. Ids rise, and the low bits of one say where its requester lies: adding, finding and
 * removing look into an array, and allocate nothing.
 */
export class RequesterTable {
  /** A power of two of them, at most half of which are taken. */
  #slots = emptySlots(SMALLEST);
  #size = 0;
  #lastId = Math.floor(Math.random() * TOKEN_IDS);

  /** The id that was given last. */
  get lastId(): number {
    return this.#lastId;
  }

  get size(): number {
    return this.#size;
  }

  /** Gives the requester an id that no other has, and no late response to an earlier one. */
  add(requester: Requester): void {
    if (2 * this.#size >= this.#slots.length) this.#resize(2 * this.#slots.length);
    const slots = this.#slots;
    let id = this.#lastId;
    do id = (id + 1) % TOKEN_IDS;
    while (slots[id & (slots.length - 1)] !== undefined);
    this.#lastId = id;
    requester.id = id;
    slots[id & (slots.length - 1)] = requester;
    this.#size++;
  }

  get(id: number): Requester | undefined {
    const requester = this.#slots[id & (this.#slots.length - 1)];
    return requester?.id === id ? requester : undefined;
  }

  remove({ id }: Requester): void {
    if (this.get(id) === undefined) return;
    this.#slots[id & (this.#slots.length - 1)] = undefined;
    this.#size--;
    // A burst of many is over.
    if (this.#size === 0 && this.#slots.length > 1024) this.#slots = emptySlots(SMALLEST);
  }

  /** All, the oldest first: they are sorted for it. */
  all(): Requester[] {
    const age = ({ id }: Requester): number => (this.#lastId - id + TOKEN_IDS) % TOKEN_IDS;
    return this.#slots.filter((slot) => slot !== undefined).sort((a, b) => age(b) - age(a));
  }

  #resize(length: number): void {
    const requesters = this.#slots;
    this.#slots = emptySlots(length);
    for (const requester of requesters) {
      if (requester !== undefined) this.#slots[requester.id & (length - 1)] = requester;
    }
  }
}

function emptySlots(length: number): (Requester | undefined)[] {
  return Array.from({ length }, () => undefined);
}
