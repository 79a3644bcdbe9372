import { AsyncSequence, DONE } from "../../core/delivery/async-sequence.ts";
import { JetStreamError, type JetStreamErrorFacts } from "../errors.ts";
import type { ApiAnswer } from "./api.ts";

/** A page on its way. Other callers wait for this promise, so that a failure has one caller, whose line is in its stack. */
class Loading {
  end!: () => void;
  readonly promise = new Promise<void>((resolve) => {
    this.end = resolve;
  });
}

// { "total": 1200, "offset": 0, "limit": 256, …, "missing": ["A"], "offline": { "B": "why" } }
/**
 * The items of a paged list. A page is asked for when the one before has been read, so a loop that is left early asks for no
 * more. If the server left something out, the list ends with `ASSET_OFFLINE`.
 *
 * A page is a range of places in a sorted list. When an item is removed, all behind it move to the front, and the next page
 * would miss one. So where items have names, each page must begin with the last item of the page before. If it does not,
 * earlier pages are asked for again, and items that were given already are passed over.
 */
export class Pages<T> extends AsyncSequence<T> {
  readonly #ask: (offset: number) => Promise<ApiAnswer>;
  readonly #read: (page: ApiAnswer) => readonly T[];
  readonly #facts: JetStreamErrorFacts;
  readonly #nameOf: ((item: T) => string) | undefined;
  /** The names of the items of all pages so far. */
  readonly #given = new Set<string>();
  /** The most items that a page has had. */
  #pageSize = 1;
  /** What the server left out of the list, and why. */
  readonly #leftOut = new Map<string, string>();
  #items: readonly T[] = [];
  #at = 0;
  /** Where the next page begins; undefined after the last one. */
  #offset: number | undefined = 0;
  #loading: Loading | undefined;
  #isLeft = false;

  constructor(
    ask: (offset: number) => Promise<ApiAnswer>,
    read: (page: ApiAnswer) => readonly T[],
    facts: JetStreamErrorFacts,
    nameOf?: (item: T) => string,
  ) {
    super();
    this.#nameOf = nameOf;
    this.#ask = ask;
    this.#read = read;
    this.#facts = facts;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    // Several calls at once must not ask for the same page twice.
    while (this.#loading !== undefined) await this.#loading.promise;
    if (this.#at >= this.#items.length && this.#offset !== undefined) {
      this.#loading = new Loading();
      try {
        await this.#loadMore();
      } finally {
        this.#loading.end();
        this.#loading = undefined;
      }
    }
    return this.#at < this.#items.length ? { value: this.#items[this.#at++]!, done: false } : this.#end();
  }

  /** Until there is an item, or no more page. */
  async #loadMore(): Promise<void> {
    while (this.#at >= this.#items.length && this.#offset !== undefined) {
      const offset = this.#offset;
      // After a failure there are no more pages.
      this.#offset = undefined;
      this.#take(offset, await this.#ask(offset));
    }
  }

  #take(offset: number, page: ApiAnswer): void {
    if (this.#isLeft) return;
    const leftOut = leftOutOf(page);
    const items = this.#read(leftOut.size === 0 ? page : without(page, leftOut));
    const count = items.length + leftOut.size;
    this.#pageSize = Math.max(this.#pageSize, count);
    if (offset > 0 && !this.#overlaps(items, leftOut)) {
      this.#offset = Math.max(0, offset - this.#pageSize);
      return;
    }
    for (const [name, reason] of leftOut) this.#leftOut.set(name, reason);
    this.#items = this.#takeNew(items);
    this.#at = 0;
    this.#offset = this.#nextOffset(page, offset, count);
  }

  /** Whether nothing can be missing between this page and those before. */
  #overlaps(items: readonly T[], leftOut: ReadonlyMap<string, string>): boolean {
    const nameOf = this.#nameOf;
    if (nameOf === undefined) return true;
    return (
      items.some((item) => this.#given.has(nameOf(item))) ||
      [...leftOut.keys()].some((name) => this.#leftOut.has(name))
    );
  }

  #takeNew(items: readonly T[]): readonly T[] {
    const nameOf = this.#nameOf;
    if (nameOf === undefined) return items;
    const fresh = items.filter((item) => !this.#given.has(nameOf(item)));
    for (const item of fresh) this.#given.add(nameOf(item));
    return fresh;
  }

  #nextOffset(page: ApiAnswer, offset: number, count: number): number | undefined {
    const next = nextOffset(page, offset, count);
    if (next === undefined || this.#nameOf === undefined) return next;
    return Math.max(offset + 1, next - 1);
  }

  #end(): IteratorResult<T, undefined> {
    if (this.#leftOut.size === 0) return DONE;
    const names = Array.from(this.#leftOut, ([name, reason]) => `${name} (${reason})`).join(", ");
    this.#leftOut.clear();
    const message = `the server left out of the list what is not to be had now: ${names}`;
    throw new JetStreamError("ASSET_OFFLINE", message, { ...this.#facts, retryable: true });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#isLeft = true;
    this.#offset = undefined;
    this.#items = [];
    this.#leftOut.clear();
    return Promise.resolve(DONE);
  }
}

/** Where the page behind this one begins; undefined if there is none. A list may shrink or grow while it is read. */
function nextOffset(page: ApiAnswer, offset: number, count: number): number | undefined {
  const total = page["total"];
  const next = offset + count;
  // An empty page is the last one, whatever the total says: else this would ask for ever.
  return typeof total !== "number" || count === 0 || next >= total ? undefined : next;
}

/** Names with the reason why nothing is known of them. */
function leftOutOf(page: ApiAnswer): Map<string, string> {
  const { missing, offline } = page as { missing?: unknown; offline?: unknown };
  const leftOut = new Map<string, string>();
  if (Array.isArray(missing))
    for (const name of missing) leftOut.set(String(name), "no server answers for it");
  if (typeof offline !== "object" || offline === null) return leftOut;
  for (const [name, reason] of Object.entries(offline)) leftOut.set(name, String(reason));
  return leftOut;
}

/** The page without items that are offline: a cluster lists these with a state of zeros, as if they were empty. */
function without(page: ApiAnswer, leftOut: ReadonlyMap<string, string>): ApiAnswer {
  const lists = ["streams", "consumers"].flatMap((key) => {
    const list = page[key];
    return Array.isArray(list) ? [[key, list.filter((item) => !leftOut.has(nameOf(item)))]] : [];
  });
  return { ...page, ...(Object.fromEntries(lists) as ApiAnswer) };
}

function nameOf(item: unknown): string {
  if (typeof item !== "object" || item === null) return String(item);
  const { name, config } = item as { name?: unknown; config?: { name?: unknown } };
  return String(name ?? config?.name);
}
