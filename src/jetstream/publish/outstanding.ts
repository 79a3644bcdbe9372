import type { PendingCount } from "../../core/delivery/pending.ts";
import type { Publication } from "./publication.ts";

/** All publications that are not settled, in the order of the calls. Adding and removing are O(1) and allocate nothing. */
export class Outstanding {
  #oldest: Publication | undefined;
  #newest: Publication | undefined;
  #messages = 0;
  #bytes = 0;

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): PendingCount {
    return { messages: this.#messages, bytes: this.#bytes };
  }

  add(publication: Publication): void {
    const newest = this.#newest;
    publication.older = newest;
    if (newest === undefined) this.#oldest = publication;
    else newest.newer = publication;
    this.#newest = publication;
    this.#messages++;
    this.#bytes += publication.size;
  }

  remove(publication: Publication): void {
    const { older, newer } = publication;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    publication.older = undefined;
    publication.newer = undefined;
    this.#messages--;
    this.#bytes -= publication.size;
  }

  /** All of them, the oldest first. */
  all(): Publication[] {
    const all: Publication[] = [];
    for (let next = this.#oldest; next !== undefined; next = next.newer) all.push(next);
    return all;
  }
}
