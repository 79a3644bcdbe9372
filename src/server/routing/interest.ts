import type { Publication } from "../protocol/publication.ts";
import { SubjectTrie } from "./subject-trie.ts";
import type { Subscription } from "./subscription.ts";

/** The subscriptions that match a subject. */
export interface Match {
  readonly plain: readonly Subscription[];
  /** The members of each queue group, one of which gets the message. */
  readonly groups: readonly (readonly Subscription[])[];
}

const NOBODY: Match = { plain: [], groups: [] };

/** Subjects whose matches are remembered. */
const CACHE_SIZE = 4096;

const DOT = 46;

/** The subscriptions of one account, by subject. */
export class Interest {
  readonly #trie = new SubjectTrie<Subscription>();
  readonly #cache = new Map<string, Match>();
  // Often many messages in a row go to the same subject: then comparing its bytes is all that matching takes.
  #last: Match | undefined;
  #lastSubject = new Uint8Array(0);

  /** The number of subscriptions since the start. */
  inserts = 0;
  /** How often a match was looked up (not for the same subject again), and how often it was remembered. */
  matches = 0;
  hits = 0;

  get size(): number {
    return this.#trie.size;
  }

  /** How many subjects are remembered. */
  get cached(): number {
    return this.#cache.size;
  }

  /** How many subscribers each remembered subject has. */
  get fanouts(): number[] {
    return Array.from(this.#cache.values(), ({ plain, groups }) => plain.length + groups.length);
  }

  add(subscription: Subscription): void {
    this.inserts++;
    this.#trie.add(subscription.subject, subscription);
    this.#forget(subscription.subject);
  }

  remove(subscription: Subscription): void {
    this.#trie.remove(subscription.subject, subscription);
    this.#forget(subscription.subject);
  }

  /** A change to a literal subject touches its own entry only: inboxes come and go all the time. */
  #forget(subject: string): void {
    this.#last = undefined;
    if (hasWildcard(subject)) this.#cache.clear();
    else this.#cache.delete(subject);
  }

  /** The match of a publication's subject; not to be kept. */
  matchPublication(publication: Publication): Match {
    const { bytes, subjectStart, subjectEnd } = publication;
    if (this.#last !== undefined && this.#isLast(bytes, subjectStart, subjectEnd)) return this.#last;
    this.#last = this.match(publication.subject);
    this.#lastSubject = bytes.slice(subjectStart, subjectEnd);
    return this.#last;
  }

  #isLast(bytes: Uint8Array, start: number, end: number): boolean {
    const last = this.#lastSubject;
    if (end - start !== last.length) return false;
    for (let i = 0; i < last.length; i++) if (bytes[start + i] !== last[i]) return false;
    return true;
  }

  match(subject: string): Match {
    this.matches++;
    const cached = this.#cache.get(subject);
    if (cached !== undefined) {
      this.hits++;
      return cached;
    }
    const match = grouped(this.#trie.match(subject));
    // Subjects that nobody wants are not remembered: there may be any number of them.
    if (match !== NOBODY) {
      if (this.#cache.size >= CACHE_SIZE) this.#makeRoom();
      this.#cache.set(subject, match);
    }
    return match;
  }

  // Drops every fourth entry, old and new alike. If all went, or the oldest, then publishing to slightly more subjects in
  // turn than there is room for would never hit; if the newest went, dead subjects would stay for ever.
  #makeRoom(): void {
    let place = 0;
    for (const subject of this.#cache.keys()) if (place++ % 4 === 0) this.#cache.delete(subject);
  }
}

function grouped(subscriptions: readonly Subscription[]): Match {
  if (subscriptions.length === 0) return NOBODY;
  const plain: Subscription[] = [];
  const groups = new Map<string, Subscription[]>();
  for (const subscription of subscriptions) {
    const { queue } = subscription;
    if (queue === undefined) {
      plain.push(subscription);
      continue;
    }
    const group = groups.get(queue);
    if (group === undefined) groups.set(queue, [subscription]);
    else group.push(subscription);
  }
  return { plain, groups: [...groups.values()] };
}

/** Whether a subject has a `*` or `>` for a token. */
function hasWildcard(subject: string): boolean {
  for (let at = 0; at < subject.length; at++) {
    const byte = subject.charCodeAt(at);
    if (byte !== 42 && byte !== 62) continue;
    const isToken =
      (at === 0 || subject.charCodeAt(at - 1) === DOT) &&
      (at + 1 === subject.length || subject.charCodeAt(at + 1) === DOT);
    if (isToken) return true;
  }
  return false;
}
