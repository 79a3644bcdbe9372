import type { Publication } from "../protocol/publication.ts";
import type { Account } from "../routing/account.ts";
import type { Random } from "../routing/random.ts";
import type { Publisher } from "../routing/subscription.ts";

/** Requests that are remembered; the oldest is forgotten for a new one. */
const MAX_REQUESTS = 65_536;

/** Whose replies are dropped, and how many of them. */
export interface DropRule {
  /** Replies that it drops yet; may be `Infinity`. */
  left: number;
  /** From 0 to 1. */
  readonly fraction: number;
  /** Whether it holds for what this one asks. */
  readonly holdsFor: (requester: Publisher | undefined) => boolean;
}

/** Drops replies: messages to a subject that a request has named since the first rule came. */
export class ReplyDrops {
  readonly #random: Random;
  readonly #rules = new Set<DropRule>();
  /** The rules for the replies of each request, by account and subject. */
  readonly #awaited = new Map<string, readonly DropRule[]>();

  constructor(random: Random) {
    this.#random = random;
  }

  get isOn(): boolean {
    return this.#rules.size > 0;
  }

  add(rule: DropRule): void {
    this.#rules.add(rule);
  }

  remove(rule: DropRule): void {
    this.#rules.delete(rule);
    if (!this.isOn) this.#awaited.clear();
  }

  clear(): void {
    this.#rules.clear();
    this.#awaited.clear();
  }

  /** Looks at a message on its way; true if it is to go no further. */
  drops(publication: Publication, publisher: Publisher | undefined, { name }: Account): boolean {
    const rules = this.#awaited.get(`${name} ${publication.subject}`) ?? [];
    const rule = rules.find((one) => this.#rules.has(one) && this.#random() < one.fraction);
    if (rule === undefined) {
      if (publication.hasReply) this.#await(`${name} ${publication.reply}`, publisher);
      return false;
    }
    if (--rule.left === 0) this.remove(rule);
    return true;
  }

  #await(key: string, requester: Publisher | undefined): void {
    const rules = [...this.#rules].filter((rule) => rule.holdsFor(requester));
    if (rules.length === 0) return;
    this.#awaited.delete(key);
    if (this.#awaited.size >= MAX_REQUESTS) this.#awaited.delete(this.#awaited.keys().next().value!);
    this.#awaited.set(key, rules);
  }
}
