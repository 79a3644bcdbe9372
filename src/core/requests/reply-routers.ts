import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import { Waiter } from "../waiter.ts";
import type { ReplyRouter } from "./reply-router.ts";
import type { Requester } from "./requester.ts";

/** An inbox that no further request gets. */
interface FormerInbox {
  /** Resolves when no response to it is waited for. */
  readonly over: Waiter<void>;
  /** The link that a move has left, and by which the responses come. */
  link: object | undefined;
}

/** The inbox that requests share, and those of before a move, while responses may still come to them. */
export class ReplyRouters {
  readonly #table: SubscriptionTable;
  readonly #make: () => ReplyRouter;
  readonly #former = new Map<ReplyRouter, FormerInbox>();
  #current: ReplyRouter;

  constructor(table: SubscriptionTable, make: () => ReplyRouter) {
    this.#table = table;
    this.#make = make;
    this.#current = make();
  }

  /** Where responses to requests from now on come to. */
  get current(): ReplyRouter {
    return this.#current;
  }

  get hasFormer(): boolean {
    return this.#former.size > 0;
  }

  /** Those of before first. */
  get all(): readonly ReplyRouter[] {
    return [...this.#former.keys(), this.#current];
  }

  /** All who wait for a response. */
  get requesters(): readonly Requester[] {
    return this.all.flatMap(({ requesters }) => requesters);
  }

  /** How many wait for a response. */
  get pending(): number {
    return this.all.reduce((sum, { size }) => sum + size, 0);
  }

  /** Those whose responses come by the link in use. */
  get here(): readonly ReplyRouter[] {
    return [...this.formerOf(undefined), this.#current];
  }

  /** Those of before whose responses come by this link; by the one in use if it is undefined. */
  formerOf(link: object | undefined): readonly ReplyRouter[] {
    return [...this.#former].filter(([, inbox]) => inbox.link === link).map(([router]) => router);
  }

  /** Requests from now on get another inbox, for those of before are sent by the link in use, and these by the next. */
  renew(): void {
    const over = new Waiter<void>({}, { what: "the responses to an inbox" });
    this.#former.set(this.#current, { over, link: undefined });
    this.#current = this.#make();
  }

  /** Responses to the inboxes of before come by this link, which is left now. Resolves when there are no more to come. */
  async leave(link: object): Promise<void> {
    const left = [...this.#former.values()].filter((inbox) => inbox.link === undefined);
    for (const inbox of left) inbox.link = link;
    await Promise.all(left.map(({ over }) => over.promise));
  }

  /** Ends those of before that no response is waited for at. */
  forgetIdle(): void {
    for (const [router, { over }] of this.#former) {
      if (router.size > 0) continue;
      this.#forget(router);
      over.resolve();
    }
  }

  #forget(router: ReplyRouter): void {
    this.#former.delete(router);
    this.#table.remove(router);
    // The server in use knows it if it began during the move, or if the link that was left is gone.
    if (router.sid !== 0) this.#table.stop(router.sid);
  }
}
