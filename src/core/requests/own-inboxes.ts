import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import type { PermissionError } from "../errors.ts";
import type { InboxMaker } from "./inbox.ts";
import { OwnInbox } from "./own-inbox.ts";
import type { Requester } from "./requester.ts";

/** The inboxes of requests that have one to themselves. */
export class OwnInboxes {
  readonly #table: SubscriptionTable;
  readonly #inboxes: InboxMaker;
  readonly #byRequester = new Map<Requester, OwnInbox>();
  /** A server may refuse thousands, one by one. */
  readonly #bySubject = new Map<string, OwnInbox>();

  constructor(table: SubscriptionTable, inboxes: InboxMaker) {
    this.#table = table;
    this.#inboxes = inboxes;
  }

  get size(): number {
    return this.#byRequester.size;
  }

  of(requester: Requester): OwnInbox | undefined {
    return this.#byRequester.get(requester);
  }

  /** Returns its subject. */
  open(requester: Requester): string {
    const inbox = new OwnInbox(this.#table.nextSid(), this.#inboxes.next(), requester);
    this.#byRequester.set(requester, inbox);
    this.#bySubject.set(inbox.subject, inbox);
    this.#table.add(inbox);
    return inbox.subject;
  }

  close(requester: Requester): void {
    const inbox = this.#byRequester.get(requester);
    if (inbox === undefined) return;
    this.#byRequester.delete(requester);
    this.#bySubject.delete(inbox.subject);
    this.#table.remove(inbox);
    this.#table.stop(inbox.sid);
  }

  /** The server refuses a subject: false if it is none of these. */
  onDenied(error: PermissionError): boolean {
    const inbox = error.subject === undefined ? undefined : this.#bySubject.get(error.subject);
    inbox?.onDenied(error);
    return inbox !== undefined;
  }
}
