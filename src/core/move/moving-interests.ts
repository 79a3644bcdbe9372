import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { Route } from "../link/link.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { encodeSub, encodeUnsub } from "../protocol/commands.ts";

/** What the next server has been told of before the connection uses it. */
interface Early {
  /** By id, how many messages it has sent. */
  readonly sent: Map<number, number>;
  readonly send: (commands: Uint8Array[]) => void;
}

/**
 * Which of two servers knows which subscriptions while a connection moves from one to the other, and what comes from the
 * next one before it is used.
 */
export class MovingInterests implements Route {
  readonly #table: SubscriptionTable;
  #early: Early | undefined;
  /** The server that is being left knows all subscriptions up to this id. */
  #lastLeft = 0;

  constructor(table: SubscriptionTable) {
    this.#table = table;
    table.onEnded = (sid) => {
      if (this.#early?.sent.delete(sid) === true) this.#early.send([encodeUnsub(sid)]);
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
    this.#early = { sent: new Map(members.map(({ sid }) => [sid, 0])), send };
    return true;
  }

  /** Takes a message of the next server. */
  route(frame: MessageFrame): void {
    const sent = this.#early?.sent;
    const before = sent?.get(frame.sid);
    if (before !== undefined) sent!.set(frame.sid, before + 1);
    this.#table.route(frame);
  }

  unpin(): void {
    this.#table.unpin();
  }

  /** The next server is gone. */
  forgetEarly(): void {
    this.#early = undefined;
  }

  /** The next server comes into use, and is told of all subscriptions: it counts what it has sent by now. */
  takeEarly(): void {
    this.#table.sentAhead = this.#early?.sent;
    this.#early = undefined;
  }

  /** Commands that end everything at a server but the inboxes of requests. It is not told of later subscriptions. */
  endings(): Uint8Array[] {
    const interests = [...this.#table];
    this.#lastLeft = this.#table.lastSid;
    return interests.filter(({ takesReplies }) => !takesReplies).map(({ sid }) => encodeUnsub(sid));
  }

  /** Commands that tell the next server of all subscriptions but the inboxes whose responses come by the link that is left. */
  restoreBeside(): Uint8Array[] {
    this.takeEarly();
    return this.#table.restore(({ takesReplies, sid }) => !takesReplies || sid > this.#lastLeft);
  }

  /** Whether a subscription without a queue group is active: it is at neither server for a moment. */
  get hasPlain(): boolean {
    return [...this.#table].some(
      ({ queue, takesReplies, remaining, endsWithLink }) =>
        queue === undefined && !takesReplies && remaining !== 0 && endsWithLink !== true,
    );
  }
}
