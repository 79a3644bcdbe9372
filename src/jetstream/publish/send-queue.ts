import { Fifo } from "../../core/fifo.ts";
import type { Publication } from "./publication.ts";

/** Publications to send, in the order of the calls: first those that are sent again, then those that wait for a place in the window. */
export class SendQueue {
  readonly #waiting = new Fifo<Publication>();
  #bytes = 0;
  /** The last of the calls first, once sorted. */
  #again: Publication[] = [];
  #isSorted = true;

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#again.length === 0;
  }

  /** How many wait for a place. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Their bytes. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  push(publication: Publication): void {
    this.#waiting.push(publication);
    this.#bytes += publication.size;
  }

  /** It has its place in the window, and keeps it. */
  pushAgain(publication: Publication): void {
    this.#again.push(publication);
    this.#isSorted = false;
  }

  /** Takes the next to be sent. A waiting publication is taken only if the window has a place for it. */
  shift(hasPlace: (size: number) => boolean): Publication | undefined {
    if (this.#again.length > 0) return this.#shiftAgain();
    const { first } = this.#waiting;
    if (first === undefined || !hasPlace(first.size)) return undefined;
    this.#bytes -= first.size;
    return this.#waiting.shift();
  }

  #shiftAgain(): Publication | undefined {
    if (!this.#isSorted) this.#again.sort((a, b) => b.number - a.number);
    this.#isSorted = true;
    return this.#again.pop();
  }

  clear(): void {
    this.#waiting.clear();
    this.#bytes = 0;
    this.#again = [];
  }
}
