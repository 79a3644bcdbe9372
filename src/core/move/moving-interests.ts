import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import { encodeSub, encodeUnsub } from "../protocol/encoder.ts";

/** What a server of two has been told of, before the connection uses it. */
interface Early {
  readonly sids: Set<number>;
  readonly send: (commands: Uint8Array[]) => void;
}

/** Which of two servers knows which subscriptions while a connection moves from one to the other. */
export class MovingInterests {
  readonly #table: SubscriptionTable;
  #early: Early | undefined;
  /** Up to this id the server that is being left knows all subscriptions. */
  #lastLeft = 0;

  constructor(table: SubscriptionTable) {
    this.#table = table;
    table.onEnded = (sid) => {
      if (this.#early?.sids.delete(sid) === true) this.#early.send([encodeUnsub(sid)]);
    };
  }

  /**
   * Tells the next server of the members of queue groups; false if there are none. Until {@link restoreBeside} or
   * {@link forgetEarly} one that ends here ends there too.
   */
  beginEarly(send: (commands: Uint8Array[]) => void): boolean {
    const members = [...this.#table].filter(
      ({ queue, remaining }) => queue !== undefined && remaining === undefined,
    );
    if (members.length === 0) return false;
    send(members.map(({ subject, queue, sid }) => encodeSub(subject, queue, sid)));
    this.#early = { sids: new Set(members.map(({ sid }) => sid)), send };
    return true;
  }

  /** The next server is gone, or in use. */
  forgetEarly(): void {
    this.#early = undefined;
  }

  /** What ends everything at a server but the responses to requests; subscriptions that begin later it knows nothing of. */
  endings(): Uint8Array[] {
    const interests = [...this.#table];
    this.#lastLeft = this.#table.lastSid;
    return interests.filter(({ takesReplies }) => !takesReplies).map(({ sid }) => encodeUnsub(sid));
  }

  /** What tells the next server of all subscriptions, beside a link by which responses to requests under way still come. */
  restoreBeside(): Uint8Array[] {
    this.#early = undefined;
    return this.#table.restore(({ takesReplies, sid }) => !takesReplies || sid > this.#lastLeft);
  }

  /** Whether a subscription without a queue group is active: it is at neither server for a moment. */
  get hasPlain(): boolean {
    return [...this.#table].some(
      ({ queue, takesReplies, remaining }) => queue === undefined && !takesReplies && remaining !== 0,
    );
  }
}
