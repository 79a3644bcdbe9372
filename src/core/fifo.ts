/** From so many on, what was taken from the front is cut off, once it is half of all. */
const COMPACT_FROM = 1024;

/** First in, first out, each in constant time. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  get last(): T | undefined {
    return this.#items.at(-1);
  }

  /** How many are taken before this one; -1 if it is not here. */
  indexOf(item: T): number {
    const index = this.#items.indexOf(item, this.#head);
    return index < 0 ? -1 : index - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    // Most never hold more than one, and need no new array for each.
    if (this.#items.length === 1) return this.#items.pop();
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) this.clear();
    else if (this.#head >= COMPACT_FROM && 2 * this.#head >= this.#items.length) this.#compact();
    return item;
  }

  /** All that are here, the first in front. */
  takeAll(): T[] {
    const items = this.#items.slice(this.#head) as T[];
    this.clear();
    return items;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
