import { Nuid } from "@nats-io/nuid";

/** Makes the subjects that responses come to: `<prefix>.<unique id>` (INBOX-01, INBOX-03). */
export class InboxMaker {
  readonly #prefix: string;
  readonly #nuid = new Nuid();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  next(): string {
    return `${this.#prefix}.${this.#nuid.next()}`;
  }
}

/**
 * A new inbox: a subject that nobody else uses, for responses to a publish with `reply`. A connection with an
 * `inboxPrefix` makes its own with `Connection.newInbox`.
 *
 * @example
 * ```ts
 * import { connect, newInbox } from "natspeed";
 *
 * const nc = await connect();
 * const inbox = newInbox();
 * nc.subscribe(inbox, { max: 1, callback: (m) => console.log(m.string()) });
 * nc.publish("time", undefined, { reply: inbox });
 * await nc.close();
 * ```
 */
export function newInbox(): string {
  return new InboxMaker("_INBOX").next();
}
