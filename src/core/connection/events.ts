import { type FormerNames, hintAt, shown } from "../checks.ts";
import { ArgumentError, type NatsError } from "../errors.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { SubscriptionEvent } from "../delivery/subscription-event.ts";
import type { Unsent } from "../outbound/in-transit.ts";
import type { Leftover } from "../outbound/leftover.ts";

/** What a connection tells of itself, by `type`. */
export type ConnectionEvent =
  /**
   * The link to `server` is gone. One for each outage. `unsent` is what had been handed to the socket since it last said
   * that all had left: it may or may not have reached the server, and is not sent again. `unconfirmed` is the most that can
   * be lost of what had left: the server has answered no PING sent after these messages, and no request made after them was
   * answered; a `flush` sends one, and the connection does every `pingInterval` while something is unconfirmed. What had not
   * been handed over is no part of either, and is replayed.
   */
  | {
      readonly type: "disconnected";
      readonly server: string;
      readonly error: NatsError;
      readonly unsent: Unsent;
      readonly unconfirmed: number;
    }
  /** An attempt to restore it begins, after `delay` milliseconds; `error` is why the one before failed. */
  | {
      readonly type: "reconnecting";
      readonly attempt: number;
      readonly server: string;
      readonly delay: number;
      readonly error: NatsError;
    }
  /** The link is back: subscriptions are restored, and `replayed` messages that waited are on their way. */
  | {
      readonly type: "reconnected";
      readonly server: string;
      readonly replayed: number;
      /** Messages dropped in this outage by `whileDisconnected: "drop"`. */
      readonly dropped: number;
      /**
       * Messages that waited and that this server does not take, for they are too large or have headers. Each is told by an
       * `error` event, or rejects the request that it was.
       */
      readonly refused: number;
    }
  /**
   * The connection has gone over to another server, without an outage: see `lameDuck` and `reconnect()`. Subscriptions
   * without a queue group were at neither server for `gap` milliseconds, and have missed what was published then.
   * `refused` is as in `reconnected`.
   */
  | {
      readonly type: "moved";
      readonly from: string;
      readonly server: string;
      readonly gap: number;
      readonly refused: number;
    }
  /**
   * A move has left something behind at `server`, which was too slow to be waited for: of the messages that it had been
   * handed it never confirmed `unconfirmed`, which may or may not have been processed, and `dropped` came so late for
   * subscriptions without a queue group that they were at the next server already. `error` is why it is not waited for
   * any longer; undefined if it has sent all that it had.
   */
  | {
      readonly type: "leftBehind";
      readonly server: string;
      readonly error: NatsError | undefined;
      readonly unconfirmed: number;
      readonly dropped: number;
    }
  /** The connection is closed for good; nothing comes after this. `error` is the reason, unless it was asked to. */
  | { readonly type: "closed"; readonly error: NatsError | undefined; readonly lost: Leftover }
  /**
   * Something failed that belongs to no call: an `-ERR` of the server, headers that can't be read, a first message that
   * didn't come for a callback. `subscription` is the one that has ended by it.
   */
  | { readonly type: "error"; readonly error: NatsError; readonly subscription?: Subscription }
  | SubscriptionEvent
  /** The server is about to shut down. */
  | { readonly type: "lameDuck"; readonly server: string }
  /**
   * The cluster's list has changed: `servers` were not known, or had left; `left` were learned from an earlier list and are
   * listed no more.
   */
  | { readonly type: "discovered"; readonly servers: readonly string[]; readonly left: readonly string[] }
  /**
   * A listener, or the reader of these events, is too slow: `count` further events went untold to it. Told as it begins
   * to miss some, and with the rest as it comes back, or when the connection is closed.
   */
  | { readonly type: "missed"; readonly count: number };

/** The names of events, as `on` takes them. */
export type ConnectionEventType = ConnectionEvent["type"];

/** The event of one type. */
export type EventOf<T extends ConnectionEventType> = Extract<ConnectionEvent, { readonly type: T }>;

/** Hears events, one at a time: a promise that it returns is awaited before the next event. */
export type EventListener<T extends ConnectionEventType> = (event: EventOf<T>) => void | PromiseLike<void>;

// A record, so that the compiler sees to it that no type is missing.
const TYPES: Readonly<Record<ConnectionEventType, true>> = {
  disconnected: true,
  reconnecting: true,
  reconnected: true,
  moved: true,
  leftBehind: true,
  closed: true,
  error: true,
  handlerError: true,
  pendingWarning: true,
  slowConsumer: true,
  slowConsumerEnded: true,
  lameDuck: true,
  discovered: true,
  missed: true,
};

/** Throws `INVALID_OPTION`, with the name that was probably meant. `former` has those of other NATS clients. */
export function checkEventType(type: unknown, former: FormerNames = {}): void {
  if (typeof type === "string" && Object.hasOwn(TYPES, type)) return;
  const name = typeof type === "string" ? type : "";
  const hint = Object.hasOwn(former, name)
    ? `here it is ${former[name]}`
    : hintAt(name, Object.keys(TYPES), "types");
  throw new ArgumentError("INVALID_OPTION", `unknown type of event, ${shown(type)}: ${hint}`, {
    argument: "type",
  });
}
