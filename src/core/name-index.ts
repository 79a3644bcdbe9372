/** Where {@link NameIndex} looks. */
export interface NameIndexHost<T> {
  all(): Iterable<T>;
  nameOf(item: T): string;
  /** Rises with each that comes. */
  newest(): number;
}

/**
 * Finds by name among very many, as when a server refuses thousands one by one: what is found is taken out of an index,
 * which is made when it is needed, and anew for what has come since.
 */
export class NameIndex<T> {
  readonly #host: NameIndexHost<T>;
  // Weak: between two bursts it keeps nothing in memory.
  #lists: WeakRef<Map<string, T[]>> | undefined;
  #upTo = -1;

  constructor(host: NameIndexHost<T>) {
    this.#host = host;
  }

  /** All of this name that were there and have not been taken, in order; some may have gone since. Who takes one removes it. */
  listOf(name: string): T[] {
    const lists = this.#lists?.deref();
    const list = lists?.get(name);
    if (list !== undefined && list.length > 0) return list;
    if (lists !== undefined && this.#upTo === this.#host.newest()) return [];
    return this.#make().get(name) ?? [];
  }

  #make(): Map<string, T[]> {
    const lists = new Map<string, T[]>();
    for (const item of this.#host.all()) {
      const name = this.#host.nameOf(item);
      const list = lists.get(name);
      if (list === undefined) lists.set(name, [item]);
      else list.push(item);
    }
    this.#lists = new WeakRef(lists);
    this.#upTo = this.#host.newest();
    return lists;
  }
}
