import { anInboxPrefix } from "../options.ts";
import { utf8Length } from "../protocol/text.ts";
import { TOKEN_LENGTH } from "./reply-token.ts";
import { UniqueIds } from "./unique-ids.ts";

/** Makes the subjects that responses come to: `<prefix>.<unique id>`. */
export class InboxMaker {
  readonly #prefix: string;
  readonly #ids = new UniqueIds();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  next(): string {
    return `${this.#prefix}.${this.#ids.next()}`;
  }

  /** Bytes of the reply subject of a request. */
  get replySize(): number {
    return utf8Length(this.next()) + 1 + TOKEN_LENGTH;
  }
}

/**
 * A new inbox: a subject that nobody else uses, for responses to a publish with `reply`. It needs no connection, and
 * begins with `prefix` and a dot; `Connection.newInbox` makes one under the connection's `inboxPrefix`. Throws
 * `INVALID_OPTION` for a prefix with an empty token, a wildcard or white space.
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
export function newInbox(prefix = "_INBOX"): string {
  return new InboxMaker(anInboxPrefix("prefix", prefix)).next();
}
