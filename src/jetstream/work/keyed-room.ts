import type { WaitingRoom } from "./waiting-room.ts";

/** Something with the key of those that are handled one after another. */
interface Keyed {
  readonly key: string;
}

/** The messages of one key. */
interface KeyLine<T> {
  readonly waiting: T[];
  /** How many of them are being handled: more than one if a batch took them. */
  inHand: number;
}

/**
 * Messages of one key are handled one after another, in the order in which they came; those of different keys side by side.
 * A batch may take several of one key, in order.
 */
export class KeyedRoom<T extends Keyed> implements WaitingRoom<T> {
  readonly #lines = new Map<string, KeyLine<T>>();
  /** Lines with messages of which none is being handled, in the order in which they became so. */
  readonly #ready = new Set<KeyLine<T>>();
  #free = 0;

  get free(): number {
    return this.#free;
  }

  get waiting(): T[] {
    return [...this.#lines.values()].flatMap((line) => line.waiting);
  }

  push(item: T): void {
    const line = this.#lineOf(item.key);
    line.waiting.push(item);
    if (line.inHand > 0) return;
    this.#free++;
    this.#ready.add(line);
  }

  take(max: number): T[] {
    const taken: T[] = [];
    for (const line of this.#ready) {
      if (taken.length >= max) break;
      const items = line.waiting.splice(0, max - taken.length);
      taken.push(...items);
      this.#free -= items.length + line.waiting.length;
      line.inHand = items.length;
      this.#ready.delete(line);
    }
    return taken;
  }

  done({ key }: T): void {
    const line = this.#lines.get(key);
    if (line === undefined) return;
    line.inHand--;
    if (line.inHand > 0) return;
    if (line.waiting.length === 0) {
      this.#lines.delete(key);
      return;
    }
    this.#ready.add(line);
    this.#free += line.waiting.length;
  }

  remove(item: T): boolean {
    const line = this.#lines.get(item.key);
    const at = line?.waiting.indexOf(item) ?? -1;
    if (line === undefined || at < 0) return false;
    line.waiting.splice(at, 1);
    if (line.inHand > 0) return true;
    this.#free--;
    if (line.waiting.length > 0) return true;
    this.#ready.delete(line);
    this.#lines.delete(item.key);
    return true;
  }

  clear(): T[] {
    const { waiting } = this;
    for (const line of this.#lines.values()) line.waiting.length = 0;
    for (const [key, line] of this.#lines) if (line.inHand === 0) this.#lines.delete(key);
    this.#ready.clear();
    this.#free = 0;
    return waiting;
  }

  #lineOf(key: string): KeyLine<T> {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { waiting: [], inHand: 0 };
      this.#lines.set(key, line);
    }
    return line;
  }
}
