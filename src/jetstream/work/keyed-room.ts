import type { WaitingRoom } from "./waiting-room.ts";

/** Something with the key of those that are handled one after another. */
interface Keyed {
  readonly key: string;
}

/** The messages of one key. */
interface Lane<T> {
  readonly waiting: T[];
  /** How many of them are being handled: more than one if a batch took them. */
  inHand: number;
}

/**
 * Messages of one key are handled one after another, in the order in which they came; those of different keys side by side.
 * A batch may take several of one key, in order.
 */
export class KeyedRoom<T extends Keyed> implements WaitingRoom<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  /** Lanes with messages of which none is being handled, in the order in which they became so. */
  readonly #ready = new Set<Lane<T>>();
  #free = 0;

  get free(): number {
    return this.#free;
  }

  get waiting(): T[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.waiting);
  }

  push(item: T): void {
    const lane = this.#laneOf(item.key);
    lane.waiting.push(item);
    if (lane.inHand > 0) return;
    this.#free++;
    this.#ready.add(lane);
  }

  take(max: number): T[] {
    const taken: T[] = [];
    for (const lane of this.#ready) {
      if (taken.length >= max) break;
      const items = lane.waiting.splice(0, max - taken.length);
      taken.push(...items);
      this.#free -= items.length + lane.waiting.length;
      lane.inHand = items.length;
      this.#ready.delete(lane);
    }
    return taken;
  }

  done({ key }: T): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    lane.inHand--;
    if (lane.inHand > 0) return;
    if (lane.waiting.length === 0) {
      this.#lanes.delete(key);
      return;
    }
    this.#ready.add(lane);
    this.#free += lane.waiting.length;
  }

  remove(item: T): boolean {
    const lane = this.#lanes.get(item.key);
    const at = lane?.waiting.indexOf(item) ?? -1;
    if (lane === undefined || at < 0) return false;
    lane.waiting.splice(at, 1);
    if (lane.inHand > 0) return true;
    this.#free--;
    if (lane.waiting.length > 0) return true;
    this.#ready.delete(lane);
    this.#lanes.delete(item.key);
    return true;
  }

  clear(): T[] {
    const { waiting } = this;
    for (const lane of this.#lanes.values()) lane.waiting.length = 0;
    for (const [key, lane] of this.#lanes) if (lane.inHand === 0) this.#lanes.delete(key);
    this.#ready.clear();
    this.#free = 0;
    return waiting;
  }

  #laneOf(key: string): Lane<T> {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { waiting: [], inHand: 0 };
      this.#lanes.set(key, lane);
    }
    return lane;
  }
}
